"""The textbook's table of the patterns, filled in from what was observed of each server."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.runner.trace.model import Trace
from experiments.runner.trace.observed import Observed, calls_in_words, differing, observe, short
from plots.drawing.theme import PATTERN_WORDS

UNKNOWN = "not seen"
COLUMNS = (
    "pattern it claims",
    "who receives",
    "who sends",
    "receive buffer filled",
    "the handler is told",
    "waits in",
    "system calls per message",
    "wake-ups per message",
    "sleeps per message",
    "copies per message",
    "from data to handler",
)
"""Copies are those into user memory; the last is from arrival to the handler's call."""
_BY = {"application": "the application", "kernel": "the kernel"}
_TOLD = {"ready": "the socket is ready", "complete": "the receive is complete"}
_FILLED = {"before dispatch": "before the handler is called", "after dispatch": "in the handler"}


@dataclass(frozen=True)
class Facts:
    """A row of the table: a text for each of COLUMNS; `claims` it contradicts."""

    server: str
    kind: str
    texts: tuple[str, ...]
    contradictions: tuple[str, ...]


def facts(trace: Trace) -> Facts:
    """What this trace proves about its server."""
    seen, head = observe(trace), trace.head
    kind = head.pattern or "foreign"
    texts = (
        PATTERN_WORDS.get(kind, kind),
        _BY.get(seen.receives or "", UNKNOWN),
        _BY.get(seen.sends or "", UNKNOWN),
        _filled(seen),
        _TOLD.get(seen.means or "", UNKNOWN),
        seen.demultiplexer or UNKNOWN,
        f"{number(seen.calls_per_message)}: {calls_in_words(seen) or 'none'}",
        number(seen.wake_ups_per_message),
        number(seen.sleeps_per_message),
        number(seen.copies_per_message),
        microseconds(seen.data_to_handler_ns),
    )
    return Facts(head.server, kind, texts, _contradictions(kind, seen))


def _filled(seen: Observed) -> str:
    """Who has no demultiplexer has no handlers either: its receive waits by itself."""
    waits_for_one = seen.touched is None and seen.demultiplexer is None
    return "in the receiving call" if waits_for_one else _FILLED.get(seen.touched or "", UNKNOWN)


def _contradictions(kind: str, seen: Observed) -> tuple[str, ...]:
    """In which rows a server is not what its pattern says, in the words of the table."""
    words = {
        "receives": ("who receives", _BY),
        "sends": ("who sends", _BY),
        "touched": ("receive buffer filled", _FILLED),
        "means": ("the handler is told", _TOLD),
    }
    found = []
    for name, is_so, claimed in differing(kind, seen):
        row, said = words[name]
        found.append(f"{row}: {said[is_so]}, not: {said[claimed]}")
    return tuple(found)


def number(value: float | None) -> str:
    """Two decimals at most."""
    return UNKNOWN if value is None else short(value)


def microseconds(lasts_ns: int | None) -> str:
    """`54 µs`, `0.4 µs`, `5.1 ms`."""
    if lasts_ns is None:
        return UNKNOWN
    if lasts_ns >= 1_000_000:
        return f"{lasts_ns / 1e6:.1f} ms"
    return f"{lasts_ns / 1000:.{0 if lasts_ns >= 10_000 else 1}f} µs"
