"""Writes what was derived: the analysis as JSON, and the same as CSV tables for other tools.

The tables are called all-*.csv: beside them lie those of single figures. Their columns are the
fields of the model, a field that has parts with a column for each: `rate_per_s` with its interval
`rate_low`, `rate_high`; `service_us` as `service_p50_us` and so on.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import Field, astuple, dataclass, fields
from pathlib import Path
from typing import get_args, get_type_hints

from experiments.runner.results.model import (
    Analysis,
    Estimate,
    MeasuredCell,
    Ratio,
    Result,
    Series,
    write_analysis,
)

Row = list[object]


def write_derived(analysis: Analysis, results: Path) -> Path:
    """Writes derived/analysis.json and derived/all-*.csv. Returns the folder."""
    folder = results / "derived"
    folder.mkdir(exist_ok=True)
    write_analysis(analysis, results)
    for name, header, rows in (
        ("all-results", _result_header(), _results(analysis)),
        ("all-ratios", ["cell", "contestant", "quantity", *_names(Ratio)], _ratios(analysis)),
        ("all-rounds", ["cell", "contestant", *_names(Series)], _rounds(analysis)),
        (
            "all-spectrum",
            ["cell", "contestant", "latency", "percentile", "us"],
            _spectrum(analysis),
        ),
    ):
        _write(folder / f"{name}.csv", header, rows)
    return folder


def _write(path: Path, header: list[str], rows: Iterable[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([["" if value is None else value for value in row] for row in rows])


def _names(kind: type) -> list[str]:
    return [field.name for field in fields(kind)]


def _pairs(analysis: Analysis) -> Iterator[tuple[MeasuredCell, Result]]:
    for cell in analysis.cells:
        for result in cell.results:
            yield cell, result


# The length of a slice decides nothing, and the results are the rows.
CELL_FIELDS = [name for name in _names(MeasuredCell) if name not in ("slice_s", "results")]


@dataclass(frozen=True)
class Column:
    """A column of the table of results: a field of Result, or one part of it."""

    name: str
    field: str
    part: str | None = None

    def of(self, result: Result) -> object:
        value = getattr(result, self.field)
        if self.part is not None and value is not None:
            value = getattr(value, self.part)
        return " ".join(value) if isinstance(value, tuple) else value


def _columns(field: Field) -> Iterator[Column]:
    """The columns of one field of Result; the model says which of its parts are in the table."""
    name, parts = field.name, field.metadata.get("table")
    if parts is None and _is_estimate(field):
        stem = name.split("_")[0]
        yield from (Column(name, name, "median"), Column(f"{stem}_low", name, "low"))
        yield Column(f"{stem}_high", name, "high")
    elif parts is None:
        yield Column(name, name)
    else:
        stem = name.removesuffix("_us")
        yield from (Column(f"{stem}_{part}_us", name, part) for part in parts)


def _is_estimate(field: Field) -> bool:
    return Estimate in get_args(get_type_hints(Result)[field.name])


COLUMNS = [column for field in fields(Result) for column in _columns(field)]


def _result_header() -> list[str]:
    return ["cell", *CELL_FIELDS[1:], *(column.name for column in COLUMNS)]


def _results(analysis: Analysis) -> Iterator[Row]:
    for cell, result in _pairs(analysis):
        about = [getattr(cell, name) for name in CELL_FIELDS]
        yield about + [column.of(result) for column in COLUMNS]


def _ratios(analysis: Analysis) -> Iterator[Row]:
    for cell, result in _pairs(analysis):
        for quantity, ratio in result.ratios.items() if result.ratios else ():
            yield [cell.id, result.contestant, quantity, *astuple(ratio)]


def _rounds(analysis: Analysis) -> Iterator[Row]:
    for cell, result in _pairs(analysis):
        values = (getattr(result.series, name) for name in _names(Series))
        for one_round in zip(*values):
            yield [cell.id, result.contestant, *one_round]


def _spectrum(analysis: Analysis) -> Iterator[Row]:
    for cell, result in _pairs(analysis):
        for latency, points in result.spectrum.items():
            for percentile, us in points:
                yield [cell.id, result.contestant, latency, percentile, us]
