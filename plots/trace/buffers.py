"""The bars below the lanes: whose a buffer is, the application's or the kernel's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Sequence

from experiments.runner.trace.model import Loan, Trace
from plots.trace.marks import Mark
from plots.trace.timescale import Timescale

What = Literal["receive", "send"]
_LENT = {
    "call": ("lent to the kernel by the call", "lent by the call", "lent by\nthe call", "lent"),
    "operation": (
        "lent to the kernel by the operation",
        "lent by the operation",
        "lent by the\noperation",
        "lent",
    ),
    "ring": ("lent to the kernel in a ring", "lent in a ring", "lent in\na ring", "lent"),
}


@dataclass(frozen=True)
class Segment:
    """A part of a bar, inches; `texts` from the longest to the shortest."""

    start: float
    end: float
    lent: bool
    texts: tuple[str, ...]
    sentence: str
    torn: tuple[bool, bool] = (False, False)


@dataclass(frozen=True)
class Bar:
    """One buffer, from the first moment to the last. `unknown` says why it has no segments."""

    name: str
    segments: tuple[Segment, ...]
    unknown: str = ""


def filled_by(copies: Sequence[Mark], bars: Sequence[Bar]) -> dict[str, list[Mark]]:
    """Which receive buffer each copy fills, by the name of its bar.

    Of several that are lent at that time it is the one that is handed back first.
    """
    found: dict[str, list[Mark]] = {bar.name: [] for bar in bars}
    receive = [bar for bar in bars if bar.name.startswith("receive")]
    for copy in copies:
        lent = [
            (one.end, bar.name)
            for bar in receive
            for one in bar.segments
            if one.lent and one.start <= copy.x <= one.end
        ]
        if receive:
            found[min(lent)[1] if lent else receive[0].name].append(copy)
    return found


def bars(trace: Trace, scale: Timescale) -> list[Bar]:
    """A bar for each kind of buffer, and a further one where two are lent at a time."""
    found = []
    for what in ("receive", "send"):
        loans = [one for one in trace.loans if one.what == what]
        loans = [one for one in loans if scale.of(one.from_ns) < scale.of(one.until_ns)]
        if not loans and trace.head.missing:
            found.append(Bar(f"{what} buffer", (), "not recorded"))
            continue
        several = len({one.connection for one in trace.loans} - {0}) > 1
        for number, line in enumerate(_lines(loans) or [[]], 1):
            name = f"{what} buffer" if number == 1 else f"{what} buffer {number}"
            found.append(Bar(name, tuple(_segments(line, scale, several))))
    return found


def _lines(loans: list[Loan]) -> list[list[Loan]]:
    """Loans that overlap go to different lines; one of the same connection is preferred."""
    lines: list[list[Loan]] = []
    for loan in sorted(loans, key=lambda one: (one.from_ns, one.until_ns)):
        free = [line for line in lines if line[-1].until_ns <= loan.from_ns]
        free.sort(key=lambda line: line[-1].connection != loan.connection)
        if free:
            free[0].append(loan)
        else:
            lines.append([loan])
    return lines


def _segments(loans: list[Loan], scale: Timescale, several: bool) -> list[Segment]:
    found, at = [], 0.0
    for loan in loans:
        start, end = scale.of(loan.from_ns), scale.of(loan.until_ns)
        if start > at:
            found.append(_own(at, start, bool(found)))
        whose = f", connection {loan.connection}" if several and loan.connection else ""
        texts = _LENT[loan.how]
        if whose:
            texts = tuple(f"{text} ({loan.connection})" for text in texts)
        found.append(
            Segment(
                start,
                end,
                True,
                texts,
                f"The {loan.what} buffer{whose} is lent to the kernel {_how(loan)}.",
                (loan.cut and loan.from_ns <= 0, end >= scale.width and loan.cut),
            )
        )
        at = end
    if at < scale.width:
        found.append(_own(at, scale.width, bool(found)))
    return found


def _how(loan: Loan) -> str:
    return {
        "call": "for as long as the call lasts",
        "operation": "until the operation is complete",
        "ring": "in a ring, until a message is put into it",
    }[loan.how]


def _own(start: float, end: float, again: bool) -> Segment:
    first = (
        ("handed back: the application's again", "handed back:\nthe application's") if again else ()
    )
    texts = (*first, "the application's", "the appli-\ncation's", "own")
    return Segment(start, end, False, texts, "The buffer is the application's.")
