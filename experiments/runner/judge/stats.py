"""The statistics of a comparison: paired log-ratios, ranks, spread between epochs.

Arrays of log-ratios have shape (..., n): the last axis is the rounds, any axes before it are
independent measurements, which is how the tests simulate thousands of them at once.

Sources: Hodges and Lehmann 1963 (estimate and interval from the Walsh averages); Holm 1979
(step-down correction).
"""

import math
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_EXACT_UP_TO = 300
_NORMAL = NormalDist()


@lru_cache(maxsize=512)
def signed_rank_cdf(n: int) -> Array:
    """P(W <= w) for w = 0, 1, …, n(n+1)/2.

    W is Wilcoxon's signed-rank sum of n values when there is no effect.
    """
    density = np.array([1.0])
    for rank in range(1, n + 1):
        longer = np.zeros(len(density) + rank)
        longer[: len(density)] += density / 2
        longer[rank:] += density / 2
        density = longer
    return np.cumsum(density)


def walsh_cut(n: int, confidence: float) -> int:
    """How many Walsh averages to leave out at each end for an interval of at least `confidence`.

    Zero when n rounds cannot give that confidence (below 6 for 95 %).
    """
    tail = (1 - confidence) / 2
    if n <= _EXACT_UP_TO:
        return int(np.searchsorted(signed_rank_cdf(n), tail, side="right"))
    mean, deviation = _signed_rank_moments(n)
    return math.floor(mean + _NORMAL.inv_cdf(tail) * deviation)


def _signed_rank_moments(n: int) -> tuple[float, float]:
    return n * (n + 1) / 4, math.sqrt(n * (n + 1) * (2 * n + 1) / 24)


def walsh_averages(values: Array) -> Array:
    """The means of all pairs of rounds, each with itself too, sorted."""
    first, second = np.triu_indices(values.shape[-1])
    return np.sort((values[..., first] + values[..., second]) / 2, axis=-1)


def hodges_lehmann(values: Array) -> Array:
    """The median of the Walsh averages."""
    return np.median(walsh_averages(values), axis=-1)


