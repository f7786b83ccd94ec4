"""The textbook's table of the patterns, filled in from what was observed of each server."""

from __future__ import annotations

from dataclasses import dataclass, replace

from experiments.runner.trace.model import Trace
from experiments.runner.trace.observed import CLAIMS, Observed, observe
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
_WITHOUT_HANDLERS = {
    "before dispatch": "in the waiting call",
    "after dispatch": "after the waiting call",
}
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
    called = bool(trace.of("server", "handler"))
    texts = (
        PATTERN_WORDS.get(kind, kind),
        _BY.get(seen.receives or "", UNKNOWN),
        _BY.get(seen.sends or "", UNKNOWN),
        _filled(seen, called),
        _TOLD.get(seen.means or "", UNKNOWN) if called else UNKNOWN,
        seen.demultiplexer or UNKNOWN,
        f"{number(seen.calls_per_message)}: {calls(seen)}",
        number(seen.wake_ups_per_message),
        number(seen.sleeps_per_message),
        number(seen.copies_per_message),
        microseconds(seen.data_to_handler_ns),
    )
    # Without calls of handlers nothing is known of what lies before one and what after.
    known = seen if called else replace(seen, touched=None, means=None)
    return Facts(head.server, kind, texts, _contradictions(kind, known))


def _filled(seen: Observed, called: bool) -> str:
    if called:
        return _FILLED.get(seen.touched or "", UNKNOWN)
    if seen.demultiplexer is None:
        return "in the receiving call"
    return _WITHOUT_HANDLERS.get(seen.touched or "", UNKNOWN)


def _contradictions(kind: str, seen: Observed) -> tuple[str, ...]:
    """In which rows a server is not what its pattern says, in the words of the table."""
    words = {
        "receives": ("who receives", _BY),
        "sends": ("who sends", _BY),
        "touched": ("receive buffer filled", _FILLED),
        "means": ("the handler is told", _TOLD),
    }
    found = []
    for name, claimed in CLAIMS.get(kind, {}).items():
        row, said = words[name]
        is_so = getattr(seen, name)
        if is_so is not None and is_so != claimed:
            found.append(f"{row}: {said[is_so]}, not: {said[claimed]}")
    return tuple(found)


def calls(seen: Observed) -> str:
    """Such as `1 recvfrom, 1 sendto, 1 epoll_wait`."""
    return ", ".join(f"{number(count)} {name}" for name, count in seen.calls.items()) or "none"


def number(value: float | None) -> str:
    """Two decimals at most."""
    return UNKNOWN if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def microseconds(lasts_ns: int | None) -> str:
    """`54 µs`, `0.4 µs`, `5.1 ms`."""
    if lasts_ns is None:
        return UNKNOWN
    if lasts_ns >= 1_000_000:
        return f"{lasts_ns / 1e6:.1f} ms"
    return f"{lasts_ns / 1000:.{0 if lasts_ns >= 10_000 else 1}f} µs"
