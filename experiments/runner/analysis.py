"""From the raw record to derived/analysis.json, the one file that table and figures read."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from experiments.runner import findings, flags, manifest, stats
from experiments.runner.cells import CellData, Series, gather
from experiments.runner.flags import Flag
from experiments.runner.histogram import Merged, spectrum_us
from experiments.runner.plan import Plan, read_plan
from experiments.runner.record import Record, read_record
from experiments.runner.stats import Array
from experiments.runner.verdicts import MARGINS, Comparison, compare, rounds_needed, verdict

SCHEMA = 1
Compared = dict[tuple[str, str, str], Comparison]


def analyse(results: Path, against: Path | None = None) -> dict:
    """Derives everything from a results folder. The same folder gives the same analysis, byte for byte."""
    plan, record = read_plan(results), read_record(results)
    about = manifest.read(results)
    names = [e.name for e in plan.entrants if e.name not in record.unavailable]
    data = [gather(cell, names, record.units) for cell in plan.cells]
    data = [one for one in data if one.rounds and plan.reference in one.series]
    compared = _comparisons(plan, data)
    adjusted = _adjust(plan, compared)
    raised = _flags(plan, record, data, about, against)
    return {
        "schema": SCHEMA,
        "experiment": plan.experiment,
        "reference": plan.reference,
        "control": plan.control,
        "margins": plan.margins or MARGINS,
        "findings": findings.sentences(plan, record, data, compared, adjusted),
        "warnings": [_warning(flag) for flag in raised],
        "valid": findings.why_invalid(plan, compared) is None,
        "interrupted": record.interrupted,
        "command": plan.command,
        "seed": plan.seed,
        "quick": plan.quick,
        "started": record.sessions[0]["started"] if record.sessions else None,
        "duration_s": round(sum(end["duration_s"] for end in record.ends), 3),
        "servers": _servers(plan, record, about),
        "cells": [_cell(plan, one, compared, adjusted, raised, record.probes) for one in data],
    }


def _comparisons(plan: Plan, data: Iterable[CellData]) -> Compared:
    """Every ratio to the reference that the data allow; of the p99 only where slices carry one."""
    compared: Compared = {}
    for one in data:
        for name in one.series:
            for quantity in MARGINS:
                if name == plan.reference or (quantity == "rate" and one.cell.mode == "open"):
                    continue
                if quantity == "p99" and not _slices_carry_p99(one, name, plan.reference):
                    continue
                logs = one.log_ratio(quantity, name, plan.reference)
                if logs is not None:
                    compared[quantity, one.cell.id, name] = compare(quantity, logs, one.epoch)
    return compared


def _slices_carry_p99(data: CellData, *names: str) -> bool:
    """A slice's p99 is a noisy estimate that the rounds average out, but it needs samples beyond it at all."""
    enough = all(float(np.median(data.series[n].messages)) >= 1000 for n in names)
    return enough and all(data.series[n].histograms[data.latency()].shown(99) is not None for n in names)


def _adjust(plan: Plan, compared: Compared) -> dict[tuple[str, str, str], float]:
    """Holm's adjusted p of each declared comparison, each quantity a family of its own; others keep their p."""
    adjusted = {key: comparison.p for key, comparison in compared.items()}
    for quantity in MARGINS:
        family = [key for key in plan.comparisons() if key[0] == quantity and key in compared]
        adjusted.update(zip(family, stats.holm([compared[key].p for key in family])))
    return adjusted


def _flags(plan: Plan, record: Record, data: list[CellData], about: dict, against: Path | None) -> list[Flag]:
    raised = flags.unavailable(record.unavailable) + flags.failures(record.failures)
    raised += flags.environment(about.get("resumed_differently", []), "the first part of this run")
    raised += flags.environment(manifest.not_in_effect(plan, about), "the plan")
    if against is not None:
        raised += flags.environment(manifest.differences(about, manifest.read(against)), str(against))
    for one in data:
        raised += flags.of_cell(one, plan.threads)
    return raised


def _warning(flag: Flag) -> dict:
    return {"flag": flag.flag, "cell": flag.cell, "server": flag.server, "figure": flag.figure, "text": flag.text}


def _servers(plan: Plan, record: Record, about: dict) -> list[dict]:
    """The contestants and, after them, who was refused before the plan was made."""
    roster = {server["name"]: server for server in about.get("servers", [])}
    entrants = [(e.name, e.server, e.control) for e in plan.entrants]
    entrants += [(name, name, False) for name in record.unavailable if name not in {e.name for e in plan.entrants}]
    found = []
    for name, server, control in entrants:
        facts = {key: roster.get(server, {}).get(key) for key in ("pattern", "engine", "written", "source")}
        why_not = record.unavailable.get(name)
        found.append({"name": name, **facts, "control": control, "available": why_not is None, "why_not": why_not})
    return found


