"""When the A/A control disproves a measurement or only a cell; which delays a closed loop hid."""

import math
from dataclasses import replace

import numpy as np
from cells_fixture import ROUNDS, closed, histogram, offered

from experiments.runner.judge import control
from experiments.runner.judge.sentences import findings
from experiments.runner.judge.cells import CellData
from experiments.runner.judge.sentences.comparisons import describe, sentence
from experiments.runner.judge.sentences.omission import HiddenDelay, hidden_delays
from experiments.runner.judge.outcome import Key, Outcome
from experiments.runner.judge.tails import Tail, Tails
from experiments.runner.judge.values import Searches
from experiments.runner.judge.verdicts import Comparison
from experiments.runner.measure.lines import Probe
from experiments.runner.measure.record import Record
from experiments.runner.plan.margins import Quantity
from experiments.runner.plan.plan import (
    Cell,
    Contestant,
    Plan,
    closed_cell,
    open_cell,
    search_cell,
    with_idle,
)
from experiments.runner.results.model import Finding, FindingKind

MAIN, SIDE = closed_cell("echo", 100, 1, 68, share=6), closed_cell("echo", 10, 1, 68)


def outcome(main: tuple[float, float], side: tuple[float, float], p: float = 0.5) -> Outcome:
    """Controls given as (estimate, half-width) in both cells."""
    contestants = (Contestant("a", "a"), Contestant("a#control", "a", control=True))
    plan = Plan("compare", "", 1, False, "a", contestants, 8, (MAIN, SIDE))
    compared = {}
    for cell, (estimate, half) in ((MAIN, main), (SIDE, side)):
        low, high = estimate - half, estimate + half
        compared[Quantity.COST, cell.id, "a#control"] = Comparison(
            Quantity.COST, 40, estimate, low, high, low, high, p
        )
    return Outcome(plan, Record(), [], compared, dict.fromkeys(compared, p))


def test_a_control_that_agrees_leaves_the_measurement_valid() -> None:
    well = outcome((1.002, 0.006), (0.99, 0.03))
    assert control.why_invalid(well) is None and control.doubtful(well) == []


def test_an_estimate_off_in_the_main_cell_invalidates_the_measurement() -> None:
    assert "over the margin" in control.why_invalid(outcome((1.04, 0.06), (1.0, 0.03)))


def test_an_estimate_off_elsewhere_spoils_only_its_cell() -> None:
    off = outcome((1.002, 0.006), (1.043, 0.06))
    assert control.why_invalid(off) is None and control.doubtful(off) == [SIDE.id]


def test_an_interval_that_excludes_1_anywhere_invalidates_the_measurement() -> None:
    why = control.why_invalid(outcome((1.0, 0.01), (1.02, 0.01), p=0.001))
    assert why is not None and "2.0 % more than its own (+1.0 to +3.0 %)" in why


def loops(open_p99_ns: float, rate: int = 20_000, lag_ns: float = 1e4) -> list[CellData]:
    """A closed cell whose p99 is 1 ms, and an open one like it."""
    histograms = {
        "service": histogram(1e6),
        "response": histogram(open_p99_ns),
        "send_lag": histogram(lag_ns),
    }
    late = np.full(ROUNDS, lag_ns)
    return [closed(histograms=histograms), offered(rate, histograms=histograms, lag_p99=late)]


def hidden(cells: list[CellData]) -> list[tuple[str, float, int]]:
    plan = Plan(
        "compare", "", 1, False, "s", (Contestant("s", "s"),), 8, tuple(data.cell for data in cells)
    )
    found = hidden_delays(Outcome(plan, Record(), cells, {}, {}))
    return [(h.contestant, h.open_us / h.closed_us, h.open.rate_per_s) for h in found]


def test_a_stall_that_only_the_open_loop_shows_is_told() -> None:
    assert hidden(loops(180e6)) == [("s", 180, 20_000)]
    assert hidden(loops(9e6)) == []


def test_what_the_generator_sent_late_is_no_stall_of_the_server() -> None:
    assert hidden(loops(180e6, lag_ns=100e6)) == []


def test_lateness_at_a_high_load_alone_is_a_queue_and_no_stall() -> None:
    closed_loop, calm = loops(2e6, rate=10_000)
    _, late = loops(180e6, rate=80_000)
    assert hidden([closed_loop, late, calm]) == []
    assert hidden([closed_loop, late]) == [("s", 180, 80_000)]


def test_the_sentence_gives_both_figures() -> None:
    cells = loops(180e6)
    found = HiddenDelay("s", cells[0].cell, 1000, cells[1].cell, 180_000)
    told = findings._omission_sentence([found])
    assert (
        "up to 1.00 ms in the closed loop (echo, 100 connections)" in told
        and "up to 180 ms" in told
        and "20,000" in told
    )


