"""The raw record: attempts, broken lines, and what analysis makes of incomplete data."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from experiments.runner.judge.cells import gather
from experiments.runner.judge.histogram import enough, merge, spectrum_us
from experiments.runner.judge.values import measured
from experiments.runner.measure.lines import BatchDone, End, Start
from experiments.runner.measure.record import Recorder, read_record
from experiments.runner.plan.margins import Quantity
from experiments.runner.plan.plan import (
    Contestant,
    Plan,
    closed_cell,
    load_cell,
    open_cell,
    read_plan,
    rounds_of,
    search_cell,
    share_time,
    write_plan,
)
from experiments.runner.results.percentiles import Distribution, percentile_text

CELL = closed_cell("echo", 100, 1, 68)


def slice_line(target: str, number: int, attempt: int = 0, epoch: int = 0) -> dict:
    return {
        "kind": "slice",
        "cell": CELL.id,
        "epoch": epoch,
        "attempt": attempt,
        "round": number,
        "target": target,
        "begin_ns": number * 10,
        "duration_ns": 10**6,
        "messages": 100,
        "server_cpu_ns": 500,
        "generator_cpu_ns": 300,
        "machine_busy_ns": 900,
        "steal_ns": None,
        "service": {"mean_ns": 5, "p99_ns": 9},
    }


def test_the_complete_attempt_counts_and_else_the_last(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    recorder.line(slice_line("a", 0, attempt=1))
    recorder.line(slice_line("a", 0, attempt=2))
    recorder.line(slice_line("a", 1, attempt=2))
    recorder.write(BatchDone(CELL.id, 0, 2))
    recorder.line(slice_line("a", 0, attempt=3, epoch=1))
    recorder.line(slice_line("a", 0, attempt=4, epoch=1))
    recorder.line(slice_line("a", 1, attempt=4, epoch=1))
    recorder.close()
    record = read_record(tmp_path)
    assert [(b.epoch, b.complete, len(b.slices)) for b in record.batches] == [
        (0, True, 2),
        (1, False, 2),
    ]


def test_half_a_line_does_not_spoil_what_follows(tmp_path: Path) -> None:
    (tmp_path / "slices.jsonl").write_text('{"kind":"start","started":"now"}\n{"kind":"sli')
    recorder = Recorder(tmp_path)
    recorder.write(End(1, None))
    recorder.close()
    record = read_record(tmp_path)
    assert len(record.starts) == len(record.ends) == 1 and record.interrupted is None


def test_why_a_measurement_did_not_end(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    recorder.write(Start("now"))
    assert read_record(tmp_path).interrupted == "it was killed"
    recorder.write(End(1, "it was interrupted"))
    assert read_record(tmp_path).interrupted == "it was interrupted"
    recorder.close()


def test_a_round_that_not_everyone_finished_is_left_out(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    for line in (slice_line("a", 0), slice_line("b", 0), slice_line("a", 1)):
        recorder.line(line)
    recorder.close()
    data = gather(CELL, ["a", "b", "never there"], read_record(tmp_path).batches)
    assert data.rounds == 1 and list(data.series) == ["a", "b"]
    assert data.series["a"].cpu_us.tolist() == [0.005]
    assert np.isnan(data.series["a"].steal[0]) and np.isnan(data.series["a"].scheduled[0])


def test_unknown_server_time_gives_no_cost_but_a_rate(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    for name in ("a", "b"):
        recorder.line({**slice_line(name, 0), "server_cpu_ns": None})
    recorder.close()
    data = gather(CELL, ["a", "b"], read_record(tmp_path).batches)
    logs = {v.quantity: v.log_ratios("b", "a")[0].tolist() for v in measured(data, None)}
    assert logs == {Quantity.COST: [], Quantity.RATE: [0.0], Quantity.P99: []}


def test_histograms_merge_and_show_only_what_samples_carry() -> None:
    merged = merge([[[10, 5000], [20, 4000]], [[20, 900], [30, 100]]])
    assert merged.total == 10_000
    assert (merged.at(50), merged.at(99), merged.at(100)) == (10, 20, 30)
    assert merged.shown(99) == 20 and merged.shown(99.9) is None
    assert [p for p, _ in spectrum_us(merged)][-1] == 99
    assert merge([]).at(50) is None
    assert enough(10_000, 99) and not enough(9_999, 99)
    assert enough(100_000, 99.9) and enough(1_000_000, 99.99)


def test_the_percentile_text_has_the_columns_the_public_plotter_reads() -> None:
    us, counts = np.array([1.0, 2.0, 5.0]), np.array([50, 40, 10])
    made_up = Distribution("cell", "a", "service", us, counts)
    lines = percentile_text(made_up).splitlines()
    assert (
        lines[0].split() == ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"]
        and lines[1] == ""
    )
    rows = [line.split() for line in lines[2:-3]]
    assert rows[0] == ["1.000", "0.000000000000", "50", "1.00"]
    assert rows[-1] == ["5.000", "1.000000000000", "100"]
    shares = [float(row[1]) for row in rows]
    assert shares == sorted(shares) and 0.5 in shares and 0.75 in shares
    assert all(int(row[2]) >= 100 * float(row[1]) - 1e-9 for row in rows)
    assert lines[-3] == "#[Mean    =        1.800, StdDeviation   =        1.166]"


def test_a_plan_survives_its_file(tmp_path: Path) -> None:
    cells = share_time([CELL, open_cell("echo", 100, 68, 10_000)], 12, 3, 0.05, None)
    plan = Plan(
        "compare",
        "./iolab compare",
        3,
        False,
        "a",
        (Contestant("a", "a"), Contestant("a#control", "a", True)),
        4,
        cells,
    )
    write_plan(plan, tmp_path)
    assert read_plan(tmp_path) == plan and read_plan(tmp_path).batches() == plan.batches()


def test_time_is_shared_by_weight_and_rounds_over_epochs() -> None:
    head = closed_cell("echo", 100, 1, 68, share=6)
    crowd = closed_cell("echo", 1000, 1, 68, share=2)
    cells = share_time([head, crowd], 40, 4, 0.05, None)
    assert [(c.rounds, c.slice_s) for c in cells] == [(150, 0.05), (50, 0.05)]
    assert sum(rounds_of(cells[0], epoch, 8) for epoch in range(8)) == 150
    assert [c.rounds for c in share_time([head, crowd], 40, 4, 0.05, 7)] == [7, 7]
    assert [c.rounds for c in share_time([head, crowd], 0.1, 4, 0.05, None)] == [12, 12]


def test_without_a_wish_a_slice_is_as_long_as_suits_its_cell() -> None:
    """More connections take longer to be asked; an open loop counts 5 ms, or 200 requests."""
    wanted = [
        closed_cell("echo", 10, 1, 68),
        closed_cell("echo", 1000, 1, 68),
        open_cell("echo", 100, 68, 70_000),
        open_cell("echo", 100, 68, 10_000),
        replace(load_cell("echo", 100, 68, 70), rate_per_s=63_000),
    ]
    cells = share_time(wanted, 60, 4, 0, None)
    assert [c.slice_s for c in cells] == [0.01, 0.06, 0.007, 0.022, 0.007]
    assert [c.lead_in_s for c in cells] == [0, 0, 0.002, 0.002, 0.002]
    assert sum(c.rounds * c.slice_s for c in cells) * 4 == pytest.approx(60, rel=0.02)


def test_a_search_keeps_its_trials_which_are_part_of_the_time() -> None:
    search = replace(search_cell("echo", 100, 68), rounds=64)
    assert search.slice_s == 0.03 and search.share == 0
    cells = share_time([closed_cell("echo", 100, 1, 68), search], 40, 4, 0, None)
    assert cells[1] == search
    assert sum(c.rounds * c.slice_s for c in cells) * 4 == pytest.approx(40, rel=0.01)


def test_loads_and_searches_have_names_of_their_own() -> None:
    cells = [
        load_cell("echo", 100, 68, 70),
        open_cell("echo", 100, 68, 70),
        search_cell("echo", 100, 68),
    ]
    assert [c.id for c in cells] == ["echo-c100-u70", "echo-c100-r70", "echo-c100-breaking"]
    assert [(c.mode, c.utilisation, c.of_capacity) for c in cells] == [
        ("open", 0.7, True),
        ("open", None, False),
        ("search", None, True),
    ]


def test_each_quantity_is_declared_where_it_is_measured() -> None:
    cells = (CELL, load_cell("echo", 100, 68, 70), search_cell("echo", 100, 68))
    contestants = (Contestant("a", "a"), Contestant("b", "b"), Contestant("c", "a", control=True))
    plan = Plan("compare", "", 1, False, "a", contestants, 8, cells)
    declared = {(cell, quantity) for quantity, cell, name in plan.comparisons() if name == "b"}
    assert declared == {
        *((CELL.id, one) for one in ("cost", "rate", "p99")),
        *(("echo-c100-u70", one) for one in ("cost", "p99", "p999", "seen_p99")),
        ("echo-c100-breaking", "breaking_load"),
    }
    assert {name for _, _, name in plan.comparisons()} == {"b"}


def test_batches_are_shuffled_by_seed_with_protocols_together() -> None:
    cells = tuple(
        share_time(
            [closed_cell(p, n, 1, 68) for p in ("echo", "framed") for n in (1, 10, 100)],
            60,
            3,
            0.05,
            None,
        )
    )
    plan = Plan("compare", "", 1, False, "a", (), 6, cells)
    orders = {tuple(b.cell for b in plan.batches() if b.epoch == epoch) for epoch in range(6)}
    assert len(orders) > 3
    for order in orders:
        protocols = [name.split("-")[0] for name in order]
        assert protocols in (["echo"] * 3 + ["framed"] * 3, ["framed"] * 3 + ["echo"] * 3)
