"""The table a comparison ends with: findings and warnings first, then a block per cell."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

SHOWN_WARNINGS = 8
_STYLES = {"slower": "red", "faster": "green", "small difference": "yellow", "equivalent": "cyan"}


def show(analysis: dict, console: Console) -> None:
    for sentence in analysis["findings"]:
        alarming = sentence.split(":")[0] in ("INVALID", "INTERRUPTED")
        console.print(escape(sentence), style="bold red" if alarming else "bold", soft_wrap=True)
    _show_warnings(analysis["warnings"], console)
    if analysis["cells"]:
        console.print(_table(analysis))


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


def _table(analysis: dict) -> Table:
    table = Table(title=f"latencies in us; ratios to {analysis['reference']} within rounds, with 95 % intervals")
    for heading in ("workload", "server"):
        table.add_column(heading, no_wrap=True)
    for heading in ("messages/s", "CPU us/message", "p50", "p99", "cost ratio"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("cost verdict", no_wrap=True)
    table.add_column("flags")
    for cell in analysis["cells"]:
        for number, entry in enumerate(cell["entries"]):
            table.add_row(cell["id"] if number == 0 else "", *_row(cell, entry, analysis["reference"]))
        table.add_section()
    return table


def _row(cell: dict, entry: dict, reference: str) -> list[str]:
    latency = (entry["response_us"] if cell["mode"] == "open" else entry["service_us"]) or {}
    ratio = (entry["ratio"] or {}).get("cost")
    cost = verdict = "-"
    if ratio:
        cost = f"{ratio['estimate']:.3f} ({number(ratio['low'], 3)} to {number(ratio['high'], 3)})"
        verdict = f"[{_STYLES.get(ratio['verdict'], 'white')}]{ratio['verdict']}[/]"
    elif entry["server"] == reference:
        cost, verdict = "1", "reference"
    return [
        escape(entry["server"]),
        number(entry["rate_per_s"] and entry["rate_per_s"]["median"], 0),
        number(entry["cpu_us"] and entry["cpu_us"]["median"], 3),
        number(latency.get("p50"), 1),
        number(latency.get("p99"), 1),
        cost,
        verdict,
        " ".join(entry["flags"]),
    ]


def number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"