def told(**ratios: tuple[float, float, float, float]) -> str:
    """The sentence about the main cell for contestants given as (estimate, low, high, p)."""
    contestants = (Contestant("ref", "ref"), *(Contestant(name, name) for name in ratios))
    plan = Plan("compare", "", 1, False, "ref", contestants, 8, (MAIN, SIDE))
    compared, adjusted = compared_in((MAIN, SIDE), ratios)
    found = sentence(Outcome(plan, Record(), [], compared, adjusted), Quantity.COST, MAIN)
    return f"{describe(MAIN)}: {found}."


def compared_in(
    cells: tuple[Cell, ...],
    ratios: dict[str, tuple[float, float, float, float]],
    quantity: Quantity = Quantity.COST,
) -> tuple[dict[Key, Comparison], dict[Key, float]]:
    """The same ratios, given as (estimate, low, high, p), in each of the cells."""
    compared, adjusted = {}, {}
    for name, (estimate, low, high, p) in ratios.items():
        for cell in cells:
            key = quantity, cell.id, name
            compared[key] = Comparison(quantity, 26, estimate, low, high, low, high, p)
            adjusted[key] = p
    return compared, adjusted


SAME, WIDE, NO_INTERVAL = (1.0, 0.99, 1.01, 0.5), (1.02, 0.9, 1.1, 0.5), (1.1, 0.0, math.inf, 1.0)
MORE, LESS = (1.1, 1.08, 1.12, 1e-6), (0.8, 0.78, 0.82, 1e-6)


def test_differences_come_first_and_the_largest_of_them() -> None:
    assert told(a=MORE, b=LESS) == (
        "echo, 100 connections: b costs 20 % less CPU per message than ref (-22.0 to -18.0 %): "
        "faster; a 10 % more (+8.0 to +12.0 %): slower."
    )


def test_those_that_cost_the_same_are_told_together() -> None:
    assert told(a=SAME) == "echo, 100 connections: a costs the same as ref within 3 %."
    assert told(a=MORE, b=SAME, c=SAME, d=SAME).endswith(
        ": slower; b, c and d cost the same as ref within 3 %."
    )


def test_what_is_not_decided_says_why_and_what_would_decide_it() -> None:
    text = told(a=(0.919, 0.896, 0.957, 0.08), b=WIDE)
    assert text.startswith("echo, 100 connections: not decided against ref after 26 rounds: a (8.1")
    assert "which does not hold after correction for 4 comparisons; about" in text
    assert text.count("correction") == 1 and text.count("rounds would tell") == 2


def test_too_few_rounds_to_compare_are_said() -> None:
    assert told(a=NO_INTERVAL, b=NO_INTERVAL) == (
        "echo, 100 connections: 26 rounds are too few to compare a and b with ref."
    )


def weighed(cell: Cell, **each: int) -> Outcome:
    """A cell in which an idle connection takes so many bytes in each contestant."""
    contestants = tuple(Contestant(name, name) for name in each)
    plan = Plan("x", "", 1, False, contestants[0].name, contestants, 8, (cell,))
    record = Record()
    record.probes += [Probe(cell.id, name, pss_per_connection_bytes=n) for name, n in each.items()]
    return Outcome(plan, record, [replace(closed(), cell=cell)], {}, {})


def test_memory_is_told_where_it_differs() -> None:
    crowd = closed_cell("echo", 1000, 1, 68)
    assert findings.memory(weighed(crowd, a=17 * 1024, b=176)) == (
        "An idle connection takes 176 B in b and 17 KiB in a: at 1,000 connections that is "
        "172 KiB against 17 MiB (echo, 1,000 connections, messages of 68 B)."
    )
    assert findings.memory(weighed(crowd, a=200, b=176)) is None
    assert findings.memory(weighed(closed_cell("echo", 10, 1, 68), a=9000, b=1)) is None


def test_memory_is_always_told_where_connections_are_idle() -> None:
    cell = with_idle(open_cell("echo", 100, 4096, 20_000), 4900)
    assert findings.memory(weighed(cell, a=200, b=176, c=17 * 1024)) == (
        "An idle connection takes 176 B in b, 200 B in a and 17 KiB in c: at 5,000 connections "
        "that is 0.8 MiB against 83 MiB "
        "(echo, 100 connections and 4,900 idle, 20,000 requests/s, messages of 4,096 B)."
    )
    assert "176 B in b and 200 B in a" in findings.memory(weighed(cell, a=200, b=176))


