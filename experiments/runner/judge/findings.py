"""What was found, in sentences: first what forbids to quote them, last how much is resolved.

Beside alarms there is at most one of each kind, and five in all: who reads more than that on a
terminal?
"""

from experiments.runner.judge.cells import CellData, Series
from experiments.runner.judge.control import best_known, doubtful, why_invalid
from experiments.runner.judge.costs import describe, elsewhere, listed, main_sentence
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
    main = main_cell(outcome.cells).cell
    hidden = hidden_delays(outcome)
    told = {
        FindingKind.HIDDEN_DELAY: _omission_sentence(hidden) if hidden else None,
        FindingKind.MAIN_CELL: main_sentence(outcome, main),
        FindingKind.ELSEWHERE: elsewhere(outcome, main),
        FindingKind.MEMORY: memory(outcome),
        # Both say how late replies are, and a hidden delay says it with more weight.
        FindingKind.UNDER_LOAD: None if hidden else _under_load(outcome),
    }
    found += [Finding(kind, text) for kind, text in told.items() if text]
    return tuple(sorted(found, key=lambda one: list(FindingKind).index(one.kind)))


def main_cell(cells: list[CellData]) -> CellData:
    """The cell that got the largest share of the time."""
    return max(cells, key=lambda data: data.cell.share)


def _trust(outcome: Outcome) -> Finding:
    """Whether the A/A control lets the reader trust the ratios."""
    control = f"the A/A control, {outcome.plan.reference} entered twice,"
    controls = {cell: c for cell, c in outcome.controls().items() if c.bounded}
    if why := why_invalid(outcome):
        text = f"INVALID: {control} differs from itself: {why}. Do not quote these ratios."
        return Finding(FindingKind.INVALID, text)
    if not controls:
        ran = any(outcome.plan.control in data.series for data in outcome.cells)
        why = (
            f"The CPU of {outcome.plan.reference} is unknown"
            if ran
            else "The A/A control was not measured long enough"
        )
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
    """What an idle connection takes in the cell with most connections, and all of them together.

    Where none is idle it is worth a sentence only if it differs by much.
    """
    cells = {data.cell.id: data.cell for data in outcome.cells}
    known = [(cells[p.cell], p) for p in outcome.record.probes if p.cell in cells]
    weighed = [
        (cell, p.contestant, each)
        for cell, p in known
        if (each := idle_bytes(p.pss_per_connection_bytes, cell.held)) is not None
    ]
    if not weighed:
        return None
    most = max((cell for cell, _, _ in weighed), key=lambda one: one.held)
    order = sorted((each, name) for cell, name, each in weighed if cell is most)
    (least, _), (largest, _) = order[0], order[-1]
    if len(order) < 2 or (not most.idle and largest < MUCH_MEMORY * least):
        return None
    each = listed(f"{_size(size)} in {name}" for size, name in order)
    together = f"{_size(least * most.held)} against {_size(largest * most.held)}"
    return (
        f"An idle connection takes {each}: at {most.held:,} connections that is {together} "
        f"({describe(most)}, messages of {most.size:,} B)."
    )


def _size(count: int) -> str:
    """`176 B`, `17 KiB`, `0.8 MiB`, `83 MiB`."""
    if count < 10_000:
        return f"{count:,} B"
    if count < 500_000:
        return f"{count / 1024:,.0f} KiB"
    mib = count / 2**20
    return f"{mib:,.0f} MiB" if mib >= 10 else f"{mib:.1f} MiB"


def _omission_sentence(found: list[HiddenDelay]) -> str:
    """The longest of the delays that a closed loop hid, and whose others are."""
    hidden = max(found, key=lambda one: one.open_us / one.closed_us)
    others = {one.contestant for one in found} - {hidden.contestant}
    also = f"; {listed(sorted(others))} hid delays too" if others else ""
    return (
        f"Coordinated omission: 99 % of the replies of {hidden.contestant} took "
        f"up to {hidden.closed_us / 1000:,.2f} ms in the closed loop ({describe(hidden.closed)}), "
        f"but up to {hidden.open_us / 1000:,.0f} ms from when they were due "
        f"at {hidden.open.rate_per_s:,} requests/s: "
        f"a closed loop asks nothing while the server stalls, so nothing is late{also}."
    )


def _under_load(outcome: Outcome) -> str | None:
    """The response p99 of each server at the highest offered load that every server answered."""
    offered = [data for data in outcome.cells if data.cell.mode == "open"]
    kept = [data for data in offered if all(map(_answered, data.series.values()))]
    if not kept:
        return None
    top = max(kept, key=lambda data: data.cell.rate_per_s or 0)
    names = [c.name for c in outcome.plan.contestants if c.name in top.series and not c.control]
    responses = {name: top.series[name].histograms["response"].shown(99) for name in names}
    parts = [f"{name} {p99 / 1000:,.0f} us" for name, p99 in responses.items()]
    load = f"At {top.cell.rate_per_s:,} requests/s offered"
    return f"{load}, 99 % of responses arrived within: {', '.join(parts)}."


def _answered(series: Series) -> bool:
    """The offered load was answered, with samples enough for a p99."""
    return achieved(series) >= ACHIEVED and series.histograms["response"].shown(99) is not None
