"""Files as data: addresses, so that the report is one file that needs no network."""

from __future__ import annotations

import base64
import gzip
import re
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from plots.drawing.figure import Figure
from plots.report.figure_files import Drawn

LARGEST_EMBEDDED = 2 * 1024 * 1024
"""Raw data that compress to more than this many bytes are not embedded whole."""


@dataclass(frozen=True)
class Shown:
    """A figure as the template needs it: the drawings as elements, the CSV as an address."""

    figure: Figure
    drawings: Markup
    csv: str


@dataclass(frozen=True)
class Raw:
    """The raw data: their size, and a compressed copy as an address with name and extent."""

    bytes: int
    name: str = ""
    address: str | None = None
    complete: bool = True


def data_address(content: bytes, kind: str) -> str:
    """A data: address that holds `content`."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def shown(drawn: Drawn) -> Shown:
    """A figure with its drawings and its CSV."""
    return Shown(
        drawn.figure,
        Markup("\n".join(drawn.inline)),
        data_address(drawn.figure.csv().encode(), "text/csv"),
    )


def raw(path: Path) -> Raw | None:
    """The raw data, or None when the file is not there.

    Embedded is the whole file if it compresses well enough, else its slices without the
    histograms, else nothing.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    for complete, part in ((True, content), (False, _slices_only(content))):
        packed = gzip.compress(part, mtime=0)
        if len(packed) <= LARGEST_EMBEDDED:
            name = (
                f"{path.name}.gz" if complete else f"{path.stem}-without-histograms{path.suffix}.gz"
            )
            return Raw(len(content), name, data_address(packed, "application/gzip"), complete)
    return Raw(len(content))


def _slices_only(content: bytes) -> bytes:
    return b"".join(
        line for line in content.splitlines(keepends=True) if re.search(rb'"kind": ?"slice"', line)
    )
