"""One figure of a results folder as pictures for documentation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Sequence

from plots.drawing.page import WIDE
from plots.drawing.theme import LIGHT, THEMES
from plots.figures import all_figures
from plots.report.figure_files import write
from plots.report.reading import ReportError, analysis_of


def write_picture(
    results_dir: Path,
    figure: str,
    folder: Path,
    name: str | None = None,
    cells: Sequence[str] | None = None,
) -> list[Path]:
    """Writes one figure, light and dark, as SVG and PNG, and returns the four paths.

    The files are `folder`/`name`.svg, .png, -dark.svg and -dark.png; `name` is by default the
    figure's. `cells` limits it to these workloads, by id, in that order.
    """
    analysis = analysis_of(Path(results_dir))
    if cells is not None:
        known = {cell.id: cell for cell in analysis.cells}
        if unknown := [each for each in cells if each not in known]:
            raise ReportError(
                f"{results_dir} has no cell {unknown[0]!r}, only: {', '.join(known) or 'none'}"
            )
        analysis = replace(analysis, cells=tuple(known[each] for each in cells))
    found = {each.name: each for each in all_figures(analysis)}
    if figure not in found:
        raise ReportError(
            f"{results_dir} has no figure {figure!r}, only: {', '.join(found) or 'none'}"
        )
    written = []
    for theme in THEMES:
        drawing = found[figure].render(theme, WIDE)
        stem = (name or figure) + ("" if theme is LIGHT else f"-{theme.name}")
        written.append(write(Path(folder) / f"{stem}.svg", drawing.svg.encode()))
        written.append(write(Path(folder) / f"{stem}.png", drawing.png))
    return written
