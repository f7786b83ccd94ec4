"""What was found about CPU per message, in sentences; equal contestants share one."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from experiments.runner.judge.outcome import Outcome
from experiments.runner.judge.verdicts import Comparison, direction, percent, rounds_needed, span
from experiments.runner.plan.margins import MARGINS, Quantity
from experiments.runner.plan.plan import Cell
from experiments.runner.results.model import Verdict
from experiments.runner.units import connections_text

MOST_ELSEWHERE = 3
UNDECIDED = (Verdict.EQUIVALENT, Verdict.INCONCLUSIVE)


@dataclass(frozen=True)
class _Cost:
    """One contestant's cost in one cell against the reference's."""

    name: str
    cell: Cell
    ratio: Comparison
    adjusted_p: float
    verdict: Verdict

    @property
    def size(self) -> float:
        """How far from equal, the same for twice and for half."""
        return abs(math.log(self.ratio.estimate))


def main_sentence(outcome: Outcome, cell: Cell) -> str | None:
    """The main cell: what differs, the largest first; what costs the same; what is not decided."""
    costs = _costs(outcome, [cell])
    told = [cost for cost in costs if cost.ratio.bounded]
    parts = [
        _different(outcome, [one for one in told if one.verdict not in UNDECIDED]),
        _equal(outcome, [one for one in told if one.verdict is Verdict.EQUIVALENT]),
        _undecided(outcome, [one for one in told if one.verdict is Verdict.INCONCLUSIVE]),
        _unknown(outcome, [one for one in costs if not one.ratio.bounded]),
    ]
    text = "; ".join(part for part in parts if part)
    return f"{describe(cell)}: {text}." if text else None


def elsewhere(outcome: Outcome, main: Cell) -> str | None:
    """The largest differences in the other closed cells, one for each contestant."""
    closed = [data.cell for data in outcome.cells if data.cell.mode == "closed"]
    others = _costs(outcome, [cell for cell in closed if cell.id != main.id])
    decided = [cost for cost in others if cost.verdict not in UNDECIDED and cost.ratio.bounded]
    widest: dict[str, _Cost] = {}
    for cost in sorted(decided, key=lambda one: -one.size):
        widest.setdefault(cost.name, cost)
    if not widest:
        return None
    parts = [
        f"{one.name} {percent(one.ratio.estimate)} in {describe(one.cell)} ({_span(one)})"
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
    return text + (f", {cell.rate_per_s:,} requests/s" if cell.rate_per_s else "")


def _costs(outcome: Outcome, cells: list[Cell]) -> list[_Cost]:
    found = []
    for cell in cells:
        for one in outcome.plan.contestants:
            key = (Quantity.COST, cell.id, one.name)
            if key in outcome.compared and not one.control:
                ratio, p = outcome.compared[key], outcome.adjusted[key]
                found.append(_Cost(one.name, cell, ratio, p, outcome.verdict(key)))
    return found


def _different(outcome: Outcome, costs: list[_Cost]) -> str | None:
    if not costs:
        return None
    first, *others = sorted(costs, key=lambda cost: -cost.size)
    text = (
        f"{first.name} costs {percent(first.ratio.estimate)} CPU per message than "
        f"{outcome.plan.reference} ({_span(first)}): {_word(first)}"
    )
    parts = [
        f"{one.name} {percent(one.ratio.estimate)} ({_span(one)}): {_word(one)}" for one in others
    ]
    return "; ".join([text, *parts])


def _equal(outcome: Outcome, costs: list[_Cost]) -> str | None:
    if not costs:
        return None
    verb = "costs" if len(costs) == 1 else "cost"
    equal = listed(cost.name for cost in costs)
    return (
        f"{equal} {verb} the same as {outcome.plan.reference} "
        f"within {100 * MARGINS[Quantity.COST]:.0f} %"
    )


def _undecided(outcome: Outcome, costs: list[_Cost]) -> str | None:
    if not costs:
        return None
    compared = len(outcome.family(Quantity.COST))
    parts = [f"{one.name} ({_why_undecided(one, compared)})" for one in costs]
    return (
        f"not decided against {outcome.plan.reference} after {costs[0].ratio.rounds} rounds: "
        f"{', '.join(parts)}"
    )


def _why_undecided(cost: _Cost, compared: int) -> str:
    text = f"{percent(cost.ratio.estimate)} CPU per message, {_span(cost)}"
    if cost.ratio.excludes_1:
        text += f", which does not hold after correction for {compared} comparisons"
    needed = rounds_needed(cost.ratio, cost.adjusted_p)
    return f"{text}; about {needed:,} rounds would tell" if needed else text


def _unknown(outcome: Outcome, costs: list[_Cost]) -> str | None:
    if not costs:
        return None
    rounds = costs[0].ratio.rounds
    return (
        f"{rounds} round{'s are' if rounds > 1 else ' is'} too few to compare "
        f"{listed(cost.name for cost in costs)} with {outcome.plan.reference}"
    )


def _word(cost: _Cost) -> str:
    small = cost.verdict is Verdict.SMALL
    return f"a small difference, {direction(cost.ratio)}" if small else cost.verdict


def _span(cost: _Cost) -> str:
    return span(cost.ratio.low, cost.ratio.high)


def listed(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
