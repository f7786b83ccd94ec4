"""Every flag, provoked; and none where all is well."""

from dataclasses import replace

import numpy as np
import pytest
from cells_fixture import ROUNDS, SLICE_NS, closed, offered

from experiments.runner.judge.platform import EDGES_US
from experiments.runner.results.model import Stalls
from experiments.runner.judge import flags, stability
from experiments.runner.judge.cells import CellData, Series
from experiments.runner.measure import manifest
from experiments.runner.measure.lines import BatchFailure
from experiments.runner.measure.manifest import Build, Git, Machine, Manifest
from experiments.runner.plan.plan import Plan


def raised(data: CellData) -> dict[str, str]:
    """Flag and figure of a cell's only server."""
    return {flag.flag: flag.figure for flag in flags.of_cell(data, threads=1)}


def test_nothing_is_flagged_where_all_is_well() -> None:
    assert raised(closed()) == {}
    assert raised(offered()) == {}


def test_idle_connections_that_the_server_closed_are_told() -> None:
    assert raised(closed(idle_closed=17)) == {"ERRORS": "17 idle closed"}


def test_client_bound_by_a_generator_slowed_on_purpose() -> None:
    data = closed(
        generator_cpu=np.full(ROUNDS, 0.96 * SLICE_NS), server_cpu=np.full(ROUNDS, 0.60 * SLICE_NS)
    )
    assert raised(data)["CLIENT-BOUND"] == "generator 96 % CPU"


def test_a_busy_generator_is_fine_while_the_server_is_busier() -> None:
    assert "CLIENT-BOUND" not in raised(closed(generator_cpu=np.full(ROUNDS, 0.96 * SLICE_NS)))


def test_client_bound_by_requests_that_leave_late() -> None:
    slices = {"p99": np.full(ROUNDS, 3e5), "lag_p99": np.full(ROUNDS, 2e5)}
    assert raised(offered(**slices))["CLIENT-BOUND"] == "send-lag p99 200 us"


def test_a_stall_of_the_machine_in_some_slices_does_not_make_it_client_bound() -> None:
    """Most slices have none, and the ratios are theirs."""
    lag = np.where(np.arange(ROUNDS) % 3 == 0, 5e6, 1e4)
    in_time = offered().series["s"].in_time * np.where(np.arange(ROUNDS) % 3 == 0, 0.5, 1)
    assert raised(offered(lag_p99=lag, in_time=in_time)) == {}


def test_two_at_their_limits_together_are_no_fault_of_either() -> None:
    data = closed(
        generator_cpu=np.full(ROUNDS, 0.97 * SLICE_NS), server_cpu=np.full(ROUNDS, 0.90 * SLICE_NS)
    )
    assert "CLIENT-BOUND" not in raised(data)


def test_requests_that_wait_for_a_stalled_server_are_not_the_clients_fault() -> None:
    stalled = {"p99": np.full(ROUNDS, 2e8), "lag_p99": np.full(ROUNDS, 1.9e8)}
    both = replace(offered(), series={**offered().series, "stalls": offered(**stalled).series["s"]})
    assert flags.of_cell(both, threads=1) == []


def test_client_bound_by_load_that_was_not_offered() -> None:
    assert (
        raised(offered(in_time=np.full(ROUNDS, 0.9 * 20_000 * SLICE_NS / 1e9)))["CLIENT-BOUND"]
        == "achieved 0.900"
    )


def test_an_old_recording_that_does_not_tell_what_came_in_time() -> None:
    unknown, answered = np.full(ROUNDS, np.nan), np.full(ROUNDS, 0.9 * 20_000 * SLICE_NS / 1e9)
    assert raised(offered(in_time=unknown)) == {}
    assert raised(offered(in_time=unknown, messages=answered))["CLIENT-BOUND"] == "achieved 0.900"


def test_a_saturated_server_is_not_the_clients_fault() -> None:
    answered = np.full(ROUNDS, 0.8 * 20_000 * SLICE_NS / 1e9)
    found = raised(offered(in_time=answered, server_cpu=np.full(ROUNDS, 0.99 * SLICE_NS)))
    assert found == {"SATURATED": "80 % of offered"}


def test_little() -> None:
    missing = closed().series["s"].mean_service * 0.9
    assert raised(closed(mean_service=missing))["LITTLE"] == "90.0 in flight, not 100"


def test_little_allows_for_the_edges_of_a_slice_and_for_no_more() -> None:
    """6 of 60 ms pass until all connections are asked; the last replies come 6 ms after the end."""
    ramp, longer = np.full(ROUNDS, 6e6), np.full(ROUNDS, 66e6)
    well = closed().series["s"]

    def in_flight(mean: float) -> dict[str, str]:
        service = mean * longer / well.messages
        return raised(
            closed(ramp=ramp, duration=longer, mean_service=service, generator_cpu=0.7 * longer)
        )

    for mean in (82, 90, 100):
        assert "LITTLE" not in in_flight(mean)
    assert in_flight(77)["LITTLE"] == "77.0 in flight, not 100"
    assert in_flight(106)["LITTLE"] == "106.0 in flight, not 100"


