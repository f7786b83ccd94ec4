"""The table a comparison ends with: findings and warnings first, then a block per cell."""

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

SHOWN_WARNINGS = 8
UNBOUNDED = 1000


# Columns in order, and those that a narrow terminal does without, the first to go first.
COLUMNS = ("workload", "server", "messages/s", "CPU us", "p50", "p99", "cost ratio", "verdict", "flags")
DISPENSABLE = ("flags", "p50", "messages/s", "p99", "verdict")
LEFT = ("workload", "server", "verdict", "flags")
_STYLES = {"slower": "red", "faster": "green", "small difference": "yellow", "equivalent": "cyan"}


def show(analysis: dict, console: Console) -> None:
    if analysis.get("title"):
        console.print(escape(analysis["title"]), style="bold underline", soft_wrap=True)
        console.print(escape(analysis["question"]), soft_wrap=True)
    for sentence in analysis["findings"]:
        alarming = sentence.split(":")[0] in ("INVALID", "INTERRUPTED")
        console.print(escape(sentence), style="bold red" if alarming else "bold", soft_wrap=True)
    _show_warnings(analysis["warnings"], console)
    if analysis["cells"]:
        console.print(_fitting_table(analysis, console))
    if analysis.get("look_for"):
        console.print(escape(f"What to look for: {analysis['look_for']}"), soft_wrap=True)


def _show_warnings(warnings: list[dict], console: Console) -> None:
    """One line per kind of warning and cell, so that a noisy machine does not bury the findings."""
    groups: dict[tuple[str, str | None], list[dict]] = {}
    for warning in warnings:
        groups.setdefault((warning["flag"], warning["cell"]), []).append(warning)
    for (flag, cell), group in list(groups.items())[:SHOWN_WARNINGS]:
        text = group[0]["text"]
        if len(group) > 1:
            text = f"{cell or 'session'}, {len(group)} times, such as {text}"
        console.print(f"[yellow]{flag}[/] {escape(text)}", soft_wrap=True)
    if len(groups) > SHOWN_WARNINGS:
        console.print(f"[yellow]and {len(groups) - SHOWN_WARNINGS} more kinds of warning, all in the report[/]")


def _fitting_table(analysis: dict, console: Console) -> Table:
    """The table with as many columns as fit."""
    for dropped in range(len(DISPENSABLE) + 1):
        table = _table(analysis, [c for c in COLUMNS if c not in DISPENSABLE[:dropped]])
        if Measurement.get(console, console.options.update(width=UNBOUNDED), table).maximum <= console.width:
            break
    return table


def _table(analysis: dict, columns: list[str]) -> Table:
    """All cells, a block each."""
    title = f"CPU: the server's microseconds per message; p50, p99: latency in microseconds; ratio: to {analysis['reference']}, 95 % interval"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="left" if column in LEFT else "right", no_wrap=True, overflow="fold")
    for cell in analysis["cells"]:
        for number, entry in enumerate(cell["entries"]):
            shown = _row(cell, entry, analysis["reference"])
            shown["workload"] = cell["id"] if number == 0 else ""
            table.add_row(*(shown[column] for column in columns))
        table.add_section()
    return table


def _row(cell: dict, entry: dict, reference: str) -> dict[str, str]:
    latency = (entry["response_us"] if cell["mode"] == "open" else entry["service_us"]) or {}
    ratio = (entry["ratio"] or {}).get("cost")
    cost, verdict = ("1", "reference") if entry["server"] == reference else ("-", "-")
    if ratio:
        cost = f"{ratio['estimate']:.3f} ({number(ratio['low'], 3)} to {number(ratio['high'], 3)})"
        verdict = f"[{_STYLES.get(ratio['verdict'], 'white')}]{ratio['verdict']}[/]"
    return {
        "server": escape(entry["server"]),
        "messages/s": number(entry["rate_per_s"] and entry["rate_per_s"]["median"], 0),
        "CPU us": number(entry["cpu_us"] and entry["cpu_us"]["median"], 3),
        "p50": number(latency.get("p50"), 1),
        "p99": number(latency.get("p99"), 1),
        "cost ratio": cost,
        "verdict": verdict,
        "flags": " ".join(entry["flags"]),
    }


def number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"
