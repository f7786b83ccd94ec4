"""What was found, in sentences: first what forbids to quote them, last how much is resolved.

Beside alarms there is at most one of each kind: does anybody cost less, has anybody a shorter tail,
at which load does each break. Who reads more than that on a terminal?
"""

from experiments.runner.judge.cells import CellData
from experiments.runner.judge.control import best_known, doubtful, why_invalid
from experiments.runner.judge.outcome import Outcome
from experiments.runner.judge.sentences.comparisons import describe, elsewhere, listed, sentence
from experiments.runner.judge.sentences.lateness import breaking_load, far_tail, tail
from experiments.runner.judge.sentences.omission import HiddenDelay, hidden_delays
from experiments.runner.judge.verdicts import Comparison
from experiments.runner.plan.margins import Quantity
from experiments.runner.plan.plan import main_of
from experiments.runner.results.model import Finding, FindingKind, idle_bytes

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
    if why := why_invalid(outcome, Quantity.P99):
        text = f"INVALID TAILS: {_control(outcome)} differs from itself: {why}. Do not quote p99."
        found.append(Finding(FindingKind.INVALID_TAILS, text))
    cost = sentence(outcome, Quantity.COST, main)
    told = {
        FindingKind.HIDDEN_DELAY: _omission_sentence(hidden) if hidden else None,
        FindingKind.MAIN_CELL: f"{describe(main)}: {cost}." if cost else None,
        # A hidden delay says how late replies are, too, and with more weight.
        FindingKind.TAIL: None if hidden else tail(outcome),
        FindingKind.FAR_TAIL: None if hidden else far_tail(outcome),
        FindingKind.BREAKING_LOAD: breaking_load(outcome),
        FindingKind.ELSEWHERE: elsewhere(outcome, main),
        FindingKind.MEMORY: memory(outcome),
    }
    found += [Finding(kind, text) for kind, text in told.items() if text]
    return tuple(sorted(found, key=lambda one: list(FindingKind).index(one.kind)))


def main_cell(cells: list[CellData]) -> CellData:
    """The cell whose cost is told first: the closed one with the largest share of the time."""
    main = main_of(data.cell for data in cells)
    return next(data for data in cells if data.cell is main)


def _trust(outcome: Outcome) -> Finding:
    """Whether the A/A control lets the reader trust the ratios."""
    control = _control(outcome)
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
        f"T{control[1:]} agrees with itself: cost ratio {_ratio(c)} in {cell}: "
        f"differences of about {resolved:.1f} % or more can be seen there"
    )
    data = outcome.headline()
    p99 = outcome.controls(Quantity.P99).get(data.cell.id) if data else None
    text += f"; p99 ratio {_ratio(p99)} in {data.cell.id}." if data and p99 else "."
    return Finding(FindingKind.RESOLUTION, text)


def _control(outcome: Outcome) -> str:
    return f"the A/A control, {outcome.plan.reference} entered twice,"


def _ratio(ratio: Comparison) -> str:
    return f"{ratio.estimate:.3f} ({ratio.low:.3f} to {ratio.high:.3f})"


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
