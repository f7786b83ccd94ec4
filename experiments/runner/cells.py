"""One cell's slices as arrays over rounds, ready for statistics and flags."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from experiments.runner.histogram import Merged, merge
from experiments.runner.plan import Cell
from experiments.runner.record import UnitData
from experiments.runner.stats import Array

HISTOGRAMS = ("service", "response", "send_lag")


@dataclass(frozen=True)
class Series:
    """One contestant in one cell, over the rounds that are complete. Times in ns, NaN where unknown.

    The generator's CPU is told in two parts: `generator_cpu` did the work, `generator_spin` polled because
    the next request of an open loop was nearly due.
    """

    begin_s: Array
    duration: Array
    ramp: Array
    messages: Array
    server_cpu: Array
    generator_cpu: Array
    generator_spin: Array
    machine_busy: Array
    steal: Array
    mean_service: Array
    p99: Array
    scheduled: Array
    in_time: Array
    late: Array
    skipped: Array
    timed_out: Array
    fair_min: Array
    fair_max: Array
    histograms: dict[str, Merged]
    errors: int

    @property
    def rate_per_s(self) -> Array:
        return self.messages / self.duration * 1e9

    @property
    def cpu_us(self) -> Array:
        """The server's CPU per message in microseconds; NaN where its clock could not be read."""
        return self.server_cpu / 1000 / np.maximum(self.messages, 1)

    def server_share(self) -> float:
        """Cores the server kept busy, over the whole cell; NaN when unknown."""
        return float(self.server_cpu.sum() / self.duration.sum())

    def generator_share(self) -> float:
        return float(self.generator_cpu.sum() / self.duration.sum())


@dataclass(frozen=True)
class CellData:
    """A cell with its contestants' series, all over the same rounds in the order they ran."""

    cell: Cell
    epoch: np.ndarray
    round: np.ndarray
    series: dict[str, Series]

    @property
    def rounds(self) -> int:
        return len(self.epoch)

    def latency(self) -> str:
        """The histogram that answers this cell's question: late from when it was due, or from when it was sent."""
        return "response" if self.cell.mode == "open" else "service"

    def log_ratio(self, quantity: str, name: str, reference: str) -> Array | None:
        """Log-ratios within each round, or None when a round lacks the quantity."""
        values = [self.quantity(quantity, who) for who in (name, reference)]
        if any(not np.all(np.isfinite(v) & (v > 0)) or len(v) == 0 for v in values):
            return None
        return np.log(values[0] / values[1])

    def quantity(self, quantity: str, name: str) -> Array:
        series = self.series[name]
        return {"cost": series.cpu_us, "rate": series.rate_per_s, "p99": series.p99}[quantity]


def gather(cell: Cell, names: Iterable[str], units: Iterable[UnitData]) -> CellData:
    """Collects a cell's units. A round that not every contestant finished is left out whole."""
    mine = [unit for unit in units if unit.cell == cell.id]
    names = [name for name in names if any(s["target"] == name for unit in mine for s in unit.slices)]
    rows: list[tuple[UnitData, int, dict[str, dict]]] = []
    for unit in mine:
        by_round: dict[int, dict[str, dict]] = {}
        for line in unit.slices:
            by_round.setdefault(line["round"], {})[line["target"]] = line
        rows += [(unit, number, found) for number, found in sorted(by_round.items()) if all(n in found for n in names)]
    latency = "response" if cell.mode == "open" else "service"
    return CellData(
        cell,
        np.array([unit.epoch for unit, _, _ in rows], dtype=np.int64),
        np.arange(len(rows)),
        {name: _series(name, rows, mine, latency) for name in names},
    )


def _series(name: str, rows: list[tuple[UnitData, int, dict]], units: list[UnitData], latency: str) -> Series:
    lines = [found[name] for _, _, found in rows]

    def column(*path: str) -> Array:
        return np.array([_dig(line, path) for line in lines], dtype=float)

    summaries = [s for unit in units for s in unit.summaries if s["target"] == name]
    return Series(
        begin_s=np.array([unit.begin_s + found[name]["begin_ns"] / 1e9 for unit, _, found in rows]),
        duration=column("duration_ns"),
        ramp=np.nan_to_num(column("ramp_ns")),
        messages=column("messages"),
        server_cpu=column("server_cpu_ns"),
        generator_cpu=column("generator_cpu_ns"),
        generator_spin=np.nan_to_num(column("generator_spin_ns")),
        machine_busy=column("machine_busy_ns"),
        steal=column("steal_ns"),
        mean_service=column("service", "mean_ns"),
        p99=column(latency, "p99_ns"),
        scheduled=column("scheduled"),
        in_time=column("in_time"),
        late=column("late"),
        skipped=column("skipped"),
        timed_out=column("timed_out"),
        fair_min=column("fairness", "min_messages"),
        fair_max=column("fairness", "max_messages"),
        histograms={kind: merge(s["histograms"].get(kind) or [] for s in summaries) for kind in HISTOGRAMS},
        errors=sum(s.get("errors", 0) for s in summaries),
    )


def _dig(line: dict, path: tuple[str, ...]) -> float:
    """A nested number, NaN when any part of the way is missing or null."""
    value: object = line
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return float("nan") if value is None else float(value)  # type: ignore[arg-type]
