"""A recording that nobody has measured, in which every median and interval can be counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from statistics import median

from recording import LOOPS, QUANTILES, Slice

NAMES = ("calm", "blocks", "threads")
ROUNDS = 12
RANK = 3  # of 12 values, from either end: the ends of the 95 % interval
BASE_US = {"calm": (150, 300, 600), "blocks": (200, 900, 81_000), "threads": (400, 900, 1_500)}
BASE_RATE = {"calm": 110_000, "blocks": 88_000, "threads": 60_000}


def make_up(seed: int) -> list[Slice]:
    """Each value is off by up to 10 %. In the closed loop p99 of "blocks" is small."""
    random = Random(seed)
    return [
        _slice(random, loop, name, number)
        for loop in LOOPS
        for number in range(ROUNDS)
        for name in NAMES
    ]


def _slice(random: Random, loop: str, name: str, number: int) -> Slice:
    base = (200, 400, 700) if loop == "closed" and name == "blocks" else BASE_US[name]
    latency_us = {q: us * random.uniform(0.9, 1.1) for q, us in zip(QUANTILES, base)}
    rate = BASE_RATE[name] * random.uniform(0.9, 1.1) if loop == "closed" else 20_000.0
    return Slice(loop, name, number, rate, latency_us)


@dataclass(frozen=True)
class Expected:
    """What a figure has to show of some slices."""

    value: float
    low: float
    high: float


def expected(values: Sequence[float]) -> Expected:
    ordered = sorted(values)
    return Expected(median(ordered), ordered[RANK - 1], ordered[-RANK])


def latencies(slices: Sequence[Slice], loop: str, name: str) -> list[Expected]:
    """In microseconds, by quantile."""
    own = [one for one in slices if (one.loop, one.contestant) == (loop, name)]
    return [expected([one.latency_us[each] for one in own]) for each in QUANTILES]


def rates(slices: Sequence[Slice], name: str) -> Expected:
    """In the closed loop."""
    own = [one for one in slices if (one.loop, one.contestant) == ("closed", name)]
    return expected([one.rate_per_s for one in own])
