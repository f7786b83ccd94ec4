"""Draws figures and writes them beside the results: figures/*.svg, figures/*.png, derived/figure-*.csv."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from plots.figure import Drawing, Figure
from plots.load import ReportError
from plots.page import LAYOUTS, WIDE
from plots.theme import LIGHT, THEMES


@dataclass(frozen=True)
class Drawn:
    """A figure with its drawings by (theme, layout) name."""

    figure: Figure
    drawings: dict[tuple[str, str], Drawing]


def draw_all(figures: list[Figure]) -> list[Drawn]:
    """Every figure in both themes and layouts; PNGs of the wide layout only."""
    return [
        Drawn(
            figure,
            {
                (theme.name, layout.name): figure.render(theme, layout, png=layout is WIDE)
                for theme in THEMES
                for layout in LAYOUTS
            },
        )
        for figure in figures
    ]


def write_figures(results_dir: Path, drawn: list[Drawn]) -> None:
    """Writes NAME.svg and NAME.png (light), NAME-dark.svg and NAME-dark.png, and derived/figure-NAME.csv."""
    for each in drawn:
        write_pictures(results_dir / "figures", each.figure.name, each)
        write(results_dir / "derived" / f"figure-{each.figure.name}.csv", each.figure.csv().encode())


def write_pictures(folder: Path, name: str, drawn: Drawn) -> list[Path]:
    """The wide drawings of one figure; returns what was written."""
    paths = []
    for theme in THEMES:
        drawing = drawn.drawings[theme.name, WIDE.name]
        stem = name if theme is LIGHT else f"{name}-{theme.name}"
        paths.append(write(folder / f"{stem}.svg", drawing.svg.encode()))
        paths.append(write(folder / f"{stem}.png", drawing.png))
    return paths


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