def everything(stalled: tuple[str, ...] = (), spoiled: bool = False) -> tuple[Finding, ...]:
    """All that a run can find out at once; those stalled have a p99 that the closed loop hides.

    `spoiled`: the control's tail is not its own.
    """
    ratios = dict(a=MORE, b=LESS, c=SAME, d=WIDE, e=NO_INTERVAL)
    names = ("ref", *ratios)
    crowd = closed_cell("echo", 1000, 1, 68)
    idle = with_idle(closed_cell("echo", 100, 1, 68), 5000)
    breaking = replace(search_cell("echo", 100, 68), rate_per_s=90_000)
    busy, scheduled = closed(), offered()
    cells = []
    for cell, like in ((MAIN, busy), (crowd, busy), (idle, busy), (scheduled.cell, scheduled)):
        late = {"service": histogram(1e6), "send_lag": histogram(1e4)}
        cells.append(
            replace(
                like,
                cell=cell,
                series={
                    name: replace(
                        like.series["s"],
                        histograms={**late, "response": histogram(9e7 if name in stalled else 2e6)},
                    )
                    for name in names
                },
            )
        )
    contestants = (
        *(Contestant(name, name) for name in names),
        Contestant("ref#control", "ref", control=True),
    )
    measured = tuple(data.cell for data in cells)
    plan = Plan("x", "", 1, False, "ref", contestants, 8, (*measured, breaking))
    record = Record()
    record.probes += [
        Probe(crowd.id, name, pss_per_connection_bytes=100 * (place + 1))
        for place, name in enumerate(names)
    ]
    compared, adjusted = compared_in(plan.cells, {**ratios, "ref#control": SAME})
    for quantity, where in (
        (Quantity.P99, measured),
        (Quantity.P999, (scheduled.cell,)),
        (Quantity.BREAKING_LOAD, (breaking,)),
    ):
        control = MORE if spoiled and quantity is Quantity.P99 else SAME
        more = compared_in(where, {**ratios, "ref#control": control}, quantity)
        compared |= more[0]
        adjusted |= more[1]
    epochs = np.arange(8)
    tail = Tail(np.full(8, 250e3), np.full(8, 3e6))
    tails = {scheduled.cell.id: Tails(epochs, epochs, {name: tail for name in names})}
    searches = [Searches(breaking, epochs, {name: 81_234.0 + 100 * epochs for name in names})]
    return findings.find(Outcome(plan, record, cells, compared, adjusted, tails, searches))


def test_there_is_one_finding_of_a_kind_the_most_important_first() -> None:
    assert [one.kind for one in everything()] == [
        FindingKind.MAIN_CELL,
        FindingKind.TAIL,
        FindingKind.FAR_TAIL,
        FindingKind.BREAKING_LOAD,
        FindingKind.ELSEWHERE,
        FindingKind.MEMORY,
        FindingKind.RESOLUTION,
    ]


def test_delays_that_were_hidden_take_the_place_of_the_tail() -> None:
    first, *others = everything(stalled=("b", "a", "ref"))
    assert first.kind is FindingKind.HIDDEN_DELAY and len(others) == 5
    assert first.text.endswith("so nothing is late; a and b hid delays too.")
    kinds = [one.kind for one in others]
    assert FindingKind.TAIL not in kinds and FindingKind.FAR_TAIL not in kinds


def found(kind: FindingKind, **how: bool) -> str:
    return next(one.text for one in everything(**how) if one.kind is kind)


def test_the_tail_is_told_with_the_share_that_no_stall_disturbed() -> None:
    text = found(FindingKind.TAIL)
    assert text.startswith("echo, 100 connections, 20,000 requests/s: p99 ")
    assert " in ref, in the 90 % of requests that no stall of the machine disturbed; " in text
    assert "; b has a p99 20 % shorter than ref (-22.0 to -18.0 %): faster; a 10 % longer" in text
    # What costs count as undecided is the same for a p99, whose margin is wider.
    assert "; c and d have the p99 of ref within 10 %; " in text


def test_the_far_tail_follows_the_tail() -> None:
    text = found(FindingKind.FAR_TAIL)
    assert text.startswith("There, p99.9 is 250 us (250 to 250) in ref; ")
    # 10 % longer or shorter is within what p99.9 allows.
    assert "c and d have the p99.9 of ref within 20 %" in text


def test_more_is_better_where_loads_break() -> None:
    text = found(FindingKind.BREAKING_LOAD)
    assert text.startswith(
        "echo, 100 connections: 99 % of replies come within 1 ms up to "
        "81,600 requests/s (81,200 to 81,900) in ref; "
    )
    assert "b carries 20 % less than ref (-22.0 to -18.0 %): slower; a 10 % more" in text
    assert "not decided against ref after 26 epochs: d (2.0 % more, " in text
    assert "26 epochs are too few to compare e with ref" in text


def test_a_control_whose_tail_is_not_its_own_forbids_to_quote_tails_only() -> None:
    kinds = [one.kind for one in everything(spoiled=True)]
    assert kinds[0] is FindingKind.INVALID_TAILS and FindingKind.RESOLUTION in kinds
    text = found(FindingKind.INVALID_TAILS, spoiled=True)
    assert "its p99 is 10 % longer than its own (+8.0 to +12.0 %). Do not quote p99." in text


def test_what_the_control_resolves_is_told_of_cost_and_of_the_tail() -> None:
    text = found(FindingKind.RESOLUTION)
    assert "cost ratio 1.000 (0.990 to 1.010) in echo-c100-d1" in text
    assert text.endswith("; p99 ratio 1.000 (0.990 to 1.010) in echo-c100-r20000.")
