"""The summary table as plain values for the template: one group of rows per workload."""

from __future__ import annotations

from dataclasses import dataclass

from plots.model import Analysis, Cell, Entry, Estimate, Latency, Ratio
from plots.text import short

ARTICLES = {"cost": "CPU per message", "rate": "rate", "p99": "p99"}


@dataclass(frozen=True)
class Field:
    """One cell of the table: its text, a smaller second line, and what it sorts by."""

    text: str
    detail: str = ""
    sort: float | str | None = None


@dataclass(frozen=True)
class Column:
    """A heading; `numeric` columns are set right and sort by number."""

    text: str
    unit: str = ""
    numeric: bool = True


@dataclass(frozen=True)
class Line:
    """One contestant in one workload."""

    server: str
    role: str
    pattern: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Group:
    """One workload."""

    id: str
    label: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Summary:
    """The whole table."""

    columns: tuple[Column, ...]
    groups: tuple[Group, ...]


def summary(analysis: Analysis) -> Summary:
    """Every entry of every cell, the control last in its cell."""
    open_loop = any(cell.open_loop for cell in analysis.cells)
    columns = [
        Column("messages", "per s"),
        Column("CPU", "µs per message"),
        Column("CPU ratio", "to the reference"),
        Column("verdict on CPU", numeric=False),
        Column("rate ratio", "to the reference"),
        Column("p50", "µs"),
        Column("p99", "µs"),
        Column("p99.9", "µs"),
        Column("system calls", "per message"),
        Column("context switches", "per message"),
        Column("flags", numeric=False),
    ]
    if open_loop:
        columns.insert(1, Column("achieved", "÷ offered"))
    groups = tuple(_group(analysis, cell, open_loop) for cell in analysis.cells)
    return Summary(tuple(columns), groups)


def _group(analysis: Analysis, cell: Cell, open_loop: bool) -> Group:
    kind = "response time" if cell.open_loop else "service time"
    control = [entry for entry in cell.entries if analysis.is_control(entry.server)]
    entries = (*analysis.contestants(cell), *control)
    label = f"{analysis.label(cell)} ({'open' if cell.open_loop else 'closed'} loop, latency is {kind})"
    return Group(cell.id, label, tuple(_line(analysis, cell, entry, open_loop) for entry in entries))


def _line(analysis: Analysis, cell: Cell, entry: Entry, open_loop: bool) -> Line:
    role = "A/A control" if analysis.is_control(entry.server) else ""
    role = "reference" if entry.server == analysis.reference else role
    cost, latency = entry.ratios.get("cost"), entry.response if cell.open_loop else entry.service
    fields = [
        _estimate(entry.rate_per_s),
        _estimate(entry.cpu_us),
        _ratio(cost),
        _verdict(cost),
        _ratio(entry.ratios.get("rate")),
        *_latency(latency),
        _number(entry.syscalls_per_message),
        _number(entry.context_switches_per_message),
        Field(" ".join(entry.flags), sort=" ".join(entry.flags)),
    ]
    if open_loop:
        fields.insert(1, _number(entry.achieved))
    return Line(entry.server, role, analysis.server(entry.server).pattern, tuple(fields))


def _number(value: float | None) -> Field:
    return Field(short(value), sort=value)


def _estimate(value: Estimate | None) -> Field:
    if value is None:
        return Field("–")
    if value.low is None or value.high is None:
        return Field(short(value.median), sort=value.median)
    return Field(short(value.median), f"{short(value.low)} to {short(value.high)}", value.median)


def _ratio(value: Ratio | None) -> Field:
    if value is None:
        return Field("–")
    if value.low is None or value.high is None:
        return Field(f"{value.estimate:.3f}", sort=value.estimate)
    return Field(f"{value.estimate:.3f}", f"{value.low:.3f} to {value.high:.3f}", value.estimate)


def _verdict(value: Ratio | None) -> Field:
    if value is None:
        return Field("–")
    needed = f"about {value.rounds_needed} rounds needed" if value.rounds_needed else ""
    return Field(value.verdict, needed, value.verdict)


def _latency(value: Latency | None) -> list[Field]:
    return [_number(value.at(name) if value else None) for name in ("p50", "p99", "p999")]