def _cell(plan: Plan, data: CellData, compared: Compared, adjusted: dict, raised: list[Flag], probes: list[dict]) -> dict:
    cell = data.cell
    return {
        "id": cell.id,
        "protocol": cell.protocol,
        "connections": cell.connections,
        "depth": cell.depth,
        "size": cell.size,
        "mode": cell.mode,
        "rate_per_s": cell.rate_per_s,
        "slice_s": cell.slice_s,
        "entries": [_entry(plan, data, name, compared, adjusted, raised, probes) for name in data.series],
    }


def _entry(plan: Plan, data: CellData, name: str, compared: Compared, adjusted: dict, raised: list[Flag], probes: list[dict]) -> dict:
    series, cell = data.series[name], data.cell
    probe = next((p for p in probes if p["cell"] == cell.id and p["server"] == name), {})
    open_loop = cell.mode == "open"
    return {
        "server": name,
        "rounds": data.rounds,
        "samples": series.histograms[data.latency()].total,
        "rate_per_s": _median(series.rate_per_s),
        "cpu_us": _median(series.cpu_us),
        "server_cpu_share": _number(series.server_share()),
        "generator_cpu_share": _number(series.generator_share()),
        "achieved": _number(flags.achieved(series)) if open_loop else None,
        "syscalls_per_message": probe.get("syscalls_per_message"),
        "context_switches_per_message": probe.get("context_switches_per_message"),
        "counted_by": probe.get("counted_by"),
        "pss_bytes": probe.get("pss_bytes"),
        "pss_per_connection_bytes": probe.get("pss_per_connection_bytes"),
        "service_us": _percentiles(series.histograms["service"]),
        "response_us": _percentiles(series.histograms["response"]) if open_loop else None,
        "send_lag_us": _percentiles(series.histograms["send_lag"]) if open_loop else None,
        "ratio": _ratios(data, name, compared, adjusted) if name != plan.reference else None,
        "series": _series(data, series),
        "spectrum": {
            "service": spectrum_us(series.histograms["service"]),
            "response": spectrum_us(series.histograms["response"]) if open_loop else None,
        },
        "flags": sorted({f.flag for f in raised if f.cell == cell.id and f.server == name}),
    }


def _median(values: Array) -> dict | None:
    if len(values) == 0 or not np.all(np.isfinite(values)):
        return None
    median, low, high = stats.median_interval(values)
    return {"median": _number(median), "low": _number(low), "high": _number(high)}


def _number(value: float) -> float | None:
    """Six digits are more than any of this is worth, and short files are readable; null for what is no number."""
    return float(f"{value:.6g}") if np.isfinite(value) else None


def _percentiles(histogram: Merged) -> dict | None:
    if histogram.total == 0:
        return None
    shown = {"p50": histogram.shown(50), "p90": histogram.shown(90), "p99": histogram.shown(99), "p999": histogram.shown(99.9)}
    return {key: None if ns is None else _number(ns / 1000) for key, ns in shown.items()}


def _ratios(data: CellData, name: str, compared: Compared, adjusted: dict) -> dict:
    found: dict[str, dict | None] = {}
    for quantity in MARGINS:
        key = (quantity, data.cell.id, name)
        found[quantity] = _ratio(compared[key], adjusted[key]) if key in compared else None
    return found


def _ratio(c: Comparison, adjusted_p: float) -> dict:
    decided = verdict(c, adjusted_p)
    return {
        "estimate": _number(c.estimate),
        "low": _number(c.low),
        "high": _number(c.high),
        "low90": _number(c.low90),
        "high90": _number(c.high90),
        "p_adjusted": _number(adjusted_p),
        "verdict": decided,
        "rounds_needed": rounds_needed(c, adjusted_p) if decided == "inconclusive" else None,
    }


def _series(data: CellData, series: Series) -> dict:
    def listed(values: Array) -> list[float | None]:
        return [_number(float(v)) for v in values]

    return {
        "round": data.round.tolist(),
        "epoch": data.epoch.tolist(),
        "begin_s": listed(series.begin_s),
        "rate_per_s": listed(series.rate_per_s),
        "cpu_us": listed(series.cpu_us),
        "p99_us": listed(series.p99 / 1000),
        "steal": listed(series.steal / series.duration),
    }
