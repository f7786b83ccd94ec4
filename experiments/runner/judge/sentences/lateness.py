"""What was found about how late replies are, in sentences: the tail, and where it breaks."""

import math

import numpy as np

from experiments.runner.judge import stats
from experiments.runner.judge.outcome import Outcome
from experiments.runner.judge.sentences.comparisons import describe, sentence
from experiments.runner.judge.stats import Array
from experiments.runner.plan.margins import BREAKING_P99_US, Quantity
from experiments.runner.units import three_digits


def tail(outcome: Outcome) -> str | None:
    """Has anybody a shorter tail? p99 in the headline, where no stall of the machine disturbs."""
    data = outcome.headline()
    told = sentence(outcome, Quantity.P99, data.cell) if data else None
    if data is None or told is None:
        return None
    reference = outcome.plan.reference
    series = data.series[reference]
    text = f"{describe(data.cell)}: p99 {_microseconds(series.p99)} in {reference}"
    share = series.undisturbed_share()
    if not math.isnan(share):
        text += f", in the {100 * share:.0f} % of requests that no stall of the machine disturbed"
    return f"{text}; {told}."


def far_tail(outcome: Outcome) -> str | None:
    """The same for p99.9, where there are requests enough."""
    data = outcome.headline()
    told = sentence(outcome, Quantity.P999, data.cell) if data else None
    if data is None or told is None:
        return None
    reference = outcome.plan.reference
    p999 = outcome.tails[data.cell.id].of[reference].p999
    return f"There, p99.9 is {_microseconds(p999)} in {reference}; {told}."


def breaking_load(outcome: Outcome) -> str | None:
    """At which load does each break?"""
    if not outcome.searches:
        return None
    one = outcome.searches[0]
    reference = outcome.plan.reference
    rate, low, high = (three_digits(x) for x in stats.median_interval(one.of[reference]))
    told = sentence(outcome, Quantity.BREAKING_LOAD, one.cell)
    text = (
        f"{describe(one.cell)}: 99 % of replies come within {BREAKING_P99_US / 1000:g} ms up to "
        f"{rate:,} requests/s ({low:,} to {high:,}) in {reference}"
    )
    return f"{text}; {told}." if told else f"{text}."


def _microseconds(values_ns: Array) -> str:
    """`98 us (95 to 102)`: the median with its interval."""
    known = values_ns[np.isfinite(values_ns)] / 1000
    median, low, high = stats.median_interval(known)
    return f"{median:,.0f} us ({low:,.0f} to {high:,.0f})"
