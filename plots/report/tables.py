"""The summary table as plain values for the template: one group of rows per workload."""

from __future__ import annotations

from dataclasses import dataclass, replace

from experiments.runner.results.model import (
    Analysis,
    Estimate,
    MeasuredCell,
    Percentiles,
    Quantity,
    Ratio,
    Result,
    idle_bytes,
)
from plots.drawing.text import cell_label, short


@dataclass(frozen=True)
class Field:
    """One cell of the table: its text, smaller lines below, and what it sorts by."""

    text: str
    details: tuple[str, ...] = ()
    sort: float | str | None = None


@dataclass(frozen=True)
class Column:
    """A heading with its unit or a second line."""

    text: str
    unit: str = ""


@dataclass(frozen=True)
class Line:
    """One contestant in one workload; `name` is what is shown, for the control the reference's."""

    contestant: str
    name: str
    role: str
    flags: tuple[str, ...]
    kind: str
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
    """Every result of every cell, the control last in its cell.

    A column that has no value at all is left out.
    """
    columns = (
        Column("messages", "per s"),
        Column("CPU", "µs per message"),
        Column("CPU ratio", "verdict"),
        Column("rate ratio", "verdict"),
        Column("p50", "µs, of all"),
        Column("p99", "µs, typical slice"),
        Column("p99 ratio", "verdict"),
        Column("p99.9", "µs, typical"),
        Column("p99 as seen", "µs, of all"),
        Column("undisturbed", "of requests"),
        Column("system calls", "per message"),
        Column("context switches", "per message"),
        Column("memory", "MiB, and per connection"),
    )
    groups = tuple(_group(analysis, cell) for cell in analysis.cells)
    fields = [line.fields for group in groups for line in group.lines]
    used = [
        place
        for place in range(len(columns))
        if any(row[place].text not in ("", "–") for row in fields)
    ]
    kept = tuple(
        replace(group, lines=tuple(_pick(line, used) for line in group.lines)) for group in groups
    )
    return Summary(tuple(columns[place] for place in used), kept)


def _pick(line: Line, places: list[int]) -> Line:
    return replace(line, fields=tuple(line.fields[place] for place in places))


def _group(analysis: Analysis, cell: MeasuredCell) -> Group:
    kind = "response time" if cell.open_loop else "service time"
    control = [result for result in cell.results if analysis.is_control(result.contestant)]
    results = (*analysis.compared_in(cell), *control)
    rounds = sorted({result.rounds for result in results})
    counted = (
        f"{rounds[0]} to {rounds[-1]}" if len(rounds) > 1 else f"{rounds[0]}" if rounds else "no"
    )
    mode = "open" if cell.open_loop else "closed"
    label = f"{cell_label(analysis, cell)} ({mode} loop, latency is {kind}, {counted} rounds)"
    return Group(cell.id, label, tuple(_line(analysis, cell, result) for result in results))


def _line(analysis: Analysis, cell: MeasuredCell, result: Result) -> Line:
    role = "A/A control" if analysis.is_control(result.contestant) else ""
    role = "reference" if result.contestant == analysis.reference else role
    latency = result.response_us if cell.open_loop else result.service_us
    rate = _estimate(result.rate_per_s)
    if result.achieved is not None and result.achieved < 0.9995:
        rate = replace(rate, details=(*rate.details, f"{result.achieved:.3f} of offered"))
    fields = [
        rate,
        _estimate(result.cpu_us),
        _ratio(result.ratio(Quantity.COST)),
        _ratio(result.ratio(Quantity.RATE)),
        _number(latency.p50 if latency else None),
        _estimate(result.p99_us),
        _ratio(result.ratio(Quantity.P99)),
        _far_tail(result),
        _seen(result, latency),
        _share(result.undisturbed_share),
        _number(result.syscalls_per_message),
        _number(result.context_switches_per_message),
        _memory(result, cell.held),
    ]
    facts = analysis.facts(result.contestant)
    name = analysis.reference if analysis.is_control(result.contestant) else result.contestant
    kind = facts.kind if facts else "unknown"
    return Line(result.contestant, name, role, result.flags, kind, tuple(fields))


def _number(value: float | None) -> Field:
    return Field(short(value), sort=value)


def _memory(result: Result, connections: int) -> Field:
    if result.pss_bytes is None:
        return Field("–")
    each = idle_bytes(result.pss_per_connection_bytes, connections)
    details = () if each is None else (f"{short(each)} B",)
    return Field(f"{result.pss_bytes / 2**20:.1f}", details, result.pss_bytes)


def _estimate(value: Estimate | None) -> Field:
    if value is None:
        return Field("–")
    if value.low is None or value.high is None:
        return Field(short(value.median), sort=value.median)
    return Field(short(value.median), (f"{short(value.low)} to {short(value.high)}",), value.median)


def _ratio(value: Ratio | None) -> Field:
    if value is None:
        return Field("–")
    details = (
        [] if value.low is None or value.high is None else [f"{value.low:.3f} to {value.high:.3f}"]
    )
    details += [value.verdict] if value.verdict else []
    details += ["after correction"] if value.corrected_away else []
    details += [f"needs {value.rounds_needed}"] if value.rounds_needed else []
    return Field(f"{value.estimate:.3f}", tuple(details), value.estimate)


def _far_tail(result: Result) -> Field:
    field, ratio = _estimate(result.p999_us), result.ratio(Quantity.P999)
    if ratio is None:
        return field
    return replace(field, details=(*field.details, f"× {ratio.estimate:.3f}", ratio.verdict))


def _seen(result: Result, latency: Percentiles | None) -> Field:
    """The p99 of all requests of a typical epoch, or of all at once where epochs were not told."""
    field = _estimate(result.seen_p99_us)
    if result.seen_p99_us is None:
        field = _number(latency.p99 if latency else None)
    if latency is None or latency.p999 is None:
        return field
    return replace(field, details=(*field.details, f"p99.9 {short(latency.p999)}"))


def _share(value: float | None) -> Field:
    return Field("–") if value is None else Field(f"{100 * value:.1f} %", sort=value)
