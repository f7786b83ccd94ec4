"""Merging the generator's histograms, and reading percentiles where there are samples enough."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from experiments.runner.measure.histogram_log import Buckets, buckets_of
from experiments.runner.results.model import SAMPLES_BEYOND, Point

# Percentiles of a spectrum: every tenth up to the 90th, then ten per decade of the remaining tail.
SPECTRUM = [0.0, *range(10, 91, 10), *(100 - 10 ** (1 - k / 10) for k in range(1, 51))]


@dataclass(frozen=True)
class Merged:
    """Values in nanoseconds, ascending, each with its count.

    Every value is its bucket's highest.
    """

    values: np.ndarray
    counts: np.ndarray

    @property
    def total(self) -> int:
        return int(self.counts.sum())

    def at(self, percentile: float) -> float | None:
        """The value at or below which `percentile` % of the samples lie; None without samples."""
        if self.total == 0:
            return None
        rank = max(1, int(np.ceil(self.total * percentile / 100 - 1e-9)))
        return float(self.values[np.searchsorted(np.cumsum(self.counts), rank)])

    def shown(self, percentile: float) -> float | None:
        """The value at a percentile, or None when fewer than 100 samples lie beyond it."""
        return self.at(percentile) if enough(self.total, percentile) else None


def enough(samples: int, percentile: float) -> bool:
    """The sample rule: at least 100 samples beyond the percentile."""
    return samples * (100 - percentile) / 100 >= SAMPLES_BEYOND - 1e-6


def merge(histograms: Iterable[str | list[list[int]]]) -> Merged:
    """Adds histograms as the generator writes them."""
    return add(buckets_of(histogram) for histogram in histograms)


def add(histograms: Iterable[Buckets]) -> Merged:
    """The histogram of all these together."""
    pairs = list(histograms)
    values = np.concatenate([each[0] for each in pairs] or [np.empty(0)])
    counts = np.concatenate([each[1] for each in pairs] or [np.empty(0, np.int64)])
    distinct, place = np.unique(values, return_inverse=True)
    return Merged(distinct, np.bincount(place, counts, len(distinct)).astype(np.int64))


def spectrum_us(histogram: Merged) -> tuple[Point, ...]:
    """(percentile, microseconds) up to where the samples run out."""
    points = []
    for percentile in SPECTRUM:
        value = histogram.shown(percentile)
        if value is not None:
            points.append((round(percentile, 6), value / 1000))
    return tuple(points)
