"""What was found, in sentences: first whether they can be trusted, then the comparisons."""

import numpy as np

from experiments.runner.judge.cells import CellData, Series
from experiments.runner.judge.control import best_known, doubtful, why_invalid
from experiments.runner.judge.offered import achieved
from experiments.runner.judge.omission import HiddenDelay, hidden_delays
from experiments.runner.judge.outcome import Outcome
from experiments.runner.judge.verdicts import direction, percent, rounds_needed, span
from experiments.runner.plan.margins import MARGINS, Quantity
from experiments.runner.plan.plan import Cell
from experiments.runner.results.model import ACHIEVED, Finding, FindingKind, Verdict

UNDECIDED = (Verdict.EQUIVALENT, Verdict.INCONCLUSIVE)


def find(outcome: Outcome) -> tuple[Finding, ...]:
    """All findings, the most important first."""
    found = []
    if outcome.record.interrupted:
        text = f"{outcome.record.interrupted}; this is what was measured until then."
        found.append(Finding(FindingKind.INTERRUPTED, f"INTERRUPTED: {text}"))
    if not outcome.cells:
        text = "Nothing was measured long enough to compare."
        return (*found, Finding(FindingKind.NOTHING_MEASURED, text))
    found.append(_trust(outcome))
    if doubtful(outcome):
        text = f"Do not quote the ratios of {', '.join(doubtful(outcome))}"
        why = "there the control is off by more than the margin"
        found.append(Finding(FindingKind.DOUBTFUL_CELLS, f"{text}: {why}."))
    for hidden in hidden_delays(outcome):
        found.append(Finding(FindingKind.HIDDEN_DELAY, _omission_sentence(hidden)))
    main = main_cell(outcome.cells).cell
    for one in outcome.plan.contestants:
        if (Quantity.COST, main.id, one.name) in outcome.compared and not one.control:
            found.append(Finding(FindingKind.MAIN_CELL, _main_sentence(outcome, main, one.name)))
    found += [Finding(FindingKind.ELSEWHERE, text) for text in _elsewhere(outcome, main)]
    found += [Finding(FindingKind.UNDER_LOAD, text) for text in _under_load(outcome)]
    return tuple(found)


def main_cell(cells: list[CellData]) -> CellData:
    """The cell that got the largest share of the time."""
    return max(cells, key=lambda data: data.cell.share)


def _trust(outcome: Outcome) -> Finding:
    """Whether the A/A control lets the reader trust the ratios."""
    control = f"the A/A control, {outcome.plan.reference} entered twice,"
    why, controls = why_invalid(outcome), outcome.controls()
    if why:
        text = f"INVALID: {control} differs from itself: {why}. Do not quote these ratios."
        return Finding(FindingKind.INVALID, text)
    if not controls:
        text = (
            "No A/A control was measured, so nothing shows how small a difference "
            "this measurement resolves."
        )
        return Finding(FindingKind.NO_CONTROL, text)
    cell = best_known(outcome, controls)
    c = controls[cell]
    resolved = 100 * max(c.high - 1, 1 - c.low)
    text = (
        f"T{control[1:]} agrees with itself: cost ratio {c.estimate:.3f} "
        f"({c.low:.3f} to {c.high:.3f}) in {cell}, "
        f"so differences from about {resolved:.1f} % on are resolved there."
    )
    return Finding(FindingKind.RESOLUTION, text)


def describe(cell: Cell) -> str:
    """A cell in words: `echo, 100 connections`."""
    text = f"{cell.protocol}, {cell.connections:,} connection{'s' if cell.connections > 1 else ''}"
    if cell.depth > 1:
        text += f", {cell.depth} in flight"
    return text + (f", {cell.rate_per_s:,} requests/s" if cell.rate_per_s else "")


def _main_sentence(outcome: Outcome, cell: Cell, name: str) -> str:
    key, reference = (Quantity.COST, cell.id, name), outcome.plan.reference
    c, decided = outcome.compared[key], outcome.verdict(key)
    interval = f"({span(c.low, c.high)}; {describe(cell)})"
    measured = f"{percent(c.estimate)} CPU per message than {reference} {interval}"
    if decided is Verdict.EQUIVALENT:
        margin = 100 * MARGINS[Quantity.COST]
        return (
            f"{name} and {reference} are equivalent in CPU per message within {margin:.0f} %: "
            f"ratio {c.estimate:.3f} ({c.low:.3f} to {c.high:.3f}; {describe(cell)})."
        )
    if decided is Verdict.INCONCLUSIVE:
        needed = rounds_needed(c, outcome.adjusted[key])
        more = f" from {c.rounds} rounds"
        if c.low > 1 or c.high < 1:
            number = sum(one == Quantity.COST for one, _, _ in outcome.plan.comparisons())
            more = f", which does not hold after correction for {number} comparisons"
        if needed:
            more += f"; about {needed} rounds would tell, this had {c.rounds}"
        return f"{name} against {reference} is inconclusive: it costs {measured}{more}."
    size = f"a small difference, {direction(c)}" if decided is Verdict.SMALL else decided
    return f"{name} costs {measured}: {size}."


def _elsewhere(outcome: Outcome, main: Cell) -> list[str]:
    """Per server the closed cell beside the main one in which it differs most."""
    closed = [data.cell.id for data in outcome.cells if data.cell.mode == "closed"]
    cells = [cell for cell in closed if cell != main.id]
    found = []
    for one in outcome.plan.contestants:
        keys = [(Quantity.COST, cell, one.name) for cell in cells]
        keys = [key for key in keys if key in outcome.compared]
        keys = [key for key in keys if outcome.verdict(key) not in UNDECIDED]
        if one.control or not keys:
            continue
        widest = max(keys, key=lambda key: abs(np.log(outcome.compared[key].estimate)))
        c, where = outcome.compared[widest], describe(outcome.plan.cell(widest[1]))
        found.append(
            f"Elsewhere {one.name} differs most in {where}: "
            f"{percent(c.estimate)} CPU per message ({span(c.low, c.high)})."
        )
    return found


def _omission_sentence(hidden: HiddenDelay) -> str:
    return (
        f"Coordinated omission: 99 % of the replies of {hidden.contestant} took "
        f"up to {hidden.closed_us / 1000:,.2f} ms in the closed loop ({describe(hidden.closed)}), "
        f"but up to {hidden.open_us / 1000:,.0f} ms from when they were due "
        f"at {hidden.open.rate_per_s:,} requests/s: "
        "a closed loop asks nothing while the server stalls, so nothing is late."
    )


def _under_load(outcome: Outcome) -> list[str]:
    """The response p99 of each server at the highest offered load that every server answered."""
    offered = [data for data in outcome.cells if data.cell.mode == "open"]
    kept = [data for data in offered if all(map(_answered, data.series.values()))]
    if not kept:
        return []
    top = max(kept, key=lambda data: data.cell.rate_per_s or 0)
    names = [c.name for c in outcome.plan.contestants if c.name in top.series and not c.control]
    responses = {name: top.series[name].histograms["response"].shown(99) for name in names}
    parts = [f"{name} {p99 / 1000:,.0f} us" for name, p99 in responses.items()]
    load = f"At {top.cell.rate_per_s:,} requests/s offered"
    return [f"{load}, 99 % of responses arrived within: {', '.join(parts)}."]


def _answered(series: Series) -> bool:
    """The offered load was answered, with samples enough for a p99."""
    return achieved(series) >= ACHIEVED and series.histograms["response"].shown(99) is not None
