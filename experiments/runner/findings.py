"""What was found, in sentences: first whether the session can be trusted, then the comparison."""

from collections.abc import Iterable

import numpy as np

from experiments.runner import stats
from experiments.runner.cells import CellData
from experiments.runner.flags import achieved
from experiments.runner.plan import Cell, Plan
from experiments.runner.record import Record
from experiments.runner.verdicts import (
    EQUIVALENT,
    INCONCLUSIVE,
    MARGINS,
    SIGNIFICANCE,
    SMALL,
    Comparison,
    direction,
    percent,
    rounds_needed,
    span,
    verdict,
)

Compared = dict[tuple[str, str, str], Comparison]
Adjusted = dict[tuple[str, str, str], float]


def sentences(plan: Plan, record: Record, data: list[CellData], compared: Compared, adjusted: Adjusted) -> list[str]:
    """All findings, the most important first."""
    found = []
    if record.interrupted:
        found.append(f"INTERRUPTED: {record.interrupted}; this is what was measured until then.")
    if not data:
        return found + ["Nothing was measured long enough to compare."]
    found.append(_trust(plan, compared))
    head = headline(data)
    for entrant in plan.entrants:
        key = ("cost", head.cell.id, entrant.name)
        if key in compared and not entrant.control:
            found.append(_headline_sentence(plan, head.cell, entrant.name, compared[key], adjusted[key]))
    found += _elsewhere(plan, data, head.cell, compared, adjusted)
    found += _under_load(plan, data)
    return found


def headline(data: list[CellData]) -> CellData:
    """The cell that got the largest share of the time."""
    return max(data, key=lambda one: one.cell.share)


def why_invalid(plan: Plan, compared: Compared) -> str | None:
    """Why the A/A control disproves the session, or None when it does not.

    Its interval must contain 1 and its estimate stay within the margin in every cell's cost;
    over many cells one interval in twenty misses by chance, so exclusion counts after Holm.
    """
    control = plan.control
    checks = {cell: c for (quantity, cell, name), c in compared.items() if name == control and quantity == "cost"}
    if not checks:
        return None
    adjusted = dict(zip(checks, stats.holm([c.p for c in checks.values()])))
    for cell, c in checks.items():
        if (c.low > 1 or c.high < 1) and adjusted[cell] < SIGNIFICANCE:
            return f"in {cell} it costs {percent(c.estimate)} than itself ({span(c.low, c.high)})"
        if abs(c.estimate - 1) > MARGINS["cost"]:
            return f"in {cell} its estimate is off by {percent(c.estimate)}, over the margin"
    return None


def _trust(plan: Plan, compared: Compared) -> str:
    why = why_invalid(plan, compared)
    if why:
        return f"INVALID: the A/A control, {plan.reference} entered twice, differs from itself: {why}. Do not quote these ratios."
    controls = [(cell, c) for (quantity, cell, name), c in compared.items() if name == plan.control and quantity == "cost"]
    if not controls:
        return "No A/A control was measured, so nothing shows how small a difference this session resolves."
    shares = {cell.id: cell.share for cell in plan.cells}
    cell, c = max(controls, key=lambda pair: shares[pair[0]])
    resolved = 100 * max(c.high - 1, 1 - c.low)
    return (
        f"The A/A control, {plan.reference} entered twice, agrees with itself: cost ratio {c.estimate:.3f} "
        f"({c.low:.3f} to {c.high:.3f}) in {cell}, so differences from about {resolved:.1f} % on are resolved there."
    )


def describe(cell: Cell) -> str:
    """A cell in words: `echo, 100 connections`."""
    text = f"{cell.protocol}, {cell.connections:,} connection{'s' if cell.connections > 1 else ''}"
    if cell.depth > 1:
        text += f", {cell.depth} in flight"
    return text + (f", {cell.rate_per_s:,} requests/s" if cell.rate_per_s else "")


def _headline_sentence(plan: Plan, cell: Cell, name: str, c: Comparison, adjusted_p: float) -> str:
    measured = f"{percent(c.estimate)} CPU per message than {plan.reference} ({span(c.low, c.high)}; {describe(cell)})"
    decided = verdict(c, adjusted_p)
    if decided == EQUIVALENT:
        return (
            f"{name} and {plan.reference} are equivalent in CPU per message within {100 * MARGINS['cost']:.0f} %: "
            f"ratio {c.estimate:.3f} ({c.low:.3f} to {c.high:.3f}; {describe(cell)})."
        )
    if decided == INCONCLUSIVE:
        needed = rounds_needed(c, adjusted_p)
        more = f"; about {needed} rounds would tell, this had {c.rounds}" if needed else f" from {c.rounds} rounds"
        return f"{name} against {plan.reference} is inconclusive: it costs {measured}{more}."
    size = f"a small difference, {direction(c)}" if decided == SMALL else decided
    return f"{name} costs {measured}: {size}."


def _elsewhere(plan: Plan, data: Iterable[CellData], head: Cell, compared: Compared, adjusted: Adjusted) -> list[str]:
    """Per server the other closed cells, as a range, and the cell where it differs most."""
    cells = [one.cell for one in data if one.cell.mode == "closed" and one.cell.id != head.id]
    found = []
    for entrant in plan.entrants:
        keys = [("cost", cell.id, entrant.name) for cell in cells]
        keys = [key for key in keys if key in compared and verdict(compared[key], adjusted[key]) not in (EQUIVALENT, INCONCLUSIVE)]
        if entrant.control or not keys:
            continue
        widest = max(keys, key=lambda key: abs(np.log(compared[key].estimate)))
        c, cell = compared[widest], plan.cell(widest[1])
        found.append(f"Elsewhere {entrant.name} differs most in {describe(cell)}: {percent(c.estimate)} CPU per message ({span(c.low, c.high)}).")
    return found


def _under_load(plan: Plan, data: Iterable[CellData]) -> list[str]:
    """The response p99 of each server at the highest offered load that every server answered."""
    kept = [one for one in data if one.cell.mode == "open" and all(achieved(s) >= 0.98 for s in one.series.values())]
    shown = [one for one in kept if all(s.histograms["response"].shown(99) is not None for s in one.series.values())]
    if not shown:
        return []
    top = max(shown, key=lambda one: one.cell.rate_per_s or 0)
    names = [e.name for e in plan.entrants if e.name in top.series and not e.control]
    parts = [f"{name} {top.series[name].histograms['response'].shown(99) / 1000:,.0f} us" for name in names]
    return [f"At {top.cell.rate_per_s:,} requests/s offered, 99 % of responses arrived within: {', '.join(parts)}."]
