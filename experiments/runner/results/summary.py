"""The table a comparison ends with: findings and warnings first, then a block per cell."""

from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

from experiments.runner.results.model import (
    Analysis,
    Flag,
    MeasuredCell,
    Quantity,
    Ratio,
    Result,
    Verdict,
    Warning,
    idle_bytes,
)

SHOWN_WARNINGS = 8
UNBOUNDED = 1000
CORRECTED_AWAY = "*"
CONTROL = "A/A control"


# Columns in order, and those that a narrow terminal does without, the first to go first.
COLUMNS = (
    "server",
    "messages/s",
    "CPU us",
    "p50",
    "p99",
    "B/conn",
    "cost ratio",
    "verdict",
    "p99 ratio",
    "p99 verdict",
    "needs",
    "flags",
)
DISPENSABLE = ("flags", "needs", "B/conn", "p50", "CPU us", "p99 verdict", "p99", "p99 ratio")
LEFT = ("server", "verdict", "p99 verdict", "flags")
_STYLES = {
    Verdict.SLOWER: "red",
    Verdict.FASTER: "green",
    Verdict.SMALL: "yellow",
    Verdict.EQUIVALENT: "cyan",
}


def show(analysis: Analysis, console: Console) -> None:
    if analysis.title:
        console.print(escape(analysis.title), style="bold underline")
        console.print(escape(analysis.question))
    for finding in analysis.findings:
        style = "bold red" if finding.kind.alarming else "bold"
        console.print(escape(finding.text), style=style)
    _show_warnings(analysis.warnings, console)
    if analysis.cells:
        console.print(_fitting_table(analysis, console))
        _explain_correction(analysis, console)
    if analysis.look_for:
        console.print(escape(f"What to look for: {analysis.look_for}"))


def _show_warnings(warnings: Iterable[Warning], console: Console) -> None:
    """One line for each flag and cell, so that a noisy machine does not bury the findings."""
    groups: dict[tuple[Flag, str | None], list[Warning]] = {}
    for warning in warnings:
        groups.setdefault((warning.flag, warning.cell), []).append(warning)
    for (flag, cell), group in list(groups.items())[:SHOWN_WARNINGS]:
        text = group[0].sentence
        if len(group) > 1:
            text = f"{cell or 'measurement'}, {len(group)} times, such as {text}"
        console.print(f"[yellow]{flag}[/] {escape(text)}")
    hidden = len(groups) - SHOWN_WARNINGS
    if hidden > 0:
        kinds = "kinds" if hidden > 1 else "kind"
        console.print(f"[yellow]and {hidden} more {kinds} of warning, all in the report[/]")


def _explain_correction(analysis: Analysis, console: Console) -> None:
    costs = [one.ratio(Quantity.COST) for cell in analysis.cells for one in cell.results]
    if any(ratio and ratio.corrected_away for ratio in costs):
        number_compared = analysis.comparisons(Quantity.COST)
        console.print(
            f"{CORRECTED_AWAY} the interval excludes 1, but not after correction for "
            f"{number_compared} comparisons: of so many, some exclude 1 by chance",
        )


def _fitting_table(analysis: Analysis, console: Console) -> Table:
    """The table with as many columns as fit."""
    unbounded = console.options.update(width=UNBOUNDED)
    for dropped in range(len(DISPENSABLE) + 1):
        table = _table(analysis, [c for c in COLUMNS if c not in DISPENSABLE[:dropped]])
        if Measurement.get(console, unbounded, table).maximum <= console.width:
            break
    return table


def _table(analysis: Analysis, columns: list[str]) -> Table:
    """All cells, a block each under its name."""
    legend = {
        "CPU us": "CPU: the server's microseconds per message",
        "p99": "p99: microseconds in a typical slice that no stall disturbed",
        "B/conn": "B/conn: memory of an idle connection, weighed where there are 1,000 or more",
        "cost ratio": f"ratios: CPU per message, and p99, to {analysis.reference}, 95 % interval",
        "needs": "needs: rounds that would have decided the cost",
    }
    title = "; ".join(text for column, text in legend.items() if column in columns)
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in columns:
        justify = "left" if column in LEFT else "right"
        table.add_column(column, justify=justify, no_wrap=True, overflow="fold")
    for cell in analysis.cells:
        table.add_row(f"[bold]{escape(cell.id)}[/]")
        for result in cell.results:
            shown = _row(cell, result, analysis)
            table.add_row(*(shown[column] for column in columns))
        table.add_section()
    return table


def _row(cell: MeasuredCell, result: Result, analysis: Analysis) -> dict[str, str]:
    name = CONTROL if analysis.is_control(result.contestant) else escape(result.contestant)
    latency = result.latency_us(cell.open_loop)
    reference = result.contestant == analysis.reference
    cost, verdict = ("1", "reference") if reference else _compared(result.ratio(Quantity.COST))
    tail, tail_verdict = ("1", "") if reference else _compared(result.ratio(Quantity.P99))
    ratio = result.ratio(Quantity.COST)
    return {
        "server": f" {name}",
        "messages/s": number(result.rate_per_s and result.rate_per_s.median, 0),
        "CPU us": number(result.cpu_us and result.cpu_us.median, 3),
        "p50": number(latency and latency.p50, 1),
        "p99": number(result.p99_us and result.p99_us.median, 1),
        "B/conn": number(idle_bytes(result.pss_per_connection_bytes, cell.held), 0),
        "cost ratio": cost,
        "verdict": verdict,
        "p99 ratio": tail,
        "p99 verdict": tail_verdict,
        "needs": number(ratio.rounds_needed, 0) if ratio and ratio.rounds_needed else "",
        "flags": " ".join(result.flags),
    }


def _compared(ratio: Ratio | None) -> tuple[str, str]:
    """A ratio with its interval, and its verdict."""
    if ratio is None:
        return "-", "-"
    text = f"{ratio.estimate:.3f}"
    if ratio.low and ratio.high:
        text += f" ({number(ratio.low, 3)} to {number(ratio.high, 3)})"
    mark = CORRECTED_AWAY if ratio.corrected_away else ""
    return text, f"[{_STYLES.get(ratio.verdict, 'white')}]{ratio.verdict}{mark}[/]"


def number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"