def test_little_where_most_connections_are_asked_after_half_a_slice() -> None:
    well = closed().series["s"]
    found = raised(closed(ramp=np.full(ROUNDS, 50e6), mean_service=well.mean_service * 0.4))
    assert found["LITTLE"] == "40.0 in flight, not 100"


def of_machine(cells: list[CellData]) -> dict[str, str]:
    found = flags.of_machine(cells)
    assert all(one.cell is None and one.contestant is None for one in found)
    return {one.flag: one.figure for one in found}


def test_a_machine_that_slows_down_is_told_of_once() -> None:
    drift = closed().series["s"].server_cpu * np.linspace(1, 1.5, ROUNDS)
    cells = [closed(server_cpu=drift), closed(server_cpu=drift), closed()]
    assert of_machine(cells)["UNSTABLE"].startswith("trend +")
    assert raised(cells[0]) == {}, "ratios bear it"
    assert "UNSTABLE" not in of_machine([closed()])


@pytest.mark.parametrize(
    ("core", "often", "told"),
    [("generator", 250, True), ("generator", 100, False), ("servers", 250, False)],
)
def test_a_core_that_stands_still_often_is_told_of(core: str, often: int, told: bool) -> None:
    """SIGSTOP of both, four times a second, gave 5 a second; without it, 0.5 to 1.7."""
    found = Stalls(core, 50.0, EDGES_US, tuple(often if us <= 1000 else 0 for us in EDGES_US), 0.03)
    assert [one.figure for one in flags.stalled([found])] == (["5.0 long stalls/s"] if told else [])


def beside(reference: CellData, other: CellData) -> CellData:
    return replace(reference, series={"r": reference.series["s"], "s": other.series["s"]})


def test_unstable_by_two_modes_that_the_reference_does_not_share() -> None:
    modes = closed().series["s"].server_cpu * np.where(np.arange(ROUNDS) % 3 == 0, 1.3, 1.0)
    own = beside(closed(), closed(server_cpu=modes))
    assert "two modes" in raised(own)["UNSTABLE"]
    assert "UNSTABLE" not in raised(beside(closed(server_cpu=modes), closed(server_cpu=modes)))


def beside_the_reference(share: np.ndarray | float) -> list[tuple[str, str, str]]:
    """The flags of an open loop in which that share of a contestant's requests is undisturbed."""
    data = offered()
    other = replace(data.series["s"], undisturbed=share * data.series["s"].counted)
    found = flags.of_cell(replace(data, series={**data.series, "other": other}), threads=1)
    return [(one.contestant or "", one.flag, one.figure) for one in found]


def test_uneven_where_stalls_leave_less_of_one_or_more() -> None:
    assert beside_the_reference(0.80) == [("other", "UNEVEN", "80 % undisturbed, not 90 %")]
    assert beside_the_reference(0.97) == [("other", "UNEVEN", "97 % undisturbed, not 90 %")]
    assert beside_the_reference(0.86) == []


def test_shares_that_differ_by_chance_are_not_uneven() -> None:
    """A stall spoils a whole slice, so that a few more of one contestant's mean little."""
    share = np.full(ROUNDS, 0.95)
    share[::6] = 0.2
    assert abs(share.mean() - 0.90) > 0.05 and beside_the_reference(share) == []


def test_a_recording_that_knows_of_no_stalls_is_not_uneven() -> None:
    assert beside_the_reference(np.nan) == []


def test_wide_noise_has_neither_trend_nor_modes() -> None:
    rng = np.random.default_rng(4)
    for _ in range(200):
        logs = rng.normal(0, 0.2, ROUNDS)
        assert stability.bimodal_gap(logs) == 0
    trends = [
        abs(stability.trend(rng.normal(0, 0.2, ROUNDS))[1]) > stability.TREND_Z for _ in range(500)
    ]
    assert np.mean(trends) < 0.01


@pytest.mark.parametrize(
    ("changes", "figure"),
    [
        ({"steal": np.full(ROUNDS, 0.04 * SLICE_NS)}, "steal 4.0 %"),
        ({"machine_busy": closed().series["s"].machine_busy + 0.4 * SLICE_NS}, "foreign CPU 40 %"),
    ],
)
def test_noisy(changes: dict, figure: str) -> None:
    assert of_machine([closed(**changes)])["NOISY"] == figure
    assert "NOISY" not in raised(closed(**changes)), "not once more at every figure"


def test_a_generator_that_polls_is_not_foreign() -> None:
    polled = 0.5 * SLICE_NS
    busy = offered().series["s"].machine_busy + polled
    assert of_machine([offered(machine_busy=busy)])["NOISY"] == "foreign CPU 50 %"
    polling = offered(machine_busy=busy, generator_spin=np.full(ROUNDS, polled))
    assert of_machine([polling]) == {}


