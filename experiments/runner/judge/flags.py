"""The automatic flags: what makes a figure less than it seems, each with the figure that raised it.

A check looks at one contestant in one cell. What offered load and machine have to say is in
offered.py and stability.py; here are the other checks, and the warnings about a whole measurement.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from experiments.runner.judge.cells import LEAST_FOR_P99, CellData, Series
from experiments.runner.judge.doubt import Doubt
from experiments.runner.judge.offered import client_bound, little
from experiments.runner.judge.platform import GENERATOR
from experiments.runner.judge.stability import drifting, noisy, unstable
from experiments.runner.measure.lines import BatchFailure
from experiments.runner.plan.plan import LEAST_ROUNDS, Plan
from experiments.runner.results.model import Flag, Stalls, Warning

# With fewer replies to each connection, chance and a slice's edges make some of them twice others.
ENOUGH_REPLIES = 20
# By how much what stalls leave of two contestants may differ, and in standard errors.
UNEVEN_SHARE, UNEVEN_Z = 0.05, 3.0

# On a quiet machine like ours a core stands still so long 0.5 to 2 times a second.
LONG_STALL_US, LONG_STALLS_PER_S = 1000, 3.0

# Looks at one contestant in one cell. The number is the threads of each server.
Check = Callable[[CellData, Series, int], Iterator[Doubt]]


def of_cell(data: CellData, threads: int) -> list[Warning]:
    """All warnings of one cell, contestant by contestant. `threads` are each server's."""
    return [
        Warning(doubt.flag, data.cell.id, name, doubt.figure, doubt.text)
        for name, series in data.series.items()
        for check in CHECKS
        for doubt in check(data, series, threads)
    ]


def of_machine(cells: list[CellData]) -> list[Warning]:
    """What the machine did, once for the whole measurement."""
    doubts = [*noisy(cells), *filter(None, [drifting(cells)])]
    return [Warning(one.flag, None, None, one.figure, one.text) for one in doubts]


def stalled(found: Iterable[Stalls]) -> list[Warning]:
    """The generator's core, whose every stall is seen, stood still much more often than usual."""
    for one in found:
        long = dict(zip(one.edges_us, one.counts))[LONG_STALL_US] / one.watched_s
        if one.core == GENERATOR and long > LONG_STALLS_PER_S:
            text = (
                f"the generator's core stood still {long:.1f} times a second for "
                f"{LONG_STALL_US / 1000:g} ms or more, {100 * one.share:.1f} % of the time: the "
                "undisturbed tails leave that out, do not quote tails as seen"
            )
            return [Warning(Flag.NOISY, None, None, f"{long:.1f} long stalls/s", text)]
    return []


def sample(data: CellData, series: Series, threads: int) -> Iterator[Doubt]:
    if data.rounds < LEAST_ROUNDS:
        yield Doubt(
            Flag.SAMPLE,
            f"{data.rounds} rounds",
            f"{data.rounds} rounds are too few to compare; {LEAST_ROUNDS} are the least",
        )
    if data.rounds and not np.isfinite(series.p99).any():
        each = float(np.nanmedian(series.messages))
        yield Doubt(
            Flag.SAMPLE,
            f"{each:.0f} messages in a slice",
            f"{each:.0f} messages in a slice are too few for a 99th percentile; "
            f"{LEAST_FOR_P99} are the least: a longer --slice has more",
        )


def errors(data: CellData, series: Series, threads: int) -> Iterator[Doubt]:
    if series.errors:
        yield Doubt(Flag.ERRORS, f"{series.errors} errors", f"{series.errors} requests failed")
    if series.idle_closed:
        yield Doubt(
            Flag.ERRORS,
            f"{series.idle_closed} idle closed",
            f"the server closed {series.idle_closed:,} idle connections; more epochs, or "
            "--idle-timeout among the server's options, keep them open",
        )
    lost = float(np.nansum(series.timed_out))
    if lost:
        yield Doubt(
            Flag.ERRORS, f"{lost:.0f} timed out", f"{lost:.0f} requests were never answered in time"
        )


def unfair(data: CellData, series: Series, threads: int) -> Iterator[Doubt]:
    """In a closed loop all connections ask equally often: the server chose whom to answer less."""
    if data.cell.mode != "closed" or data.rounds == 0:
        return
    least, most = float(np.nanmedian(series.fair_min)), float(np.nanmedian(series.fair_max))
    each = float(np.nanmedian(series.messages)) / data.cell.connections
    if each >= ENOUGH_REPLIES and most > 2 * least + 4:
        yield Doubt(
            Flag.UNFAIR,
            f"{least:.0f} to {most:.0f} per connection",
            f"connections got between {least:.0f} and {most:.0f} replies in the same slice",
        )


def uneven(data: CellData, series: Series, threads: int) -> Iterator[Doubt]:
    """Stalls of the machine meet all alike: of whom they disturb more, some may be its own doing.

    The reference is the first of a cell.
    """
    reference = next(iter(data.series.values()))
    shares = [one.undisturbed / np.maximum(one.counted, 1) for one in (series, reference)]
    apart = shares[0] - shares[1]
    apart = apart[np.isfinite(apart)]
    if len(apart) < LEAST_ROUNDS:
        return
    mean, error = float(apart.mean()), float(apart.std() / np.sqrt(len(apart)))
    if abs(mean) > max(UNEVEN_SHARE, UNEVEN_Z * error):
        mine, its = 100 * series.undisturbed_share(), 100 * reference.undisturbed_share()
        yield Doubt(
            Flag.UNEVEN,
            f"{mine:.0f} % undisturbed, not {its:.0f} %",
            f"stalls left {mine:.0f} % of its requests undisturbed and {its:.0f} % of the "
            "reference's: some may be the server's own doing, so compare the p99 as seen too",
        )


CHECKS: tuple[Check, ...] = (client_bound, little, unstable, sample, errors, unfair, uneven)


def unavailable(reasons: dict[str, str]) -> list[Warning]:
    return [
        Warning(Flag.UNAVAILABLE, None, name, "exit 3", f"{name} is unavailable here: {why}")
        for name, why in reasons.items()
    ]


def uncharged(plan: Plan, cells: Iterable[CellData]) -> list[Warning]:
    """Foreign programs of which no single process could be charged, in any epoch."""
    clocks = [data.series for data in cells]
    return [
        Warning(
            Flag.UNCHARGED,
            None,
            one.name,
            "CPU unknown",
            f"several processes own the listening socket of {one.name}, so none can be charged: "
            "its CPU, memory and system calls are unknown",
        )
        for one in plan.contestants
        if one.command
        and not one.control
        and any(np.isnan(s[one.name].server_cpu).any() for s in clocks if one.name in s)
    ]


def environment(differing: Iterable[str], with_what: str) -> list[Warning]:
    """Differences to what it is compared with, as manifest.differences() words them."""
    return [
        Warning(Flag.ENV, None, None, what, f"not the same as {with_what}: {what}")
        for what in differing
    ]


def failures(found: Iterable[BatchFailure]) -> list[Warning]:
    """Batches that ended with a complaint."""
    return [
        Warning(
            Flag.VERIFY if failure.wrong_reply else Flag.ERRORS,
            failure.cell,
            None,
            "run ended",
            failure.death or failure.text,
        )
        for failure in found
    ]
