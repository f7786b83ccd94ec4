"""Draws figures and writes them beside the results: figures/*.svg, figures/*.png, derived/figure-*.csv."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from plots.figure import Figure
from plots.figures import all_figures
from plots.load import ReportError
from plots.model import Analysis
from plots.page import LAYOUTS, WIDE
from plots.svg import recoloured
from plots.theme import DARK, LIGHT, recolouring


@dataclass(frozen=True)
class Drawn:
    """A figure with its SVGs by (theme, layout) name, and the wide light drawing."""

    figure: Figure
    svgs: dict[tuple[str, str], Svg]
    png: bytes


@dataclass(frozen=True)
class Svg:
    """A picture and its size in pixels of a screen."""

    text: str
    width: int
    height: int


def draw_all(analysis: Analysis) -> list[Drawn]:
    """Every figure in both layouts and both themes; drawing is slow, so the dark ones are recoloured."""
    dark = recolouring(analysis, LIGHT, DARK)
    return [_drawn(figure, dark) for figure in all_figures(analysis)]


def _drawn(figure: Figure, dark: dict[str, str]) -> Drawn:
    svgs, png = {}, b""
    for layout in LAYOUTS:
        drawing = figure.render(LIGHT, layout, png=layout is WIDE)
        png = png or drawing.png
        for theme, text in ((LIGHT, drawing.svg), (DARK, recoloured(drawing.svg, dark))):
            svgs[theme.name, layout.name] = Svg(text, drawing.width, drawing.height)
    return Drawn(figure, svgs, png)


def write_figures(results_dir: Path, drawn: list[Drawn]) -> None:
    """Writes figures/NAME.svg, NAME.png, NAME-dark.svg, and derived/figure-NAME.csv."""
    for each in drawn:
        stem = results_dir / "figures" / each.figure.name
        write(stem.with_suffix(".svg"), each.svgs[LIGHT.name, WIDE.name].text.encode())
        write(stem.with_suffix(".png"), each.png)
        write(stem.with_name(f"{stem.name}-dark.svg"), each.svgs[DARK.name, WIDE.name].text.encode())
        write(results_dir / "derived" / f"figure-{each.figure.name}.csv", each.figure.csv().encode())


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
