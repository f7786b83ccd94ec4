"""Did the machine stay the same while it was measured?"""

from collections.abc import Iterator

import numpy as np

from experiments.runner.judge.cells import CellData, Series
from experiments.runner.judge.doubt import Doubt
from experiments.runner.judge.stats import Array
from experiments.runner.plan.plan import LEAST_ROUNDS
from experiments.runner.results.model import Flag

TREND_CHANGE, TREND_Z = 0.10, 3.3
BIMODAL_EXPLAINED, BIMODAL_GAP = 0.85, 0.10
STEAL_SHARE, FOREIGN_SHARE, FOREIGN_Z = 0.01, 0.10, 3.0


def unstable(data: CellData, series: Series, threads: int) -> Iterator[Doubt]:
    has_cpu = bool(np.all(np.isfinite(series.cpu_us)))
    values = series.cpu_us if has_cpu else series.rate_per_s
    what = "CPU per message" if has_cpu else "rate"
    if len(values) < LEAST_ROUNDS or np.any(values <= 0):
        return
    change, z = trend(np.log(values))
    if abs(change) > TREND_CHANGE and abs(z) > TREND_Z:
        yield Doubt(
            Flag.UNSTABLE,
            f"trend {100 * change:+.0f} %",
            f"{what} drifted by {100 * change:+.0f} % over the measurement; "
            "ratios are within rounds and bear it, absolute figures do not",
        )
    gap = bimodal_gap(np.log(values))
    if gap > BIMODAL_GAP:
        yield Doubt(
            Flag.UNSTABLE,
            f"two modes {100 * gap:.0f} % apart",
            f"{what} has two modes {100 * gap:.0f} % apart: the median stands for neither",
        )


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


def noisy(data: CellData, series: Series, threads: int) -> Iterator[Doubt]:
    duration = series.duration.sum()
    if duration == 0:
        return
    steal = float(np.nansum(series.steal) / duration)
    if steal > STEAL_SHARE:
        yield Doubt(
            Flag.NOISY,
            f"steal {100 * steal:.1f} %",
            f"the hypervisor took {100 * steal:.1f} % of a core away while it was measured",
        )
    foreign, error = foreign_share(series)
    if foreign > max(FOREIGN_SHARE, FOREIGN_Z * error):
        yield Doubt(
            Flag.NOISY,
            f"foreign CPU {100 * foreign:.0f} %",
            f"other work used {100 * foreign:.0f} % of a core while it was measured",
        )


def foreign_share(series: Series) -> tuple[float, float]:
    """(cores used by other work, standard error of that); NaN when a clock was not read.

    The kernel counts the machine's busy time by looking at each tick who runs, and tells it in
    steps of 10 ms: one slice may err by a third of a core. The errors are independent, so the sum
    over all slices is as good as their spread says.
    """
    foreign = series.machine_busy - series.generator_cpu - series.generator_spin - series.server_cpu
    scale = np.sqrt(len(foreign)) / series.duration.sum()
    return float(foreign.sum() / series.duration.sum()), float(np.std(foreign) * scale)
