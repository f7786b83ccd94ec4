"""Which workloads make a ladder of loads, and which latencies are drawn along it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from statistics import median
from typing import Callable, Sequence

from experiments.runner.results.model import Analysis, BreakingLoad, Estimate, MeasuredCell, Result
from plots.drawing.text import short

Key = tuple[str, int, int, int]


@dataclass(frozen=True)
class Group:
    """Open-loop workloads that differ in their load only, rising.

    With a `capacity` their loads are shares of it, drawn in percent. `breaking` says where servers
    break under the same workload, `limit_us` which p99 counts as broken, if that was asked.
    """

    words: str
    cells: tuple[MeasuredCell, ...]
    capacity: float | None
    breaking: tuple[BreakingLoad, ...] = ()
    limit_us: int | None = None

    def load(self, cell: MeasuredCell) -> float:
        """Where a workload lies on the axis."""
        return 100 * cell.utilisation if self.capacity else cell.offered_per_s

    def of_rate(self, rate_per_s: float) -> float:
        """Where a rate lies on the axis."""
        return 100 * rate_per_s / self.capacity if self.capacity else rate_per_s

    def load_text(self, cell: MeasuredCell) -> str:
        """The load in words."""
        if self.capacity:
            return f"{100 * cell.utilisation:.0f} % of capacity"
        return f"{short(cell.offered_per_s)} messages per second"


@dataclass(frozen=True)
class Latency:
    """A percentile by load; `rounds` are the values behind it."""

    words: str
    axis: str
    of: Callable[[Result], Estimate | None]
    rounds: Callable[[Result], Sequence[float | None]] = field(default=lambda result: ())


def grouped(analysis: Analysis) -> list[Group]:
    """Shares of a capacity first, then absolute loads; each workload breaks in one of them."""
    found: dict[tuple[bool, Key], list[MeasuredCell]] = defaultdict(list)
    for cell in analysis.cells:
        if cell.open_loop and cell.offered_per_s and _measured(analysis, cell):
            key = (cell.protocol, cell.connections, cell.idle, cell.size)
            found[cell.utilisation is None, key].append(cell)
    breaking: dict[tuple[str, int, int], list[BreakingLoad]] = defaultdict(list)
    for one in analysis.breaking_loads:
        if not analysis.is_control(one.contestant):
            breaking[one.protocol, one.connections, one.size].append(one)
    limit_us = analysis.breaking_loads[0].limit_us if analysis.breaking_loads else None
    groups = []
    for absolute, key in sorted(found, key=lambda each: each[0]):
        cells = found[absolute, key]
        broken = breaking.pop((key[0], key[1], key[3]), [])
        groups.append(_group(cells, absolute, broken, limit_us))
    return groups + [_group([], True, broken, limit_us) for broken in breaking.values()]


def latencies(analysis: Analysis, group: Group) -> list[Latency]:
    """What is drawn, the first across the page. A percentile known at one load only is not."""
    tail = Latency(
        "p99 of a typical slice",
        "response p99 (µs)",
        lambda result: result.p99_us,
        lambda result: result.series.p99_us,
    )
    others = [
        Latency("p99 as seen", "response p99 (µs)", lambda result: result.seen_p99_us),
        Latency("p50", "response p50 (µs)", lambda result: _of_all(result, "p50")),
        Latency("p99.9 of typical slices", "response p99.9 (µs)", lambda result: result.p999_us),
    ]
    if not _loads(analysis, group, tail):
        tail = Latency("p99", "response p99 (µs)", lambda result: _of_all(result, "p99"))
    single = len(group.cells) < 2
    kept = [one for one in others if _loads(analysis, group, one) > (not single)]
    return [tail, *kept] if group.cells else []


def _loads(analysis: Analysis, group: Group, latency: Latency) -> int:
    """At how many loads there is such a value."""
    return sum(
        any(latency.of(result) for result in analysis.compared_in(cell)) for cell in group.cells
    )


def _measured(analysis: Analysis, cell: MeasuredCell) -> bool:
    return any(
        result.p99_us or _of_all(result, "p99") or _of_all(result, "p50")
        for result in analysis.compared_in(cell)
    )


def _of_all(result: Result, name: str) -> Estimate | None:
    value = result.response_us.at(name) if result.response_us else None
    return None if value is None else Estimate(value)


def _group(
    cells: list[MeasuredCell], absolute: bool, breaking: list[BreakingLoad], limit_us: int | None
) -> Group:
    cells = sorted(cells, key=lambda cell: cell.offered_per_s)
    capacity = None
    if not absolute:
        capacity = median(cell.offered_per_s / cell.utilisation for cell in cells)
    if cells:
        words = f"{cells[0].protocol}, {cells[0].connections_text}"
    else:
        many = breaking[0].connections
        words = f"{breaking[0].protocol}, {many:,} connection{'s' * (many != 1)}"
    return Group(words, tuple(cells), capacity, tuple(breaking), limit_us)
