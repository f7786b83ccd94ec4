"""Writes what was derived: analysis.json and the same as CSV tables for other tools.

The tables are called all-*.csv: beside them lie those of single figures.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

Row = list[object]


def write_derived(analysis: dict, results: Path) -> Path:
    """Writes derived/analysis.json and derived/all-*.csv. Returns the folder."""
    folder = results / "derived"
    folder.mkdir(exist_ok=True)
    (folder / "analysis.json").write_text(json.dumps(analysis, indent=1) + "\n")
    for name, header, rows in (
        ("all-entries", ENTRY_HEADER, _entries(analysis)),
        ("all-ratios", RATIO_HEADER, _ratios(analysis)),
        ("all-rounds", ROUND_HEADER, _rounds(analysis)),
        ("all-spectrum", SPECTRUM_HEADER, _spectrum(analysis)),
    ):
        _write(folder / f"{name}.csv", header, rows)
    return folder


def _write(path: Path, header: str, rows: Iterable[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split())
        writer.writerows([["" if value is None else value for value in row] for row in rows])


ENTRY_HEADER = (
    "cell protocol connections depth size mode offered_per_s server rounds samples rate_per_s rate_low rate_high "
    "cpu_us cpu_low cpu_high achieved service_p50_us service_p99_us service_p999_us response_p50_us response_p99_us "
    "response_p999_us send_lag_p99_us syscalls_per_message context_switches_per_message pss_bytes pss_per_connection_bytes flags"
)


def _pairs(analysis: dict) -> Iterator[tuple[dict, dict]]:
    for cell in analysis["cells"]:
        for entry in cell["entries"]:
            yield cell, entry


def _entries(analysis: dict) -> Iterator[Row]:
    for cell, entry in _pairs(analysis):
        row: Row = [cell[key] for key in ("id", "protocol", "connections", "depth", "size", "mode", "rate_per_s")]
        row += [entry[key] for key in ("server", "rounds", "samples")]
        for quantity in ("rate_per_s", "cpu_us"):
            row += [(entry[quantity] or {}).get(key) for key in ("median", "low", "high")]
        row.append(entry["achieved"])
        for latency, keys in (("service_us", ("p50", "p99", "p999")), ("response_us", ("p50", "p99", "p999")), ("send_lag_us", ("p99",))):
            row += [(entry[latency] or {}).get(key) for key in keys]
        row += [entry[key] for key in ("syscalls_per_message", "context_switches_per_message", "pss_bytes", "pss_per_connection_bytes")]
        yield row + [" ".join(entry["flags"])]


RATIO_HEADER = "cell server quantity estimate low high low90 high90 p_adjusted verdict rounds_needed"


def _ratios(analysis: dict) -> Iterator[Row]:
    for cell, entry in _pairs(analysis):
        for quantity, ratio in (entry["ratio"] or {}).items():
            if ratio:
                yield [cell["id"], entry["server"], quantity, *(ratio[key] for key in RATIO_HEADER.split()[3:])]


ROUND_HEADER = "cell server round epoch begin_s rate_per_s cpu_us p99_us steal"


def _rounds(analysis: dict) -> Iterator[Row]:
    for cell, entry in _pairs(analysis):
        for values in zip(*(entry["series"][key] for key in ROUND_HEADER.split()[2:])):
            yield [cell["id"], entry["server"], *values]


SPECTRUM_HEADER = "cell server latency percentile us"


def _spectrum(analysis: dict) -> Iterator[Row]:
    for cell, entry in _pairs(analysis):
        for latency, points in entry["spectrum"].items():
            for percentile, us in points or []:
                yield [cell["id"], entry["server"], latency, percentile, us]
