"""Quantiles from the histograms of many slices: which are taken together, and when none are."""

from pathlib import Path

import numpy as np
import pytest
from test_histogram_log import line

from experiments.runner.judge.cells import gather
from experiments.runner.judge.tails import LEAST_FOR_P999, Tails, _groups, add, read_tails
from experiments.runner.judge.values import measured
from experiments.runner.measure.histogram_log import UNDISTURBED, Buckets, log_of
from experiments.runner.measure.lines import LatencySummary, Slice, Summary
from experiments.runner.measure.record import BatchData
from experiments.runner.plan.margins import Quantity
from experiments.runner.plan.plan import open_cell

CELL = open_cell("echo", 100, 68, 70_000)
SEEN = {20_000: 990, 90_000: 9, 300_000: 1}
QUIET = {20_000: 991, 80_000: 9}


def write_log(folder: Path, epoch: int, rounds: int, names: str = "ab", quiet: bool = True) -> None:
    text = ""
    for _ in range(rounds):
        for name in names:
            text += line(name, SEEN)
            text += line(name + UNDISTURBED, QUIET) if quiet else ""
    log = log_of(folder, CELL.id, epoch)
    log.parent.mkdir(exist_ok=True)
    log.write_text(text)


def read(folder: Path, *epochs: int, names: str = "ab") -> Tails | None:
    return read_tails(folder, names, [BatchData(CELL.id, epoch, True) for epoch in epochs])


def test_groups_are_of_one_epoch_and_large_enough(tmp_path: Path) -> None:
    write_log(tmp_path, 0, 25)
    write_log(tmp_path, 1, 19)
    write_log(tmp_path, 2, 9)
    found = read(tmp_path, 0, 1, 2)
    assert found is not None
    # 25, 19 and 9 thousand: the last are too few.
    assert found.group_epoch.tolist() == [0, 0, 1] and found.epochs.tolist() == [0, 1, 2]
    assert found.of["a"].p999 == pytest.approx([80_000] * 3, rel=1e-3)
    assert found.of["a"].seen_p99 == pytest.approx([20_000] * 3, rel=1e-3)
    assert [one.total for one in found.of["a"].seen] == [25_000, 19_000, 9_000]


def slices(counts: list[int]) -> list[Buckets]:
    return [(np.array([1000.0]), np.array([count], np.int64)) for count in counts]


def test_no_group_has_too_few_of_any_contestant() -> None:
    rng = np.random.default_rng(3)
    for rounds in (10, 100, 1000):
        quiet = {name: slices(rng.integers(0, 700, rounds).tolist()) for name in "abc"}
        groups = _groups(quiet)
        for found in quiet.values():
            assert all(add(found[a:b]).total >= LEAST_FOR_P999 for a, b in groups)
        if groups:
            assert [a for a, _ in groups] == [0, *(b for _, b in groups[:-1])]
            assert groups[-1][1] == rounds


def test_rounds_that_stalls_left_little_of_make_a_group_longer() -> None:
    groups = _groups({"a": slices([500] * 40 + [50] * 200 + [500] * 40)})
    assert [end - begin for begin, end in groups] == [20, 20, 200, 20, 20]


def test_a_p999_is_that_of_all_slices_of_its_group(tmp_path: Path) -> None:
    """Each slice has two late replies, ever later: of ten slices the tenth is the fifth's."""
    write_log(tmp_path, 0, 10)
    text = "".join(
        line("a", SEEN) + line("a" + UNDISTURBED, {20_000: 998, 50_000 + 1000 * i: 2})
        for i in range(20)
    )
    log_of(tmp_path, CELL.id, 0).write_text(text)
    found = read(tmp_path, 0, names="a")
    assert found is not None
    assert found.of["a"].p999 == pytest.approx([54_000, 64_000], rel=1e-3)


def test_without_logs_there_are_no_tails(tmp_path: Path) -> None:
    assert read(tmp_path, 0, 1) is None
    write_log(tmp_path, 0, 12, names="a")
    assert read(tmp_path, 0) is None


def test_an_epoch_without_its_log_is_left_out(tmp_path: Path) -> None:
    write_log(tmp_path, 1, 12)
    found = read(tmp_path, 0, 1)
    assert found is not None and found.epochs.tolist() == [1]


def old_slice(target: str, number: int, undisturbed: LatencySummary | None = None) -> Slice:
    latency = LatencySummary(400, 30_000.0, 90_000.0)
    return Slice(
        number,
        target,
        number * 10**7,
        7 * 10**6,
        400,
        server_cpu_ns=4 * 10**6,
        service=latency,
        response=latency,
        undisturbed=undisturbed,
    )


def batch(undisturbed: LatencySummary | None = None) -> BatchData:
    found = BatchData(CELL.id, 0, True)
    found.slices += [old_slice(name, i, undisturbed) for i in range(30) for name in "ab"]
    kinds = ("service", "response", "send_lag")
    histograms = {kind: [[30_000, 12_000 - 60], [90_000, 60]] for kind in kinds}
    found.summaries += [Summary(name, histograms) for name in "ab"]
    return found


def test_a_recording_that_knows_of_no_stalls_is_judged_by_all_it_saw(tmp_path: Path) -> None:
    write_log(tmp_path, 0, 30, quiet=False)
    assert read(tmp_path, 0) is None
    data = gather(CELL, "ab", [batch()])
    assert data.series["a"].p99.tolist() == [90_000] * 30
    assert np.isnan(data.series["a"].undisturbed_share())
    assert {one.quantity for one in measured(data, None)} == {Quantity.COST, Quantity.P99}


def test_a_slice_of_which_stalls_left_little_has_no_p99() -> None:
    few, enough = LatencySummary(99, 1.0, 50_000.0), LatencySummary(300, 1.0, 60_000.0)
    one = batch(enough)
    one.slices[4] = old_slice("a", 2, few)
    data = gather(CELL, "ab", [one])
    p99 = data.series["a"].p99
    assert np.isnan(p99[2]) and set(np.delete(p99, 2)) == {60_000}
    assert data.series["a"].undisturbed_share() == pytest.approx((29 * 300 + 99) / (30 * 400))
    p99s = next(found for found in measured(data, None) if found.quantity is Quantity.P99)
    logs, epochs = p99s.log_ratios("b", "a")
    assert logs.tolist() == [0.0] * 29 and epochs.tolist() == [0] * 29
