"""From log-ratios to a verdict in words, by the rules declared before measuring."""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from experiments.runner.judge import stats
from experiments.runner.judge.stats import Array
from experiments.runner.plan.margins import MARGINS, SIGNIFICANCE, Quantity
from experiments.runner.results.model import Verdict

# Of the slices of an open loop so many rounds make one value, if that leaves enough of them.
TAIL_BLOCK, ENOUGH_BLOCKS, MOST_BLOCKS = 8, 24, 300

# What a ratio above 1 means.
MORE_IS = {
    Quantity.COST: Verdict.SLOWER,
    Quantity.RATE: Verdict.FASTER,
    Quantity.P99: Verdict.SLOWER,
    Quantity.P999: Verdict.SLOWER,
    Quantity.SEEN_P99: Verdict.SLOWER,
    Quantity.BREAKING_LOAD: Verdict.FASTER,
}


@dataclass(frozen=True)
class Comparison:
    """One contestant against the reference in one cell and quantity. Ratios, not logarithms.

    `low90`, `high90` bound the 90 % interval that decides equivalence. `p` is before Holm.
    """

    quantity: Quantity
    rounds: int
    estimate: float
    low: float
    high: float
    low90: float
    high90: float
    p: float

    @property
    def excludes_1(self) -> bool:
        """The 95 % interval lies wholly on one side of equal."""
        return self.low > 1 or self.high < 1

    @property
    def bounded(self) -> bool:
        """Very few rounds give no interval."""
        return self.low > 0 and math.isfinite(self.high)


def compare(quantity: Quantity, logs: Array, epochs: np.ndarray) -> Comparison:
    """Estimates one ratio from the log-ratios of its rounds."""
    rounds = len(logs)
    logs, epochs = stats.in_blocks(logs, epochs, _block(quantity, rounds))
    estimate, low, high = (
        math.exp(float(x)) if x < 700 else math.inf for x in stats.interval(logs, epochs, 0.95)
    )
    _, low90, high90 = (
        math.exp(float(x)) if x < 700 else math.inf for x in stats.interval(logs, epochs, 0.90)
    )
    return Comparison(
        quantity, rounds, estimate, low, high, low90, high90, stats.p_value(logs, epochs)
    )


def _block(quantity: Quantity, rounds: int) -> int:
    """How many neighbouring rounds count as one.

    Rounds of a tail last for less than what disturbs them, and so are not independent; and of very
    many, all pairs take too long.
    """
    few = rounds // ENOUGH_BLOCKS if quantity is Quantity.P99 else 1
    return max(1, min(TAIL_BLOCK, few), math.ceil(rounds / MOST_BLOCKS))


def is_equivalent(c: Comparison) -> bool:
    """Two one-sided tests at 5 %: the 90 % interval lies within the margin."""
    margin = MARGINS[c.quantity]
    return 1 - margin <= c.low90 and c.high90 <= 1 + margin


def differs(c: Comparison, adjusted_p: float) -> bool:
    """The interval excludes 1 and so does Holm's correction over all declared comparisons."""
    return c.excludes_1 and adjusted_p < SIGNIFICANCE


def verdict(c: Comparison, adjusted_p: float) -> Verdict:
    """What the comparison says.

    Equivalence is asked first: a difference may be proven and yet lie within the margin, and then
    it does not matter.
    """
    margin = MARGINS[c.quantity]
    if is_equivalent(c):
        return Verdict.EQUIVALENT
    if not differs(c, adjusted_p):
        return Verdict.INCONCLUSIVE
    if c.low > 1 + margin or c.high < 1 - margin:
        return direction(c)
    return Verdict.SMALL


def direction(c: Comparison) -> Verdict:
    """Which way the estimate points: faster or slower."""
    more = MORE_IS[c.quantity]
    less = Verdict.FASTER if more is Verdict.SLOWER else Verdict.SLOWER
    return more if c.estimate > 1 else less


def rounds_needed(c: Comparison, adjusted_p: float) -> int | None:
    """Rounds that would have settled an inconclusive comparison if the estimate is right; None if
    unknown.

    The cheaper of two ways out: showing the difference, or showing equivalence.
    """
    if (
        not all(map(math.isfinite, (c.low, c.high, c.low90, c.high90)))
        or c.low <= 0
        or c.low90 <= 0
    ):
        return None
    size, margin = abs(math.log(c.estimate)), math.log1p(MARGINS[c.quantity])
    factors = []
    if size > 0:
        half = (math.log(c.high) - math.log(c.low)) / 2
        factors.append((half / size) ** 2 * _correction(c.p, adjusted_p))
    if size < margin:
        half90 = (math.log(c.high90) - math.log(c.low90)) / 2
        factors.append((half90 / (margin - size)) ** 2)
    return max(c.rounds + 1, math.ceil(c.rounds * min(factors))) if factors else None


def _correction(p: float, adjusted_p: float) -> float:
    """How much more data Holm's stricter level asks for."""
    if not 0 < p < adjusted_p < 1:
        return 1.0
    level = SIGNIFICANCE * p / adjusted_p
    normal = NormalDist()
    return (normal.inv_cdf(level / 2) / normal.inv_cdf(SIGNIFICANCE / 2)) ** 2


def percent(ratio: float, more: str = "more", less: str = "less") -> str:
    """`1.023` as `2.3 % more`."""
    change = 100 * (ratio - 1)
    digits = 1 if abs(change) < 10 else 0
    return f"{abs(change):.{digits}f} % {more if change >= 0 else less}"


def span(low: float, high: float) -> str:
    """An interval of ratios as signed percentages: `+1.2 to +3.4 %`."""
    return f"{100 * (low - 1):+.1f} to {100 * (high - 1):+.1f} %"
