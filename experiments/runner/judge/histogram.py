"""Merging the generator's histograms, and reading percentiles where there are samples enough."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

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


def merge(histograms: Iterable[list[list[int]]]) -> Merged:
    """Adds sparse histograms of the form [[value, count], …]."""
    counts: dict[int, int] = {}
    for histogram in histograms:
        for value, count in histogram:
            counts[value] = counts.get(value, 0) + count
    values = sorted(counts)
    return Merged(
        np.array(values, dtype=float), np.array([counts[v] for v in values], dtype=np.int64)
    )


def spectrum_us(histogram: Merged) -> tuple[Point, ...]:
    """(percentile, microseconds) up to where the samples run out."""
    points = []
    for percentile in SPECTRUM:
        value = histogram.shown(percentile)
        if value is not None:
            points.append((round(percentile, 6), value / 1000))
    return tuple(points)
