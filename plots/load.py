"""Reads a results folder. Any fault in it becomes one `ReportError` that names the place."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from plots.model import Analysis, Cell, Entry, Estimate, Latency, Ratio, Series, Server, Warning

SCHEMA = 1


class ReportError(OSError):
    """The results cannot be read or drawn; the text is one line for the user.

    An OSError, so that who reports those in one line reports this one too.
    """


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in `path`."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ReportError(f"{path} is missing") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ReportError(f"{path} cannot be read: {error}") from None
    except json.JSONDecodeError as error:
        raise ReportError(f"{path} is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise ReportError(f"{path} holds no JSON object")
    return value


def read_analysis(results_dir: Path) -> Analysis:
    """The analysis of a results folder."""
    path = results_dir / "derived" / "analysis.json"
    value = read_json(path)
    if value.get("schema") != SCHEMA:
        raise ReportError(f"{path} has schema {value.get('schema')!r}, this version reads {SCHEMA}")
    try:
        return analysis_from(value)
    except KeyError as error:
        raise ReportError(f"{path} lacks the key {error}") from None
    except (TypeError, ValueError, AttributeError) as error:
        raise ReportError(f"{path} has a value of the wrong kind: {error}") from None


def analysis_from(value: dict[str, Any]) -> Analysis:
    """The same from the parsed object; raises KeyError, TypeError or ValueError on a fault."""
    # The control is a second start of the reference, not a contestant of its own.
    servers = tuple(_server(each) for each in value["servers"] if not each.get("control"))
    return Analysis(
        experiment=value["experiment"],
        reference=value["reference"],
        control=value.get("control"),
        margins={"cost": 0.03, "rate": 0.03, "p99": 0.10} | dict(value.get("margins") or {}),
        findings=tuple(value.get("findings") or ()),
        warnings=tuple(_warning(each) for each in value.get("warnings") or ()),
        command=value.get("command") or "",
        quick=bool(value.get("quick")),
        valid=bool(value.get("valid", True)),
        interrupted=bool(value.get("interrupted")),
        started=value.get("started") or "",
        duration_s=number(value.get("duration_s")),
        servers=servers,
        cells=tuple(_cell(each) for each in value["cells"]),
        title=value.get("title") or "",
        question=value.get("question") or "",
        look_for=value.get("look_for") or "",
        by_name={server.name: server for server in servers},
    )


def number(value: Any) -> float | None:
    """`value` as a finite float, or None for null, NaN and infinity."""
    if value is None:
        return None
    result = float(value)
    return result if math.isfinite(result) else None


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def _server(value: dict[str, Any]) -> Server:
    return Server(
        name=value["name"],
        pattern=value.get("pattern") or "unknown",
        engine=value.get("engine") or "unknown",
        written=value.get("written") or "unknown",
        available=bool(value.get("available", True)),
        why_not=value.get("why_not"),
        options=value.get("options") or "",
    )


def _warning(value: dict[str, Any]) -> Warning:
    return Warning(
        flag=value["flag"],
        text=value.get("text") or "",
        cell=value.get("cell"),
        server=value.get("server"),
        figure=None if value.get("figure") is None else str(value["figure"]),
    )


def _cell(value: dict[str, Any]) -> Cell:
    return Cell(
        id=value["id"],
        protocol=value["protocol"],
        connections=int(value["connections"]),
        depth=int(value["depth"]),
        size=int(value["size"]),
        mode=value.get("mode") or "closed",
        rate_per_s=number(value.get("rate_per_s")),
        entries=tuple(_entry(each) for each in value["entries"]),
    )


def _entry(value: dict[str, Any]) -> Entry:
    spectrum = value.get("spectrum") or {}
    return Entry(
        server=value["server"],
        rounds=int(value.get("rounds") or 0),
        samples=_whole(value.get("samples")),
        rate_per_s=_estimate(value.get("rate_per_s")),
        cpu_us=_estimate(value.get("cpu_us")),
        achieved=number(value.get("achieved")),
        syscalls_per_message=number(value.get("syscalls_per_message")),
        context_switches_per_message=number(value.get("context_switches_per_message")),
        counted_by=value.get("counted_by"),
        pss_bytes=_whole(value.get("pss_bytes")),
        pss_per_connection_bytes=_whole(value.get("pss_per_connection_bytes")),
        service=_latency(value.get("service_us")),
        response=_latency(value.get("response_us")),
        send_lag=_latency(value.get("send_lag_us")),
        ratios={name: ratio for name, each in (value.get("ratio") or {}).items() if (ratio := _ratio(each))},
        series=_series(value.get("series") or {}),
        spectrum={name: _points(points) for name, points in spectrum.items() if points},
        flags=tuple(value.get("flags") or ()),
    )


def _estimate(value: dict[str, Any] | None) -> Estimate | None:
    if value is None or (median := number(value["median"])) is None:
        return None
    return Estimate(median, number(value.get("low")), number(value.get("high")))


def _ratio(value: dict[str, Any] | None) -> Ratio | None:
    if value is None or (estimate := number(value["estimate"])) is None or estimate <= 0:
        return None
    return Ratio(
        estimate,
        number(value.get("low")),
        number(value.get("high")),
        value.get("verdict") or "",
        _whole(value.get("rounds_needed")),
    )


def _latency(value: dict[str, Any] | None) -> Latency | None:
    if value is None:
        return None
    return Latency(number(value.get("p50")), number(value.get("p99")), number(value.get("p999")))


def _points(points: list[Any]) -> tuple[tuple[float, float], ...]:
    return tuple((float(percentile), float(us)) for percentile, us in points)


def _series(value: dict[str, Any]) -> Series:
    rounds = tuple(int(each) for each in value.get("round") or ())

    def column(name: str) -> tuple[float | None, ...]:
        found = value.get(name) or [None] * len(rounds)
        if len(found) != len(rounds):
            raise ValueError(f"series {name} has {len(found)} values for {len(rounds)} rounds")
        return tuple(number(each) for each in found)

    return Series(
        round=rounds,
        epoch=tuple(int(each) for each in value.get("epoch") or [0] * len(rounds)),
        rate_per_s=column("rate_per_s"),
        cpu_us=column("cpu_us"),
        p99_us=column("p99_us"),
        steal=column("steal"),
    )
