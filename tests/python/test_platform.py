"""What the machine did by itself: its stalls counted, and latencies over time."""

from pathlib import Path

import pytest
from test_histogram_log import line

from experiments.runner.judge import platform
from experiments.runner.judge.outcome import Outcome, weigh
from experiments.runner.measure.histogram_log import log_of
from experiments.runner.measure.lines import Slice
from experiments.runner.measure.record import BatchData, Record
from experiments.runner.plan.plan import Contestant, Plan, closed_cell, open_cell

OPEN, CLOSED = open_cell("echo", 100, 68, 20_000), closed_cell("echo", 100, 1, 68)
SLICE_NS = 10_000_000


def one(number: int, target: str, mine: list | None, servers: list | None) -> Slice:
    begin_ns = (2 * number + (target == "b")) * SLICE_NS
    return Slice(
        number,
        target,
        begin_ns,
        SLICE_NS,
        100,
        server_cpu_ns=1000,
        generator_stalls=mine,
        server_stalls=servers,
    )


def outcome(
    stalls: list | None, of_servers: list | None, cell=OPEN, results: Path | None = None
) -> Outcome:
    """Two rounds of two contestants; the stalls are in the second's first slice."""
    plan = Plan("x", "", 1, False, "a", (Contestant("a"), Contestant("b")), 1, (OPEN, CLOSED))
    batch = BatchData(cell.id, 0, True, begin_s=100.0)
    none = [] if stalls is not None else None
    nowhere = [] if of_servers is not None else None
    for number in range(2):
        batch.slices.append(one(number, "a", none, nowhere))
        first = number == 0
        batch.slices.append(
            one(number, "b", stalls if first else none, of_servers if first else nowhere)
        )
    record = Record()
    record.batches.append(batch)
    return weigh(plan, record, results)


def test_stalls_are_counted_by_length() -> None:
    generator, servers = platform.stalls(outcome([[5, 60_000], [9, 1_500_000]], [[7, 250_000]]))
    assert (generator.core, servers.core) == ("generator", "servers")
    assert dict(zip(generator.edges_us, generator.counts)) == {
        50: 2,
        100: 1,
        200: 1,
        500: 1,
        1000: 1,
        2000: 0,
        5000: 0,
        10_000: 0,
    }
    assert servers.counts[:4] == (1, 1, 1, 0)
    assert generator.watched_s == servers.watched_s == 0.04
    assert generator.share == pytest.approx(0.00156 / 0.04) and servers.share == 0.00625


def test_a_core_that_was_watched_and_never_stalled_says_so() -> None:
    generator, servers = platform.stalls(outcome([], []))
    assert sum(generator.counts) == sum(servers.counts) == 0 and servers.watched_s == 0.04


def test_a_core_that_was_not_watched_is_not_told() -> None:
    assert [one.core for one in platform.stalls(outcome([[5, 60_000]], None))] == ["generator"]
    assert platform.stalls(outcome(None, None)) == ()


def test_closed_loops_are_not_watched() -> None:
    assert platform.stalls(outcome([[5, 60_000]], [[5, 60_000]], CLOSED)) == ()


def write_log(folder: Path, *lines: str) -> None:
    log = log_of(folder, OPEN.id, 0)
    log.parent.mkdir(exist_ok=True)
    log.write_text("".join(lines))


def test_latencies_over_time_are_counts_in_bands(tmp_path: Path) -> None:
    quick, slow = {20_000: 90, 21_000: 9}, {20_000: 50, 3_000_000: 2, 900_000_000: 1, 900: 4}
    write_log(tmp_path, line("a", quick), line("b", slow), line("a", quick), line("b", quick))
    found = outcome([[1_000_000, 1_500_000]], [[2_000_000, 300_000]], results=tmp_path)
    heat = platform.heat(found, tmp_path)
    assert heat is not None and (heat.cell, heat.epoch) == (OPEN.id, 0)
    a, b = heat.columns
    assert (a.contestant, a.begin_s, b.begin_s) == ("a", (100.0, 100.02), (100.01, 100.03))
    assert [sum(row) for row in b.counts] == [57, 99]
    first = {heat.edges_us[band]: n for band, n in enumerate(b.counts[0]) if n}
    # Beyond the last edge is in the last band, below the first in the first.
    assert sum(first.values()) == 57 and first[heat.edges_us[-1]] == 1
    assert b.counts[0][0] == 4 and sorted(first.values()) == [1, 2, 4, 50]
    assert heat.stalls == ((100.011, 1500.0, "generator"), (100.012, 300.0, "servers"))


def test_no_heat_without_the_log_or_a_part_of_it(tmp_path: Path) -> None:
    found = outcome([], [], results=tmp_path)
    assert platform.heat(found, tmp_path) is None
    write_log(tmp_path, line("a", {9: 1}), line("b", {9: 1}), line("a", {9: 1}))
    assert platform.heat(found, tmp_path) is None


def test_no_heat_without_an_open_loop(tmp_path: Path) -> None:
    assert platform.heat(outcome([], [], CLOSED), tmp_path) is None
