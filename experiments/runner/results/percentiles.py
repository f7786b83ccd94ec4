"""Percentile distributions as .hgrm text, which HdrHistogram's tools and public plotter read."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

STEPS_PER_HALVING = 5


@dataclass(frozen=True)
class Distribution:
    """One latency of one contestant in one cell: microseconds, ascending, each with its count."""

    cell: str
    contestant: str
    latency: str
    us: np.ndarray
    counts: np.ndarray

    @property
    def total(self) -> int:
        return int(self.counts.sum())


def write_distributions(distributions: Iterable[Distribution], folder: Path) -> None:
    """One file for each that has samples: <cell>-<contestant>-<latency>.hgrm."""
    folder.mkdir(exist_ok=True)
    for one in distributions:
        if one.total:
            file = folder / f"{one.cell}-{one.contestant}-{one.latency}.hgrm"
            file.write_text(percentile_text(one))


def percentile_text(one: Distribution) -> str:
    """Microseconds, percentile as a fraction, count up to there, 1/(1-percentile)."""
    mean = float(np.average(one.us, weights=one.counts))
    deviation = math.sqrt(float(np.average((one.us - mean) ** 2, weights=one.counts)))
    return "\n".join(
        [
            "       Value     Percentile TotalCount 1/(1-Percentile)",
            "",
            *(_line(*row) for row in _rows(one)),
            f"#[Mean    = {mean:12.3f}, StdDeviation   = {deviation:12.3f}]",
            f"#[Max     = {one.us[-1]:12.3f}, Total count    = {one.total:12d}]",
            f"#[Buckets = {len(one.us):12d}, SubBuckets     = {1:12d}]",
            "",
        ]
    )


def _line(us: float, share: float, seen: int) -> str:
    return f"{us:12.3f} {share:2.12f} {seen:10d} {_inverse(share)}".rstrip()


def _inverse(share: float) -> str:
    return f"{1 / (1 - share):14.2f}" if share < 1 else ""


def _rows(one: Distribution) -> Iterator[tuple[float, float, int]]:
    """(microseconds, share, samples up to there).

    Five steps for each halving of the distance to 100 %.
    """
    level = 0.0
    for value, seen in zip(one.us, np.cumsum(one.counts)):
        while seen / one.total * 100 >= level:
            yield float(value), level / 100, int(seen)
            halvings = math.floor(math.log2(100 / (100 - level))) + 1
            level += 100 / (STEPS_PER_HALVING * 2**halvings)
            if seen == one.total:
                yield float(value), 1.0, int(seen)
                return
