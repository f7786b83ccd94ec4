"""When the A/A control disproves a measurement or only a cell; which delays a closed loop hid."""

import math
from dataclasses import replace

from cells_fixture import closed, histogram, offered
from experiments.runner.judge import control, findings
from experiments.runner.judge.cells import CellData
from experiments.runner.judge.costs import main_sentences
from experiments.runner.judge.omission import HiddenDelay, hidden_delays
from experiments.runner.judge.outcome import Outcome
from experiments.runner.judge.verdicts import Comparison
from experiments.runner.measure.lines import Probe
from experiments.runner.measure.record import Record
from experiments.runner.plan.margins import Quantity
from experiments.runner.plan.plan import Contestant, Plan, closed_cell

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
    assert "than itself" in control.why_invalid(outcome((1.0, 0.01), (1.02, 0.01), p=0.001))


def loops(open_p99_ns: float, rate: int = 20_000, lag_ns: float = 1e4) -> list[CellData]:
    """A closed cell whose p99 is 1 ms, and an open one like it."""
    histograms = {
        "service": histogram(1e6),
        "response": histogram(open_p99_ns),
        "send_lag": histogram(lag_ns),
    }
    return [closed(histograms=histograms), offered(rate, histograms=histograms)]


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
    told = findings._omission_sentence(found)
    assert (
        "up to 1.00 ms in the closed loop (echo, 100 connections)" in told
        and "up to 180 ms" in told
        and "20,000" in told
    )


def told(**ratios: tuple[float, float, float, float]) -> list[str]:
    """The sentences about the main cell for contestants given as (estimate, low, high, p)."""
    contestants = (Contestant("ref", "ref"), *(Contestant(name, name) for name in ratios))
    plan = Plan("compare", "", 1, False, "ref", contestants, 8, (MAIN, SIDE))
    compared, adjusted = {}, {}
    for name, (estimate, low, high, p) in ratios.items():
        for cell in (MAIN, SIDE):
            key = Quantity.COST, cell.id, name
            compared[key] = Comparison(Quantity.COST, 26, estimate, low, high, low, high, p)
            adjusted[key] = p
    return main_sentences(Outcome(plan, Record(), [], compared, adjusted), MAIN)


def test_differences_come_first_and_the_largest_of_them() -> None:
    text, *rest = told(a=(1.1, 1.08, 1.12, 1e-6), b=(0.8, 0.78, 0.82, 1e-6))
    assert text == (
        "b costs 20 % less CPU per message than ref (-22.0 to -18.0 %; echo, 100 connections): "
        "faster; a 10 % more (+8.0 to +12.0 %): slower."
    )
    assert rest == []


def test_those_that_cost_the_same_share_a_sentence() -> None:
    same = (1.0, 0.99, 1.01, 0.5)
    assert told(a=same) == ["a costs the same as ref within 3 % (echo, 100 connections)."]
    assert told(a=same, b=same, c=same) == [
        "a, b and c cost the same as ref within 3 % (echo, 100 connections)."
    ]


def test_what_is_not_decided_says_why_and_what_would_decide_it() -> None:
    (text,) = told(a=(0.919, 0.896, 0.957, 0.08), b=(1.02, 0.9, 1.1, 0.5))
    assert text.startswith(
        "Not decided against ref after 26 rounds of echo, 100 connections: a (8.1"
    )
    assert "which does not hold after correction for 4 comparisons; about" in text
    assert text.count("correction") == 1 and text.count("rounds would tell") == 2


def test_too_few_rounds_are_one_sentence() -> None:
    none = (1.1, 0.0, math.inf, 1.0)
    assert told(a=none, b=none) == [
        "26 rounds are too few to compare a and b with ref (echo, 100 connections)."
    ]


def test_memory_is_told_where_it_differs() -> None:
    cell = closed_cell("echo", 1000, 1, 68)
    plan = Plan("x", "", 1, False, "a", (Contestant("a", "a"), Contestant("b", "b")), 8, (cell,))
    data = replace(closed(), cell=cell)

    def sentence(b: int) -> str | None:
        record = Record()
        record.probes += [
            Probe(cell.id, name, pss_per_connection_bytes=n) for name, n in (("a", 176), ("b", b))
        ]
        return findings.memory(Outcome(plan, record, [data], {}, {}))

    assert sentence(17 * 1024) == (
        "Memory of each idle connection (echo, 1,000 connections): a 176 B, b 17 KiB."
    )
    assert sentence(200) is None
