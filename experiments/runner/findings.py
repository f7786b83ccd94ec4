"""What was found, in sentences: first whether the session can be trusted, then the comparison."""

import numpy as np

from experiments.runner import stats
from experiments.runner.cells import CellData, Series
from experiments.runner.flags import ACHIEVED, achieved
from experiments.runner.omission import HiddenDelay, hidden_delays
from experiments.runner.outcome import Outcome
from experiments.runner.plan import Cell
from experiments.runner.verdicts import EQUIVALENT, INCONCLUSIVE, MARGINS, SIGNIFICANCE, SMALL, Comparison, direction, percent, rounds_needed, span


def sentences(outcome: Outcome) -> list[str]:
    """All findings, the most important first."""
    found = []
    if outcome.record.interrupted:
        found.append(f"INTERRUPTED: {outcome.record.interrupted}; this is what was measured until then.")
    if not outcome.cells:
        return found + ["Nothing was measured long enough to compare."]
    found.append(_trust(outcome))
    if doubtful(outcome):
        found.append(f"Do not quote the ratios of {', '.join(doubtful(outcome))}: there the control is off by more than the margin.")
    found += [_omission_sentence(hidden) for hidden in hidden_delays(outcome)]
    head = headline(outcome.cells).cell
    for entrant in outcome.plan.entrants:
        if ("cost", head.id, entrant.name) in outcome.compared and not entrant.control:
            found.append(_headline_sentence(outcome, head, entrant.name))
    return found + _elsewhere(outcome, head) + _under_load(outcome)


def headline(cells: list[CellData]) -> CellData:
    """The cell that got the largest share of the time."""
    return max(cells, key=lambda data: data.cell.share)


def why_invalid(outcome: Outcome) -> str | None:
    """Why the A/A control disproves the session, or None when it does not.

    Its interval must contain 1 in every cell's cost; over many cells one in twenty misses by chance,
    so exclusion counts after Holm. Its estimate must stay within the margin in the headline cell;
    elsewhere, with fewer rounds, an estimate that is off spoils only its own cell: see doubtful().
    """
    controls = outcome.controls()
    head = _best_known(outcome, controls)
    adjusted = dict(zip(controls, stats.holm([c.p for c in controls.values()])))
    for cell, c in controls.items():
        if (c.low > 1 or c.high < 1) and adjusted[cell] < SIGNIFICANCE:
            return f"in {cell} it costs {percent(c.estimate)} than itself ({span(c.low, c.high)})"
        if cell == head and abs(c.estimate - 1) > MARGINS["cost"]:
            return f"in {cell} its estimate is off by {percent(c.estimate)}, over the margin"
    return None


def doubtful(outcome: Outcome) -> list[str]:
    """The cells beside the headline whose control is off by more than the margin."""
    controls = outcome.controls()
    head = _best_known(outcome, controls)
    return [cell for cell, c in controls.items() if cell != head and abs(c.estimate - 1) > MARGINS["cost"]]


def _best_known(outcome: Outcome, controls: dict[str, Comparison]) -> str | None:
    """The cell with the largest share of the time among those with a control."""
    return max(controls, key=lambda name: outcome.plan.cell(name).share, default=None)


def _trust(outcome: Outcome) -> str:
    reference, why, controls = outcome.plan.reference, why_invalid(outcome), outcome.controls()
    if why:
        return f"INVALID: the A/A control, {reference} entered twice, differs from itself: {why}. Do not quote these ratios."
    if not controls:
        return "No A/A control was measured, so nothing shows how small a difference this session resolves."
    cell = _best_known(outcome, controls)
    c = controls[cell]
    resolved = 100 * max(c.high - 1, 1 - c.low)
    return (
        f"The A/A control, {reference} entered twice, agrees with itself: cost ratio {c.estimate:.3f} "
        f"({c.low:.3f} to {c.high:.3f}) in {cell}, so differences from about {resolved:.1f} % on are resolved there."
    )


def describe(cell: Cell) -> str:
    """A cell in words: `echo, 100 connections`."""
    text = f"{cell.protocol}, {cell.connections:,} connection{'s' if cell.connections > 1 else ''}"
    if cell.depth > 1:
        text += f", {cell.depth} in flight"
    return text + (f", {cell.rate_per_s:,} requests/s" if cell.rate_per_s else "")


def _headline_sentence(outcome: Outcome, cell: Cell, name: str) -> str:
    key, reference = ("cost", cell.id, name), outcome.plan.reference
    c, decided = outcome.compared[key], outcome.verdict(key)
    measured = f"{percent(c.estimate)} CPU per message than {reference} ({span(c.low, c.high)}; {describe(cell)})"
    if decided == EQUIVALENT:
        return (
            f"{name} and {reference} are equivalent in CPU per message within {100 * MARGINS['cost']:.0f} %: "
            f"ratio {c.estimate:.3f} ({c.low:.3f} to {c.high:.3f}; {describe(cell)})."
        )
    if decided == INCONCLUSIVE:
        needed = rounds_needed(c, outcome.adjusted[key])
        more = f"; about {needed} rounds would tell, this had {c.rounds}" if needed else f" from {c.rounds} rounds"
        return f"{name} against {reference} is inconclusive: it costs {measured}{more}."
    size = f"a small difference, {direction(c)}" if decided == SMALL else decided
    return f"{name} costs {measured}: {size}."


def _elsewhere(outcome: Outcome, head: Cell) -> list[str]:
    """Per server the closed cell beside the headline in which it differs most."""
    cells = [data.cell.id for data in outcome.cells if data.cell.mode == "closed" and data.cell.id != head.id]
    found = []
    for entrant in outcome.plan.entrants:
        keys = [("cost", cell, entrant.name) for cell in cells]
        keys = [key for key in keys if key in outcome.compared and outcome.verdict(key) not in (EQUIVALENT, INCONCLUSIVE)]
        if entrant.control or not keys:
            continue
        widest = max(keys, key=lambda key: abs(np.log(outcome.compared[key].estimate)))
        c, where = outcome.compared[widest], describe(outcome.plan.cell(widest[1]))
        found.append(f"Elsewhere {entrant.name} differs most in {where}: {percent(c.estimate)} CPU per message ({span(c.low, c.high)}).")
    return found


def _omission_sentence(hidden: HiddenDelay) -> str:
    return (
        f"Coordinated omission: 99 % of the replies of {hidden.server} took up to {hidden.closed_us / 1000:,.2f} ms in the closed loop "
        f"({describe(hidden.closed)}), but up to {hidden.open_us / 1000:,.0f} ms from when they were due at "
        f"{hidden.open.rate_per_s:,} requests/s: a closed loop asks nothing while the server stalls, so nothing is late."
    )


def _under_load(outcome: Outcome) -> list[str]:
    """The response p99 of each server at the highest offered load that every server answered."""
    kept = [data for data in outcome.cells if data.cell.mode == "open" and all(map(_answered, data.series.values()))]
    if not kept:
        return []
    top = max(kept, key=lambda data: data.cell.rate_per_s or 0)
    names = [e.name for e in outcome.plan.entrants if e.name in top.series and not e.control]
    parts = [f"{name} {top.series[name].histograms['response'].shown(99) / 1000:,.0f} us" for name in names]
    return [f"At {top.cell.rate_per_s:,} requests/s offered, 99 % of responses arrived within: {', '.join(parts)}."]


def _answered(series: Series) -> bool:
    """The offered load was answered, with samples enough for a p99."""
    return achieved(series) >= ACHIEVED and series.histograms["response"].shown(99) is not None
