"""Decodes the pages of the kernel's trace buffer.

The layout of a page and of an event's head is that of Documentation/trace/ring-buffer-map.rst and
include/linux/ring_buffer.h; what is in an event the kernel itself describes, in a file `format`.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAGE_HEAD_BYTES = 16
_COMMIT = 0xFFFFF
_MISSED = 1 << 31
_PADDING, _TIME_EXTEND, _TIME_STAMP = 29, 30, 31
_DELTA_BITS = 27
_ABSOLUTE = (1 << 59) - 1
_FIELD = re.compile(
    r"field:(?P<type>.*?)(?P<name>\w+)(?P<array>\[[^\]]*\])?;\s*offset:(?P<offset>\d+);"
    r"\s*size:(?P<size>\d+);\s*signed:(?P<signed>\d);"
)
_INTEGERS = {1: "b", 2: "h", 4: "i", 8: "q"}


@dataclass(frozen=True)
class Event:
    """One event. `at_ns` is of the clock of the trace, `tid` the thread it happened in."""

    at_ns: int
    name: str
    tid: int
    fields: dict[str, Any]


@dataclass(frozen=True)
class Field:
    name: str
    offset: int
    size: int
    signed: bool
    array: bool
    dynamic: bool


@dataclass(frozen=True)
class Format:
    """How the data of one kind of event are laid out."""

    number: int
    name: str
    fields: tuple[Field, ...]

    def decode(self, at_ns: int, data: bytes) -> Event:
        fields = {field.name: _value(field, data) for field in self.fields}
        tid = fields.pop("common_pid", 0)
        for common in ("common_type", "common_flags", "common_preempt_count"):
            fields.pop(common, None)
        return Event(at_ns, self.name, tid, fields)


def read_format(file: Path) -> Format:
    """What a file `format` below tracefs describes."""
    text = file.read_text()
    fields = tuple(
        Field(
            found["name"],
            int(found["offset"]),
            int(found["size"]),
            found["signed"] == "1",
            bool(found["array"]),
            "__data_loc" in found["type"],
        )
        for found in _FIELD.finditer(text)
    )
    number = re.search(r"^ID: (\d+)", text, re.MULTILINE)
    name = re.search(r"^name: (\S+)", text, re.MULTILINE)
    assert number and name, f"{file} is no format"
    return Format(int(number[1]), name[1], fields)


def decode_page(page: bytes, formats: dict[int, Format]) -> tuple[list[Event], bool]:
    """The events of one page, and whether the kernel had to drop some before it."""
    started_ns, commit = struct.unpack_from("<QQ", page)
    end = PAGE_HEAD_BYTES + (commit & _COMMIT)
    events = []
    for at_ns, data in _records(page, started_ns, end):
        form = formats.get(struct.unpack_from("<H", data)[0])
        if form:
            events.append(form.decode(at_ns, data))
    return events, bool(commit & _MISSED)


def _records(page: bytes, at_ns: int, end: int) -> Iterator[tuple[int, bytes]]:
    """(time, data) of each event in a page."""
    place = PAGE_HEAD_BYTES
    while place + 4 <= end:
        (head,) = struct.unpack_from("<I", page, place)
        kind, delta = head & 0x1F, head >> 5
        place += 4
        if kind == _TIME_EXTEND:
            at_ns += delta + (struct.unpack_from("<I", page, place)[0] << _DELTA_BITS)
            place += 4
        elif kind == _TIME_STAMP:
            low = delta + (struct.unpack_from("<I", page, place)[0] << _DELTA_BITS)
            at_ns = (at_ns & ~_ABSOLUTE) | low
            place += 4
        elif kind == _PADDING:
            if delta == 0:
                return
            at_ns += delta
            place += struct.unpack_from("<I", page, place)[0]
        else:
            at_ns += delta
            size = kind * 4
            start = place
            if kind == 0:
                size = struct.unpack_from("<I", page, place)[0]
                start = place + 4
            yield at_ns, page[start : place + size]
            place += size


def _value(field: Field, data: bytes) -> Any:
    raw = data[field.offset : field.offset + field.size]
    if field.dynamic:
        where = struct.unpack("<I", raw)[0]
        raw = data[where & 0xFFFF : (where & 0xFFFF) + (where >> 16)]
        return raw.split(b"\0")[0].decode(errors="replace")
    if field.array and field.size % 8 == 0 and field.name == "caller":
        return struct.unpack(f"<{field.size // 8}Q", raw)
    if field.array or field.size not in _INTEGERS:
        return raw
    code = _INTEGERS[field.size]
    return struct.unpack("<" + (code if field.signed else code.upper()), raw)[0]
