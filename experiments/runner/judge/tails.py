"""The tail of an open loop: quantiles that need more than one slice, from the slices' histograms.

Every histogram here is of latencies that no stall disturbed, unless it says that it is of all that
were seen. Times are nanoseconds.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from experiments.runner.judge.histogram import Merged, add
from experiments.runner.judge.stats import Array
from experiments.runner.measure.histogram_log import UNDISTURBED, Buckets, log_of, read_log
from experiments.runner.measure.record import BatchData

# Neighbouring rounds are taken together until a contestant has so many latencies, ten beyond p99.9.
# Fewer rounds escape more of what else the machine does, and give more pairs.
LEAST_FOR_P999 = 10_000


@dataclass(frozen=True)
class Tail:
    """One contestant's tail in one cell: values in the order of the groups, or of the epochs."""

    p999: Array
    seen_p99: Array
    seen: tuple[Merged, ...] = ()
    undisturbed: tuple[Merged, ...] = ()


@dataclass(frozen=True)
class Tails:
    """All contestants' in one cell: the epoch of each group of rounds, and those of the epochs."""

    group_epoch: np.ndarray
    epochs: np.ndarray
    of: dict[str, Tail] = field(default_factory=dict)


def read_tails(results: Path, names: Iterable[str], batches: Iterable[BatchData]) -> Tails | None:
    """From the logs of a cell's batches; None where there are none, as in early recordings."""
    names, batches = list(names), list(batches)
    logs = [(batch.epoch, read_log(log_of(results, batch.cell, batch.epoch))) for batch in batches]
    logs = [(epoch, log) for epoch, log in logs if all(log.get(name) for name in names)]
    if not logs or not all(log.get(name + UNDISTURBED) for _, log in logs for name in names):
        return None
    group_epoch: list[int] = []
    p999: dict[str, list[float]] = {name: [] for name in names}
    for epoch, log in logs:
        quiet = {name: log[name + UNDISTURBED] for name in names}
        for begin, end in _groups(quiet):
            group_epoch.append(epoch)
            for name in names:
                p999[name].append(_p999(quiet[name][begin:end]))
    return Tails(
        np.array(group_epoch, dtype=np.int64),
        np.array([epoch for epoch, _ in logs], dtype=np.int64),
        {name: _tail(name, logs, p999[name]) for name in names},
    )


def _tail(name: str, logs: list[tuple[int, dict[str, list[Buckets]]]], p999: list[float]) -> Tail:
    seen = tuple(add(log[name]) for _, log in logs)
    quiet = tuple(add(log[name + UNDISTURBED]) for _, log in logs)
    seen_p99 = [histogram.at(99) or np.nan for histogram in seen]
    return Tail(np.array(p999), np.array(seen_p99), seen, quiet)


def _groups(quiet: dict[str, list[Buckets]]) -> list[tuple[int, int]]:
    """[begin, end) of the rounds that are taken together; the same for all contestants.

    Each ends where every contestant has enough; the last one takes what is left over.
    """
    rounds = min(len(slices) for slices in quiet.values())
    counts = np.array([[int(n.sum()) for _, n in slices[:rounds]] for slices in quiet.values()])
    edges, so_far = [0], np.zeros(len(quiet))
    for place in range(rounds):
        so_far += counts[:, place]
        if so_far.min() >= LEAST_FOR_P999:
            edges.append(place + 1)
            so_far[:] = 0
    if len(edges) > 1:
        edges[-1] = rounds
    return list(zip(edges, edges[1:]))


def _p999(slices: list[Buckets]) -> float:
    return add(slices).at(99.9) or np.nan
