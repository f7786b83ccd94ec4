"""Files as data: addresses, so that the report is one file that needs no network."""

from __future__ import annotations

import base64
import gzip
import io
import re
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from plots.drawing.figure import Figure
from plots.report.figure_files import Drawn

LARGEST_EMBEDDED = 256 * 1024
"""Raw data that compress to more than this many bytes are not embedded: the page stays light."""
CHUNK = 256 * 1024
LARGEST_CSV = 64 * 1024
"""The data of a figure beyond this are a link to the file beside the page."""


@dataclass(frozen=True)
class Shown:
    """A figure as the template needs it: the drawings as elements, the CSV as an address.

    `csv` holds the data, or names the file in the folder of the page if they are many.
    """

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
    content = drawn.figure.csv().encode()
    beside = f"derived/figure-{drawn.figure.name}.csv"
    address = data_address(content, "text/csv") if len(content) <= LARGEST_CSV else beside
    return Shown(drawn.figure, Markup("\n".join(drawn.inline)), address)


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
        packed = _packed(part)
        if packed is not None:
            name = (
                f"{path.name}.gz" if complete else f"{path.stem}-without-histograms{path.suffix}.gz"
            )
            return Raw(len(content), name, data_address(packed, "application/gzip"), complete)
    return Raw(len(content))


def _packed(content: bytes) -> bytes | None:
    """The content compressed, or None if that would be too large; it stops when it knows."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0) as packer:
        for start in range(0, len(content), CHUNK):
            packer.write(content[start : start + CHUNK])
            if out.tell() > LARGEST_EMBEDDED:
                return None
    return out.getvalue() if out.tell() <= LARGEST_EMBEDDED else None


def _slices_only(content: bytes) -> bytes:
    return b"".join(
        line for line in content.splitlines(keepends=True) if re.search(rb'"kind": ?"slice"', line)
    )
