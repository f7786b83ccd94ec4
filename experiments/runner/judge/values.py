"""What is compared: of each quantity one value per contestant and round, group or epoch."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from experiments.runner.judge.cells import CellData
from experiments.runner.judge.stats import Array
from experiments.runner.judge.tails import Tails
from experiments.runner.measure.record import Record
from experiments.runner.plan.margins import Quantity
from experiments.runner.plan.plan import OPEN, SEARCH, Cell, Plan

# A server's CPU is known in every round or in none. A tail may be missing where stalls left too
# little, and then the round says nothing of it.
MAY_MISS = (Quantity.P99, Quantity.P999)


@dataclass(frozen=True)
class Values:
    """One quantity in one cell: by contestant, in the order of what is paired, with its epochs."""

    quantity: Quantity
    epochs: np.ndarray
    of: dict[str, Array]

    def log_ratios(self, name: str, reference: str) -> tuple[Array, np.ndarray]:
        """(log-ratios within each pair, their epochs): empty where the quantity is not known."""
        mine, its = self.of[name], self.of.get(reference, np.empty(0))
        if len(mine) != len(its) or not len(mine):
            return np.empty(0), np.empty(0, np.int64)
        known = np.isfinite(mine) & np.isfinite(its) & (mine > 0) & (its > 0)
        if not known.all() and self.quantity not in MAY_MISS:
            return np.empty(0), np.empty(0, np.int64)
        return np.log(mine[known] / its[known]), self.epochs[known]


def measured(data: CellData, tails: Tails | None) -> Iterator[Values]:
    """All quantities of a cell."""
    series = data.series
    yield Values(Quantity.COST, data.epoch, {name: s.cpu_us for name, s in series.items()})
    if data.cell.mode != OPEN:
        yield Values(Quantity.RATE, data.epoch, {name: s.rate_per_s for name, s in series.items()})
    yield Values(Quantity.P99, data.epoch, {name: s.p99 for name, s in series.items()})
    if tails:
        p999 = {name: tail.p999 for name, tail in tails.of.items()}
        seen = {name: tail.seen_p99 for name, tail in tails.of.items()}
        yield Values(Quantity.P999, tails.group_epoch, p999)
        yield Values(Quantity.SEEN_P99, tails.epochs, seen)


@dataclass(frozen=True)
class Searches:
    """At which rate per second each contestant breaks, in each epoch."""

    cell: Cell
    epochs: np.ndarray
    of: dict[str, Array]

    def values(self) -> Values:
        return Values(Quantity.BREAKING_LOAD, self.epochs, self.of)


def gather_searches(plan: Plan, record: Record) -> list[Searches]:
    """Of every cell that is a search and was carried out, in those epochs that all finished."""
    names = [one.name for one in plan.contestants if one.name not in record.unavailable]
    found = []
    for cell in (one for one in plan.cells if one.mode == SEARCH):
        epochs, rates = [], []
        for batch in (one for one in record.batches if one.cell == cell.id and one.complete):
            told = {one.target: one.rate_per_s["median"] for one in batch.searches}
            if all(name in told for name in names):
                epochs.append(batch.epoch)
                rates.append([told[name] for name in names])
        if epochs:
            columns = np.array(rates, dtype=float).T
            found.append(Searches(cell, np.array(epochs), dict(zip(names, columns))))
    return found
