"""What was found about one quantity, in sentences; equal contestants share one."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from experiments.runner.judge.outcome import Outcome
from experiments.runner.judge.verdicts import Comparison, direction, percent, rounds_needed, span
from experiments.runner.plan.margins import MARGINS, Quantity
from experiments.runner.plan.plan import CLOSED, OPEN, Cell
from experiments.runner.results.model import Verdict
from experiments.runner.units import connections_text

MOST_ELSEWHERE = 3
# Of more than so many that are not decided, what each would need is told together.
TOLD_AT_LENGTH = 2
UNDECIDED = (Verdict.EQUIVALENT, Verdict.INCONCLUSIVE)


@dataclass(frozen=True)
class Wording:
    """How a quantity is told.

    `more`, `less`: what a ratio above and below 1 is; `differs` goes around that, `same` (one,
    several) before the reference's name.
    """

    more: str
    less: str
    differs: tuple[str, str]
    same: tuple[str, str]
    unit: str = "rounds"


WORDINGS = {
    Quantity.COST: Wording(
        "more", "less", ("costs", "CPU per message than"), ("costs the same as", "cost the same as")
    ),
    Quantity.P99: Wording(
        "longer", "shorter", ("has a p99", "than"), ("has the p99 of", "have the p99 of")
    ),
    Quantity.P999: Wording(
        "longer",
        "shorter",
        ("has a p99.9", "than"),
        ("has the p99.9 of", "have the p99.9 of"),
        "groups of rounds",
    ),
    Quantity.BREAKING_LOAD: Wording(
        "more", "less", ("carries", "than"), ("carries as much as", "carry as much as"), "epochs"
    ),
}


@dataclass(frozen=True)
class _Told:
    """One contestant in one cell against the reference."""

    name: str
    cell: Cell
    ratio: Comparison
    adjusted_p: float
    verdict: Verdict

    @property
    def size(self) -> float:
        """How far from equal, the same for twice and for half."""
        return abs(math.log(self.ratio.estimate))

    @property
    def change(self) -> str:
        wording = WORDINGS[self.ratio.quantity]
        return percent(self.ratio.estimate, wording.more, wording.less)

    @property
    def span(self) -> str:
        return span(self.ratio.low, self.ratio.high)

    @property
    def word(self) -> str:
        """`slower`, or whose the small difference is; more or less needs no word beside it."""
        small = self.verdict is Verdict.SMALL
        return f"a small difference, {direction(self.ratio)}" if small else self.verdict


def sentence(outcome: Outcome, quantity: Quantity, cell: Cell) -> str | None:
    """One cell: what differs, the largest first; what is the same; what is not decided."""
    found = _told(outcome, quantity, [cell])
    known = [one for one in found if one.ratio.bounded]
    parts = [
        _different(outcome, [one for one in known if one.verdict not in UNDECIDED]),
        _equal(outcome, [one for one in known if one.verdict is Verdict.EQUIVALENT]),
        _undecided(outcome, [one for one in known if one.verdict is Verdict.INCONCLUSIVE]),
        _unknown(outcome, [one for one in found if not one.ratio.bounded]),
    ]
    return "; ".join(part for part in parts if part) or None


def elsewhere(outcome: Outcome, main: Cell) -> str | None:
    """The largest differences in cost in the other closed cells, one for each contestant."""
    closed = [data.cell for data in outcome.cells if data.cell.mode == CLOSED]
    others = _told(outcome, Quantity.COST, [cell for cell in closed if cell.id != main.id])
    decided = [one for one in others if one.verdict not in UNDECIDED and one.ratio.bounded]
    widest: dict[str, _Told] = {}
    for one in sorted(decided, key=lambda one: -one.size):
        widest.setdefault(one.name, one)
    if not widest:
        return None
    parts = [
        f"{one.name} {one.change} in {describe(one.cell)} ({one.span})"
        for one in list(widest.values())[:MOST_ELSEWHERE]
    ]
    text = f"Elsewhere, the largest differences in CPU per message: {'; '.join(parts)}"
    more = len(widest) - MOST_ELSEWHERE
    return f"{text}; {more} more in the table." if more > 0 else f"{text}."


def describe(cell: Cell) -> str:
    """A cell in words: `echo, 100 connections`."""
    text = f"{cell.protocol}, {connections_text(cell.connections, cell.idle)}"
    if cell.depth > 1:
        text += f", {cell.depth} in flight"
    if cell.mode != OPEN:
        return text
    text += f", {cell.rate_per_s:,} requests/s"
    return f"{text} ({100 * cell.utilisation:.0f} % of capacity)" if cell.utilisation else text


def _told(outcome: Outcome, quantity: Quantity, cells: list[Cell]) -> list[_Told]:
    found = []
    for cell in cells:
        for one in outcome.plan.contestants:
            key = (quantity, cell.id, one.name)
            if key in outcome.compared and not one.control:
                ratio, p = outcome.compared[key], outcome.adjusted[key]
                found.append(_Told(one.name, cell, ratio, p, outcome.verdict(key)))
    return found


def _different(outcome: Outcome, found: list[_Told]) -> str | None:
    if not found:
        return None
    first, *others = sorted(found, key=lambda one: -one.size)
    before, after = WORDINGS[first.ratio.quantity].differs
    text = (
        f"{first.name} {before} {first.change} {after} "
        f"{outcome.plan.reference} ({first.span}): {first.word}"
    )
    return "; ".join(
        [text, *(f"{one.name} {one.change} ({one.span}): {one.word}" for one in others)]
    )


def _equal(outcome: Outcome, found: list[_Told]) -> str | None:
    if not found:
        return None
    quantity = found[0].ratio.quantity
    one, several = WORDINGS[quantity].same
    equal = listed(each.name for each in found)
    return (
        f"{equal} {one if len(found) == 1 else several} {outcome.plan.reference} "
        f"within {100 * MARGINS[quantity]:.0f} %"
    )


def _undecided(outcome: Outcome, found: list[_Told]) -> str | None:
    if not found:
        return None
    ratio = found[0].ratio
    compared = len(outcome.family(ratio.quantity))
    unit = WORDINGS[ratio.quantity].unit
    text = f"not decided against {outcome.plan.reference} after {ratio.rounds} {unit}: "
    if len(found) <= TOLD_AT_LENGTH:
        return text + ", ".join(f"{one.name} ({_why_undecided(one, compared)})" for one in found)
    needed = [rounds_needed(one.ratio, one.adjusted_p) for one in found]
    parts = ", ".join(f"{one.name} ({one.change}, {one.span})" for one in found)
    most = max((number for number in needed if number), default=None)
    return f"{text}{parts}; about {most:,} {unit} would tell all" if most else text + parts


def _why_undecided(one: _Told, compared: int) -> str:
    _, after = WORDINGS[one.ratio.quantity].differs
    what = after.removesuffix("than").rstrip()
    text = f"{one.change} {what}, {one.span}" if what else f"{one.change}, {one.span}"
    if one.ratio.excludes_1:
        text += f", which does not hold after correction for {compared} comparisons"
    needed = rounds_needed(one.ratio, one.adjusted_p)
    unit = WORDINGS[one.ratio.quantity].unit
    return f"{text}; about {needed:,} {unit} would tell" if needed else text


def _unknown(outcome: Outcome, found: list[_Told]) -> str | None:
    if not found:
        return None
    rounds = found[0].ratio.rounds
    unit = WORDINGS[found[0].ratio.quantity].unit
    are = f"{unit} are" if rounds > 1 else f"{unit.removesuffix('s')} is"
    return (
        f"{rounds} {are} too few to compare "
        f"{listed(one.name for one in found)} with {outcome.plan.reference}"
    )


def listed(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
