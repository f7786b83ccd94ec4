"""What was found, in sentences: first what forbids to quote them, last how much is resolved."""

from experiments.runner.judge.cells import CellData, Series
from experiments.runner.judge.control import best_known, doubtful, why_invalid
from experiments.runner.judge.costs import describe, elsewhere, main_sentences
from experiments.runner.judge.offered import achieved
from experiments.runner.judge.omission import HiddenDelay, hidden_delays
from experiments.runner.judge.outcome import Outcome
from experiments.runner.results.model import ACHIEVED, Finding, FindingKind, idle_bytes

# Memory per connection is worth a sentence when one contestant takes so many times another's.
MUCH_MEMORY = 2


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
    found += [Finding(FindingKind.MAIN_CELL, text) for text in main_sentences(outcome, main)]
    if text := elsewhere(outcome, main):
        found.append(Finding(FindingKind.ELSEWHERE, text))
    if text := memory(outcome):
        found.append(Finding(FindingKind.MEMORY, text))
    found += [Finding(FindingKind.UNDER_LOAD, text) for text in _under_load(outcome)]
    return tuple(sorted(found, key=lambda one: list(FindingKind).index(one.kind)))


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
        ran = any(outcome.plan.control in data.series for data in outcome.cells)
        why = f"The CPU of {outcome.plan.reference} is unknown" if ran else "No A/A control ran"
        text = f"{why}, so nothing shows how small a difference in cost this measurement resolves."
        return Finding(FindingKind.NO_CONTROL, text)
    cell = best_known(outcome, controls)
    c = controls[cell]
    resolved = 100 * max(c.high - 1, 1 - c.low)
    text = (
        f"T{control[1:]} agrees with itself: cost ratio {c.estimate:.3f} "
        f"({c.low:.3f} to {c.high:.3f}) in {cell}: "
        f"differences of about {resolved:.1f} % or more can be seen there."
    )
    return Finding(FindingKind.RESOLUTION, text)


def memory(outcome: Outcome) -> str | None:
    """What an idle connection takes in the cell with most of them, if that differs by much."""
    cells = {data.cell.id: data.cell for data in outcome.cells}
    probes = [p for p in outcome.record.probes if p.cell in cells]
    known = [p for p in probes if idle_bytes(p.pss_per_connection_bytes, cells[p.cell].connections)]
    if not known:
        return None
    cell = max((cells[p.cell] for p in known), key=lambda one: one.connections)
    bytes_of = {
        p.contestant: p.pss_per_connection_bytes
        for p in known
        if p.cell == cell.id and p.contestant != outcome.plan.control
    }
    order = sorted(bytes_of, key=bytes_of.__getitem__)
    if len(order) < 2 or bytes_of[order[-1]] < MUCH_MEMORY * bytes_of[order[0]]:
        return None
    each = ", ".join(f"{name} {_size(bytes_of[name])}" for name in order)
    return f"Memory of each idle connection ({describe(cell)}): {each}."


def _size(count: int) -> str:
    return f"{count:,} B" if count < 10_000 else f"{count / 1024:,.0f} KiB"


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
