"""All comparisons of a measurement with their corrected p values: everything else rests on them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from experiments.runner.judge import stats
from experiments.runner.judge.cells import CellData, gather
from experiments.runner.judge.tails import Tails, read_tails
from experiments.runner.judge.values import Searches, Values, gather_searches, measured
from experiments.runner.judge.verdicts import Comparison, compare, verdict
from experiments.runner.measure.record import Record
from experiments.runner.plan.margins import Quantity
from experiments.runner.plan.plan import OPEN, Plan
from experiments.runner.results.model import Verdict
from experiments.runner.results.percentiles import Distribution

Key = tuple[Quantity, str, str]


@dataclass(frozen=True)
class Outcome:
    """What a measurement showed. Keys are (quantity, cell, contestant); `adjusted` is Holm's p."""

    plan: Plan
    record: Record
    cells: list[CellData]
    compared: dict[Key, Comparison]
    adjusted: dict[Key, float]
    tails: dict[str, Tails] = field(default_factory=dict)
    searches: list[Searches] = field(default_factory=list)
    results: Path | None = None

    def verdict(self, key: Key) -> Verdict:
        return verdict(self.compared[key], self.adjusted[key])

    def family(self, quantity: Quantity) -> list[Key]:
        """The comparisons that Holm corrects together."""
        return _family(self.plan, self.compared, quantity)

    def headline(self) -> CellData | None:
        """The open loop with the largest share of the time: tails are told of it first."""
        offered = [data for data in self.cells if data.cell.mode == OPEN]
        return max(offered, key=lambda data: data.cell.share, default=None)

    def controls(self, quantity: Quantity = Quantity.COST) -> dict[str, Comparison]:
        """The A/A control's in each cell."""
        wanted = (quantity, self.plan.control)
        found = self.compared.items()
        return {cell: c for (what, cell, name), c in found if (what, name) == wanted}


def weigh(plan: Plan, record: Record, results: Path | None = None) -> Outcome:
    """Compares everything that was measured of a plan.

    Without the folder of its results there are no logs, and so no quantiles that take more than one
    slice.
    """
    names = [c.name for c in plan.contestants if c.name not in record.unavailable]
    cells = [gather(cell, names, record.batches) for cell in plan.cells]
    cells = [data for data in cells if data.rounds and plan.reference in data.series]
    tails = _all_tails(cells, record, results) if results else {}
    searches = gather_searches(plan, record)
    compared = {}
    for data in cells:
        found = measured(data, tails.get(data.cell.id))
        compared.update(_compare(plan, data.cell.id, found))
    for one in searches:
        compared.update(_compare(plan, one.cell.id, [one.values()]))
    return Outcome(plan, record, cells, compared, _adjust(plan, compared), tails, searches, results)


def _all_tails(cells: Iterable[CellData], record: Record, results: Path) -> dict[str, Tails]:
    found = {}
    for data in cells:
        if data.cell.mode == OPEN:
            mine = [batch for batch in record.batches if batch.cell == data.cell.id]
            if tails := read_tails(results, data.series, mine):
                found[data.cell.id] = tails
    return found


def _compare(plan: Plan, cell: str, found: Iterable[Values]) -> dict[Key, Comparison]:
    """The ratios to the reference that the data allow."""
    compared = {}
    for values in found:
        for name in values.of:
            logs, epochs = values.log_ratios(name, plan.reference)
            if name != plan.reference and len(logs):
                compared[values.quantity, cell, name] = compare(values.quantity, logs, epochs)
    return compared


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
