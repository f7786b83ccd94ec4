"""All comparisons of a session with their corrected p values: what findings, table and flags rest on."""

from dataclasses import dataclass

import numpy as np

from experiments.runner import stats
from experiments.runner.cells import CellData, gather
from experiments.runner.plan import Plan
from experiments.runner.record import Record
from experiments.runner.verdicts import MARGINS, Comparison, compare, verdict

# A slice's p99 is a noisy estimate that the rounds average out, but it needs samples beyond it at all.
LEAST_MESSAGES_FOR_P99 = 1000

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Outcome:
    """What a session showed. Keys are (quantity, cell, server); `adjusted` is Holm's p."""

    plan: Plan
    record: Record
    cells: list[CellData]
    compared: dict[Key, Comparison]
    adjusted: dict[Key, float]

    def verdict(self, key: Key) -> str:
        return verdict(self.compared[key], self.adjusted[key])

    def controls(self) -> dict[str, Comparison]:
        """The A/A control's cost in each cell."""
        return {cell: c for (quantity, cell, name), c in self.compared.items() if (quantity, name) == ("cost", self.plan.control)}


def weigh(plan: Plan, record: Record) -> Outcome:
    """Compares everything that was measured of a plan."""
    names = [e.name for e in plan.entrants if e.name not in record.unavailable]
    cells = [gather(cell, names, record.units) for cell in plan.cells]
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
    for quantity in MARGINS:
        if quantity == "rate" and data.cell.mode == "open":
            continue
        if quantity == "p99" and not _carries_p99(data, name, plan.reference):
            continue
        logs = data.log_ratio(quantity, name, plan.reference)
        if logs is not None:
            found[quantity, data.cell.id, name] = compare(quantity, logs, data.epoch)
    return found


def _carries_p99(data: CellData, *names: str) -> bool:
    enough = all(float(np.median(data.series[n].messages)) >= LEAST_MESSAGES_FOR_P99 for n in names)
    return enough and all(data.series[n].histograms[data.latency()].shown(99) is not None for n in names)


def _adjust(plan: Plan, compared: dict[Key, Comparison]) -> dict[Key, float]:
    """Holm's adjusted p of each declared comparison, each quantity a family of its own; others keep their p."""
    adjusted = {key: comparison.p for key, comparison in compared.items()}
    for quantity in MARGINS:
        family = [key for key in plan.comparisons() if key[0] == quantity and key in compared]
        adjusted.update(zip(family, stats.holm([compared[key].p for key in family])))
    return adjusted
