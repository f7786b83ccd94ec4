"""Percentile distributions as .hgrm text, the form that HdrHistogram's tools and public plotter read."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from experiments.runner.histogram import Merged
from experiments.runner.outcome import Outcome

STEPS_PER_HALVING = 5


def write_distributions(outcome: Outcome, folder: Path) -> None:
    """One file per cell, contestant and latency, merged over all slices: <cell>-<server>-<latency>.hgrm."""
    folder.mkdir(exist_ok=True)
    for data in outcome.cells:
        for name, series in data.series.items():
            for latency, histogram in series.histograms.items():
                if histogram.total:
                    file = folder / f"{data.cell.id}-{name}-{latency}.hgrm"
                    file.write_text(percentile_text(histogram))


def percentile_text(histogram: Merged) -> str:
    """Value in microseconds, percentile as a fraction, count up to there, 1/(1-percentile)."""
    rows = [f"{value:12.3f} {share:2.12f} {seen:10d} {_inverse(share)}".rstrip() for value, share, seen in _rows(histogram)]
    us = histogram.values / 1000
    mean = float(np.average(us, weights=histogram.counts))
    deviation = math.sqrt(float(np.average((us - mean) ** 2, weights=histogram.counts)))
    return "\n".join(
        [
            "       Value     Percentile TotalCount 1/(1-Percentile)",
            "",
            *rows,
            f"#[Mean    = {mean:12.3f}, StdDeviation   = {deviation:12.3f}]",
            f"#[Max     = {us[-1]:12.3f}, Total count    = {histogram.total:12d}]",
            f"#[Buckets = {len(us):12d}, SubBuckets     = {1:12d}]",
            "",
        ]
    )


def _inverse(share: float) -> str:
    return f"{1 / (1 - share):14.2f}" if share < 1 else ""


def _rows(histogram: Merged) -> Iterator[tuple[float, float, int]]:
    """(microseconds, share, samples up to there): five steps for each halving of the distance to 100 %."""
    level = 0.0
    for value, seen in zip(histogram.values / 1000, np.cumsum(histogram.counts)):
        while seen / histogram.total * 100 >= level:
            yield float(value), level / 100, int(seen)
            halvings = math.floor(math.log2(100 / (100 - level))) + 1
            level += 100 / (STEPS_PER_HALVING * 2**halvings)
            if seen == histogram.total:
                yield float(value), 1.0, int(seen)
                return
