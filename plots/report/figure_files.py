"""Draws figures and writes them beside the results: figures/*.{svg,png}, derived/figure-*.csv."""

from __future__ import annotations

import gc
import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable, Iterator

from experiments.runner.results.model import Analysis
from plots.drawing.figure import Figure
from plots.drawing.page import LAYOUTS, WIDE
from plots.drawing.svg import recoloured
from plots.drawing.theme import DARK, LIGHT, recolouring
from plots.figures import all_figures
from plots.report.reading import ReportError


@dataclass(frozen=True)
class Drawn:
    """A figure as files of their own, and as parts of a page in every layout."""

    figure: Figure
    light: str
    dark: str
    png: bytes
    inline: tuple[str, ...]


def draw_all(analysis: Analysis) -> list[Drawn]:
    """Every figure. Drawing is slow, so the dark files are the light ones recoloured."""
    dark = recolouring(analysis, LIGHT, DARK)
    drawn = []
    for place, figure in enumerate(all_figures(analysis)):
        with _garbage_kept():
            drawn.append(_drawn(figure, chr(ord("a") + place), dark))
    return drawn


@contextmanager
def _garbage_kept() -> Iterator[None]:
    """Collects garbage once at the end: during a drawing that takes a fifth of the time."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.collect()
        if on:
            gc.enable()


def _drawn(figure: Figure, letter: str, dark: dict[str, str]) -> Drawn:
    pages = {layout: figure.page(LIGHT, layout) for layout in LAYOUTS}
    drawing = figure.drawing(pages[WIDE])
    variables = dict(zip(dark, variable_names(dark)))
    parts = [
        figure.inline(f"{letter}{layout.name[0]}", page, variables)
        for layout, page in pages.items()
    ]
    return Drawn(figure, drawing.svg, recoloured(drawing.svg, dark), drawing.png, tuple(parts))


def variable_names(colours: Iterable[str]) -> list[str]:
    """What a page calls these colours, each by its place."""
    return [f"--c{place}" for place, _ in enumerate(colours)]


def write_figures(results_dir: Path, drawn: list[Drawn]) -> None:
    """Writes figures/NAME.svg, NAME.png, NAME-dark.svg, and derived/figure-NAME.csv."""
    for each in drawn:
        stem = results_dir / "figures" / each.figure.name
        write(stem.with_suffix(".svg"), each.light.encode())
        write(stem.with_suffix(".png"), each.png)
        write(stem.with_name(f"{stem.name}-dark.svg"), each.dark.encode())
        write(
            results_dir / "derived" / f"figure-{each.figure.name}.csv", each.figure.csv().encode()
        )


def write(path: Path, content: bytes) -> Path:
    """Writes a file whole or not at all, making its folder if need be."""
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        os.replace(part, path)
    except OSError as error:
        raise ReportError(f"cannot write {path}: {error.strerror or error}") from None
    return path
