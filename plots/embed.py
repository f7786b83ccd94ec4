"""Files as data: addresses, so that the report is one file that needs no network."""

from __future__ import annotations

import base64
import gzip
from dataclasses import dataclass
from pathlib import Path

from plots.figure import Figure
from plots.files import Drawn
from plots.page import NARROW, WIDE, Layout
from plots.theme import DARK, LIGHT, Theme

LARGEST_EMBEDDED = 8 * 1024 * 1024
"""Raw data that compress to more than this are linked only."""


@dataclass(frozen=True)
class Picture:
    """One drawing of a figure, ready for an attribute."""

    address: str
    width: int
    height: int


@dataclass(frozen=True)
class Shown:
    """A figure as the template needs it."""

    figure: Figure
    light: Picture
    dark: Picture
    narrow_light: Picture
    narrow_dark: Picture
    csv: str


@dataclass(frozen=True)
class Raw:
    """The raw slices: their size, and an address of the compressed file unless it is too large."""

    bytes: int
    address: str | None


def data_address(content: bytes, kind: str) -> str:
    """A data: address that holds `content`."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def shown(drawn: Drawn) -> Shown:
    """A figure with its four drawings and its CSV as addresses."""

    def picture(theme: Theme, layout: Layout) -> Picture:
        drawing = drawn.drawings[theme.name, layout.name]
        return Picture(data_address(drawing.svg.encode(), "image/svg+xml"), drawing.width, drawing.height)

    return Shown(
        drawn.figure,
        picture(LIGHT, WIDE),
        picture(DARK, WIDE),
        picture(LIGHT, NARROW),
        picture(DARK, NARROW),
        data_address(drawn.figure.csv().encode(), "text/csv"),
    )


def raw(path: Path) -> Raw | None:
    """The raw data, or None when the file is not there."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    packed = gzip.compress(content, mtime=0)
    address = data_address(packed, "application/gzip") if len(packed) <= LARGEST_EMBEDDED else None
    return Raw(len(content), address)