def seen_by_ticks(data: CellData, rounds: int, rng: np.random.Generator) -> Series:
    """The first rounds of a cell, with busy time as a kernel counts it that looks every 4 ms."""
    tick, whole = 4e6, data.series["s"]
    cut = {
        field: value[:rounds]
        for field, value in vars(whole).items()
        if isinstance(value, np.ndarray)
    }
    looks = round(SLICE_NS / tick)
    hits = sum(
        rng.binomial(looks, cut[who] / cut["duration"]) for who in ("server_cpu", "generator_cpu")
    )
    return replace(whole, **{**cut, "machine_busy": hits * tick})


def test_a_quiet_machine_is_rarely_noisy_for_the_coarseness_of_its_clock() -> None:
    """Two cores that are each busy for 30 % of the time, in pieces shorter than a tick."""
    rng, third = np.random.default_rng(7), np.full(ROUNDS, 0.3 * SLICE_NS)
    data = closed(server_cpu=third, generator_cpu=third)
    found = [seen_by_ticks(data, 12, rng) for _ in range(1000)]
    assert sum(stability.foreign_share([one])[0] > stability.FOREIGN_SHARE for one in found) > 10
    cells = [replace(data, series={"s": one}) for one in found]
    assert sum(1 for cell in cells for _ in stability.noisy([cell])) < 10


def test_one_busy_slice_is_no_proof_of_foreign_work() -> None:
    outlier = closed().series["s"].machine_busy.copy()
    outlier[3] += 5 * SLICE_NS
    assert "NOISY" not in of_machine([closed(machine_busy=outlier)])


def test_sample_by_rounds_and_by_messages() -> None:
    few = closed(p99=np.full(ROUNDS, np.nan), messages=np.full(ROUNDS, 90))
    assert raised(few)["SAMPLE"] == "90 messages in a slice"
    data = closed()
    short = CellData(data.cell, data.epoch[:5], data.round[:5], data.series)
    assert [f.figure for f in flags.of_cell(short, 1) if f.flag == "SAMPLE"] == ["5 rounds"]


def test_errors() -> None:
    assert raised(closed(errors=3))["ERRORS"] == "3 errors"
    assert raised(offered(timed_out=np.ones(ROUNDS)))["ERRORS"] == f"{ROUNDS} timed out"


def test_unfair() -> None:
    data = closed()
    starved = np.floor(data.series["s"].fair_min / 3)
    assert "per connection" in raised(closed(fair_min=starved))["UNFAIR"]
    short = data.series["s"].messages / 10
    few = closed(messages=short, fair_min=np.full(ROUNDS, 4), fair_max=np.full(ROUNDS, 16))
    assert "UNFAIR" not in raised(few), "a dozen replies to each are too few to tell"


def test_verify_by_a_flipped_byte() -> None:
    text = "loadgen: target a: connection 3: wrong byte in reply 7"
    failure = BatchFailure("echo-c100-d1", 0, text, None, wrong_reply=True)
    assert [warning.flag for warning in flags.failures([failure])] == ["VERIFY"]
    death = "server a died (killed by SIGSEGV): oh"
    died = BatchFailure("echo-c100-d1", 0, "loadgen: target a: closed by the server", death)
    (warning,) = flags.failures([died])
    assert (warning.flag, warning.sentence) == ("ERRORS", f"echo-c100-d1: {death}")


def test_unavailable() -> None:
    (flag,) = flags.unavailable({"proactor-asio": "io_uring is refused here"})
    assert (flag.flag, flag.contestant) == (
        "UNAVAILABLE",
        "proactor-asio",
    ) and "io_uring is refused" in flag.text


def made_up_manifest() -> Manifest:
    machine = Machine("L", None, "6.1", "x", "x", 2, None, {}, None, None, None, "allowed", False)
    build = Build("release", "Release", "g++ 12", "-O2", {})
    return Manifest(2, "", Git("abc", "main", False), build, machine, {}, {}, "3.11", ())


def test_environment() -> None:
    ours = made_up_manifest()
    theirs = replace(ours, machine=replace(ours.machine, kernel="6.2"))
    assert manifest.differences(ours, ours) == []
    (flag,) = flags.environment(manifest.differences(ours, theirs), "last week")
    assert flag.flag == "ENV" and "kernel (6.1 here, 6.2 there)" in flag.figure


def test_affinity_that_did_not_take_effect() -> None:
    plan = Plan("compare", "", 1, False, "a", (), 1, (), server_cpus=(0,), generator_cpus=(1,))
    about = replace(made_up_manifest(), affinity={"a": (0,), "b": (0, 1), "generator": (1,)})
    assert manifest.not_in_effect(plan, about) == ["b ran on CPUs [0, 1], not [0]"]
    assert manifest.not_in_effect(replace(plan, server_cpus=()), about) == []
