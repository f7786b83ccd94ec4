"""Did the machine stay the same while it was measured, and did the servers?

The machine is told of once for the whole measurement: ratios within rounds bear what it does, and a
warning at every figure would say the same a hundred times. A server is told of where its ratio to
the reference has two modes: that is its own.
"""

from collections.abc import Iterator

import numpy as np

from experiments.runner.judge.cells import CellData, Series
from experiments.runner.judge.doubt import Doubt
from experiments.runner.judge.stats import Array
from experiments.runner.plan.plan import LEAST_ROUNDS
from experiments.runner.results.model import Flag

TREND_CHANGE, TREND_Z = 0.20, 3.3
BIMODAL_EXPLAINED, BIMODAL_GAP = 0.85, 0.10
STEAL_SHARE, FOREIGN_SHARE, FOREIGN_Z = 0.03, 0.10, 3.0


def unstable(data: CellData, series: Series, threads: int) -> Iterator[Doubt]:
    """Two modes in what a server costs relative to the reference."""
    reference = next(iter(data.series.values()))
    ratio = series.cpu_us / reference.cpu_us
    if series is reference or data.rounds < LEAST_ROUNDS or not np.all(ratio > 0):
        return
    gap = bimodal_gap(np.log(ratio))
    if gap > BIMODAL_GAP:
        yield Doubt(
            Flag.UNSTABLE,
            f"two modes {100 * gap:.0f} % apart",
            f"its CPU per message has two modes {100 * gap:.0f} % apart, which the reference does "
            "not share: the ratio stands for neither; look at the figure of the rounds",
        )


def drifting(cells: list[CellData]) -> Doubt | None:
    """The machine became faster or slower: by the cell in which that shows most."""
    found = [(data.cell.id, change) for data in cells if (change := _drift(data))]
    if not found:
        return None
    cell, change = max(found, key=lambda one: abs(one[1]))
    return Doubt(
        Flag.UNSTABLE,
        f"trend {100 * change:+.0f} %",
        f"the machine's speed changed: CPU per message drifted by up to {100 * change:+.0f} % "
        f"(all servers in {cell}); ratios bear it, of absolute figures quote only orders",
    )


def _drift(data: CellData) -> float:
    """The change that all servers share over the measurement; 0 when there is none to speak of."""
    if data.rounds < LEAST_ROUNDS:
        return 0.0
    values = np.array([series.cpu_us for series in data.series.values()])
    if not np.all(values > 0):
        return 0.0
    change, z = trend(by_epoch(np.median(np.log(values), axis=0), data.epoch))
    return change if abs(change) > TREND_CHANGE and abs(z) > TREND_Z else 0.0


def by_epoch(values: Array, epochs: np.ndarray, parts: int = 4) -> Array:
    """Medians of the parts of each epoch: few enough to look at all pairs of them."""
    found = []
    for name in np.unique(epochs):
        mine = np.array_split(values[epochs == name], parts)
        found += [float(np.median(part)) for part in mine if len(part)]
    return np.array(found)


def trend(logs: Array) -> tuple[float, float]:
    """(Theil-Sen change over the whole series, z of Kendall's test against no trend)."""
    n = len(logs)
    first, second = np.triu_indices(n, 1)
    difference = logs[second] - logs[first]
    slope = float(np.median(difference / (second - first)))
    z = float(np.sign(difference).sum() / np.sqrt(n * (n - 1) * (2 * n + 5) / 18))
    return float(np.expm1(slope * (n - 1))), z


def bimodal_gap(logs: Array) -> float:
    """How far apart two modes lie when one split in two explains the spread, else 0.

    Each mode must hold a fifth of the rounds. For one normal mode the best split explains 64 % of
    the variance, for a uniform spread 75 %; BIMODAL_EXPLAINED asks for more.
    """
    ordered = np.sort(logs)
    n, total = len(ordered), float(ordered.var())
    best, gap = 0.0, 0.0
    for cut in range(max(2, n // 5), n - max(2, n // 5) + 1):
        low, high = ordered[:cut].mean(), ordered[cut:].mean()
        explained = cut * (n - cut) / n**2 * (high - low) ** 2 / total if total > 0 else 0.0
        if explained > best:
            best, gap = explained, high - low
    return float(np.expm1(gap)) if best > BIMODAL_EXPLAINED else 0.0


def noisy(cells: list[CellData]) -> Iterator[Doubt]:
    """What others took of the machine, over all that was measured."""
    all_series = [series for data in cells for series in data.series.values()]
    duration = sum(series.duration.sum() for series in all_series)
    if not duration:
        return
    steal = float(sum(np.nansum(series.steal) for series in all_series) / duration)
    if steal > STEAL_SHARE:
        yield Doubt(
            Flag.NOISY,
            f"steal {100 * steal:.1f} %",
            f"the hypervisor took {100 * steal:.1f} % of a core away: ratios bear it, "
            "but do not quote rates or latencies as seen; measure again when the host is quieter",
        )
    foreign, error = foreign_share(all_series)
    if foreign > max(FOREIGN_SHARE, FOREIGN_Z * error):
        yield Doubt(
            Flag.NOISY,
            f"foreign CPU {100 * foreign:.0f} %",
            f"other work used {100 * foreign:.0f} % of a core: stop it and measure again",
        )


def foreign_share(all_series: list[Series]) -> tuple[float, float]:
    """(cores used by other work, standard error of that); NaN when a clock was not read.

    The kernel counts the machine's busy time by looking at each tick who runs, and tells it in
    steps of 10 ms: one slice may err by a third of a core. The errors are independent, so the sum
    over all slices is as good as their spread says.
    """
    foreign = np.concatenate(
        [s.machine_busy - s.generator_cpu - s.generator_spin - s.server_cpu for s in all_series]
    )
    duration = sum(series.duration.sum() for series in all_series)
    return float(foreign.sum() / duration), float(
        np.std(foreign) * np.sqrt(len(foreign)) / duration
    )
