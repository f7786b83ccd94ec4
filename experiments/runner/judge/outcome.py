"""All comparisons of a measurement with their corrected p values: everything else rests on them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from experiments.runner.judge import stats
from experiments.runner.judge.cells import CellData, gather
from experiments.runner.judge.verdicts import Comparison, compare, verdict
from experiments.runner.measure.record import Record
from experiments.runner.plan.margins import Quantity
from experiments.runner.plan.plan import Plan
from experiments.runner.results.model import Verdict
from experiments.runner.results.percentiles import Distribution

# A slice's p99 is a noisy estimate that the rounds average out, but it needs samples beyond it at
# all.
LEAST_MESSAGES_FOR_P99 = 1000

Key = tuple[Quantity, str, str]


@dataclass(frozen=True)
class Outcome:
    """What a measurement showed. Keys are (quantity, cell, contestant); `adjusted` is Holm's p."""

    plan: Plan
    record: Record
    cells: list[CellData]
    compared: dict[Key, Comparison]
    adjusted: dict[Key, float]

    def verdict(self, key: Key) -> Verdict:
        return verdict(self.compared[key], self.adjusted[key])

    def family(self, quantity: Quantity) -> list[Key]:
        """The comparisons that Holm corrects together."""
        return _family(self.plan, self.compared, quantity)

    def controls(self) -> dict[str, Comparison]:
        """The A/A control's cost in each cell."""
        wanted = (Quantity.COST, self.plan.control)
        found = self.compared.items()
        return {cell: c for (quantity, cell, name), c in found if (quantity, name) == wanted}


def weigh(plan: Plan, record: Record) -> Outcome:
    """Compares everything that was measured of a plan."""
    names = [c.name for c in plan.contestants if c.name not in record.unavailable]
    cells = [gather(cell, names, record.batches) for cell in plan.cells]
    cells = [data for data in cells if data.rounds and plan.reference in data.series]
    compared = {}
    for data in cells:
        for name in data.series:
            if name != plan.reference:
                compared.update(_compare(plan, data, name))
    return Outcome(plan, record, cells, compared, _adjust(plan, compared))


def _compare(plan: Plan, data: CellData, name: str) -> dict[Key, Comparison]:
    """The ratios of one contestant that the data allow."""
    found = {}
    for quantity in Quantity:
        if quantity is Quantity.RATE and data.cell.mode == "open":
            continue
        if quantity is Quantity.P99 and not _carries_p99(data, name, plan.reference):
            continue
        logs = data.log_ratio(quantity, name, plan.reference)
        if logs is not None:
            found[quantity, data.cell.id, name] = compare(quantity, logs, data.epoch)
    return found


def _carries_p99(data: CellData, *names: str) -> bool:
    enough = all(float(np.median(data.series[n].messages)) >= LEAST_MESSAGES_FOR_P99 for n in names)
    return enough and all(
        data.series[n].histograms[data.latency()].shown(99) is not None for n in names
    )


def _adjust(plan: Plan, compared: dict[Key, Comparison]) -> dict[Key, float]:
    """Holm's p of each declared comparison, each quantity by itself; others keep their p."""
    adjusted = {key: comparison.p for key, comparison in compared.items()}
    for quantity in Quantity:
        family = _family(plan, compared, quantity)
        adjusted.update(zip(family, stats.holm([compared[key].p for key in family])))
    return adjusted


def _family(plan: Plan, compared: dict[Key, Comparison], quantity: Quantity) -> list[Key]:
    return [key for key in plan.comparisons() if key[0] == quantity and key in compared]


def distributions(outcome: Outcome) -> Iterator[Distribution]:
    """Every latency of every contestant in every cell, over all slices."""
    for data in outcome.cells:
        for name, series in data.series.items():
            for latency, merged in series.histograms.items():
                values = merged.values / 1000
                yield Distribution(data.cell.id, name, latency, values, merged.counts)
