"""Coordinated omission: delays that a closed loop cannot show, found by the open loop beside it."""

from collections.abc import Iterator
from dataclasses import dataclass

from experiments.runner.judge.cells import CellData
from experiments.runner.judge.offered import LAG_SHARE, achieved, own_lag
from experiments.runner.judge.outcome import Outcome
from experiments.runner.plan.plan import Cell
from experiments.runner.results.model import ACHIEVED

# So many times longer than the closed loop admits. At the lowest load measured that is no queue but
# a stall.
OMITTED = 10


@dataclass(frozen=True)
class HiddenDelay:
    """A contestant whose p99 in the closed cell is far below its p99 in the open one."""

    contestant: str
    closed: Cell
    closed_us: float
    open: Cell
    open_us: float


def hidden_delays(outcome: Outcome) -> list[HiddenDelay]:
    found = []
    for open_loop, closed in _twins(outcome.cells):
        for name in (c.name for c in outcome.plan.contestants if not c.control):
            late, admitted = _p99_us(open_loop, name), _p99_us(closed, name)
            if (
                late
                and admitted
                and late > OMITTED * admitted
                and _is_the_servers(late, open_loop, name)
            ):
                found.append(HiddenDelay(name, closed.cell, admitted, open_loop.cell, late))
    return found


def _twins(cells: list[CellData]) -> Iterator[tuple[CellData, CellData]]:
    """Each closed cell with an open cell of the same workload, the one with the lowest rate."""
    for closed in (data for data in cells if data.cell.mode == "closed"):
        alike = [
            data
            for data in cells
            if data.cell.mode == "open" and _workload(data.cell) == _workload(closed.cell)
        ]
        if alike:
            yield min(alike, key=lambda data: data.cell.rate_per_s or 0), closed


def _workload(cell: Cell) -> tuple[str, int, int, int, int]:
    return cell.protocol, cell.connections, cell.idle, cell.depth, cell.size


def _is_the_servers(late_us: float, data: CellData, name: str) -> bool:
    """Neither the generator nor an overload made it late: all was offered on time and answered."""
    on_time = own_lag(data) / 1000 <= LAG_SHARE * late_us
    return on_time and achieved(data.series[name]) >= ACHIEVED


def _p99_us(data: CellData, name: str) -> float | None:
    """The p99 that answers the cell's question, where samples carry it."""
    p99 = data.series[name].histograms[data.latency()].shown(99) if name in data.series else None
    return None if p99 is None else p99 / 1000