def in_blocks(
    values: Array, epochs: NDArray[np.int64], size: int
) -> tuple[Array, NDArray[np.int64]]:
    """Neighbouring rounds of an epoch, so many at a time, as one: their Hodges-Lehmann estimate.

    Returns (values, epochs) of the blocks. The last of an epoch takes what is left over.
    """
    if size <= 1:
        return values, epochs
    blocks, of = [], []
    for name in np.unique(epochs):
        mine = values[epochs == name]
        edges = [i * size for i in range(max(1, len(mine) // size))] + [len(mine)]
        blocks += [float(hodges_lehmann(mine[a:b])) for a, b in zip(edges, edges[1:])]
        of += [name] * (len(edges) - 1)
    return np.array(blocks), np.array(of, dtype=np.int64)


def signed_rank_interval(values: Array, confidence: float) -> tuple[Array, Array, Array]:
    """(estimate, low, high): Hodges-Lehmann with the exact signed-rank interval.

    With too few rounds for the confidence the interval is infinite.
    """
    averages = walsh_averages(values)
    cut = walsh_cut(values.shape[-1], confidence)
    estimate = np.median(averages, axis=-1)
    if cut == 0:
        return estimate, np.full_like(estimate, -np.inf), np.full_like(estimate, np.inf)
    return estimate, averages[..., cut - 1], averages[..., averages.shape[-1] - cut]


def epoch_inflation(values: Array, epochs: NDArray[np.int64]) -> tuple[Array, Array]:
    """By how much the variance of the estimate exceeds what rounds alone explain, and how sure that
    is.

    Returns (factor >= 1, degrees of freedom). The factor is the variance that the epochs' estimates
    give their mean over the one that the signed-rank interval stands for: both of ranks, because
    with plain mean squares a few wild rounds hide what epochs differ by. It is 1 when epochs differ
    no more than that, and then the freedom is infinite; else it is epochs - 1. With a single epoch
    nothing is known between epochs and the factor is 1.
    """
    names = np.unique(epochs)
    shape = values.shape[:-1]
    groups = len(names)
    if groups < 2 or values.shape[-1] <= groups:
        return np.ones(shape), np.full(shape, np.inf)
    each = np.stack([hodges_lehmann(values[..., epochs == name]) for name in names], axis=-1)
    _, low, high = signed_rank_interval(values, 0.95)
    alone = ((high - low) / 2 / _NORMAL.inv_cdf(0.975)) ** 2
    # The median of all pairs varies by so much more than the mean of normal values would.
    between = math.pi / 3 * each.var(axis=-1, ddof=1) / groups
    factor = np.maximum(1.0, between / (alone + np.finfo(float).tiny))
    return factor, np.where(factor > 1, groups - 1.0, np.inf)


def widening(values: Array, epochs: NDArray[np.int64], confidence: float) -> Array:
    """The factor on an interval's half-width that pays for the spread between epochs."""
    factor, freedom = epoch_inflation(values, epochs)
    p = (1 + confidence) / 2
    student = np.vectorize(lambda f: t_quantile(p, f), otypes=[float])
    return np.sqrt(factor) * student(freedom) / _NORMAL.inv_cdf(p)


def interval(
    values: Array, epochs: NDArray[np.int64], confidence: float
) -> tuple[Array, Array, Array]:
    """(estimate, low, high) of a log-ratio.

    Signed-rank over rounds, widened by the spread between epochs.
    """
    estimate, low, high = signed_rank_interval(values, confidence)
    wider = widening(values, epochs, confidence)
    return estimate, estimate - (estimate - low) * wider, estimate + (high - estimate) * wider


def p_value(values: Array, epochs: NDArray[np.int64]) -> float:
    """Two-sided p of one measurement's log-ratios against 0, for Holm: its small values must hold.

    Exact signed-rank while epochs agree. Where they do not, ranks alone cannot say how far out 0
    lies: then Student's t of the estimate over the widened interval's half towards 0. The same
    where each epoch has one value: ranks of 8 give no p below 0.008, which is too much for Holm.
    """
    if len(values) <= len(np.unique(epochs)):
        return _student_p(values)
    factor, freedom = epoch_inflation(values, epochs)
    if factor <= 1:
        return signed_rank_p(values)
    estimate, low, high = (float(x) for x in interval(values, epochs, 0.95))
    half = estimate - low if estimate > 0 else high - estimate
    if half == 0 or math.isinf(half):
        return 1.0 if estimate == 0 or half else 0.0
    t = abs(estimate) / half * t_quantile(0.975, float(freedom))
    return min(1.0, 2 * t_upper_tail(t, float(freedom)))


def _student_p(values: Array) -> float:
    """Of the mean of values against 0; 1 where they are too few."""
    if len(values) < 2:
        return 1.0
    error = float(values.std(ddof=1)) / math.sqrt(len(values))
    if error == 0:
        return signed_rank_p(values)
    return min(1.0, 2 * t_upper_tail(abs(float(values.mean())) / error, len(values) - 1))


def signed_rank_p(values: Array) -> float:
    """Wilcoxon's exact two-sided p; ties share their ranks, zeros count half to each side."""
    n = len(values)
    size = np.abs(values)
    ordered = np.sort(size)
    ranks = (
        np.searchsorted(ordered, size, "left") + np.searchsorted(ordered, size, "right") + 1
    ) / 2
    plus = float((ranks * (np.sign(values) + 1) / 2).sum())
    smaller = min(plus, n * (n + 1) / 2 - plus)
    if n > _EXACT_UP_TO:
        mean, deviation = _signed_rank_moments(n)
        return min(1.0, 2 * _NORMAL.cdf((smaller + 0.5 - mean) / deviation))
    return min(1.0, 2 * float(signed_rank_cdf(n)[math.floor(smaller)]))


def holm(p_values: list[float]) -> list[float]:
    """Holm's adjusted p values, in the order given."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted, worst = [1.0] * len(p_values), 0.0
    for place, index in enumerate(order):
        worst = max(worst, min(1.0, (len(p_values) - place) * p_values[index]))
        adjusted[index] = worst
    return adjusted


def median_interval(values: Array, confidence: float = 0.95) -> tuple[float, float, float]:
    """(median, low, high) with the exact sign-test interval.

    With too few values the interval is their whole range.
    """
    ordered = np.sort(np.asarray(values, dtype=float))
    n = len(ordered)
    tail, cut, probability = (1 - confidence) / 2, 0, 0.5**n if n < 1000 else 0.0
    cumulative = probability
    while probability and cumulative <= tail and cut < n // 2:
        cut += 1
        probability *= (n - cut + 1) / cut
        cumulative += probability
    if n >= 1000:
        cut = math.floor(n / 2 + _NORMAL.inv_cdf(tail) * math.sqrt(n) / 2)
    low = ordered[max(cut - 1, 0)]
    return float(np.median(ordered)), float(low), float(ordered[n - 1 - max(cut - 1, 0)])


# Student's t without scipy: by integrating its density numerically.
_T_STEPS = 20000


@lru_cache(maxsize=4096)
def t_quantile(p: float, freedom: float) -> float:
    """The t that a share `p` of the distribution lies below."""
    if math.isinf(freedom) or freedom > 1000:
        return _NORMAL.inv_cdf(p)
    angle, probability = _t_distribution(freedom)
    return math.sqrt(freedom) * math.tan(float(np.interp(p, probability, angle)))


def t_upper_tail(t: float, freedom: float) -> float:
    """P(T > t) for t >= 0."""
    if math.isinf(freedom) or freedom > 1000:
        return 1 - _NORMAL.cdf(t)
    angle, probability = _t_distribution(freedom)
    return float(1 - np.interp(math.atan(t / math.sqrt(freedom)), angle, probability))


@lru_cache(maxsize=256)
def _t_distribution(freedom: float) -> tuple[Array, Array]:
    """The distribution over atan(t / sqrt(freedom)): there the density is a power of the cosine."""
    angle = np.linspace(-math.pi / 2, math.pi / 2, _T_STEPS + 1)
    density = np.cos(angle).clip(0) ** (freedom - 1)
    probability = np.concatenate(([0.0], np.cumsum((density[1:] + density[:-1]) / 2)))
    return angle, probability / probability[-1]
