"""One cell of analysis.json: for every contestant its figures, ratios, rounds and flags."""

import numpy as np

from experiments.runner import flags, stats
from experiments.runner.cells import CellData, Series
from experiments.runner.flags import Flag
from experiments.runner.histogram import Merged, spectrum_us
from experiments.runner.outcome import Outcome
from experiments.runner.stats import Array
from experiments.runner.verdicts import INCONCLUSIVE, MARGINS, rounds_needed


def describe_cell(outcome: Outcome, data: CellData, raised: list[Flag]) -> dict:
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
        "entries": [_entry(outcome, data, name, raised) for name in data.series],
    }


def _entry(outcome: Outcome, data: CellData, name: str, raised: list[Flag]) -> dict:
    series, cell = data.series[name], data.cell
    probe = next((p for p in outcome.record.probes if p["cell"] == cell.id and p["server"] == name), {})
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
        "ratio": _ratios(outcome, cell.id, name) if name != outcome.plan.reference else None,
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


def _ratios(outcome: Outcome, cell: str, name: str) -> dict:
    return {quantity: _ratio(outcome, (quantity, cell, name)) for quantity in MARGINS}


def _ratio(outcome: Outcome, key: tuple[str, str, str]) -> dict | None:
    """One comparison, or None where the data do not allow it."""
    if key not in outcome.compared:
        return None
    c, adjusted_p, decided = outcome.compared[key], outcome.adjusted[key], outcome.verdict(key)
    return {
        "estimate": _number(c.estimate),
        "low": _number(c.low),
        "high": _number(c.high),
        "low90": _number(c.low90),
        "high90": _number(c.high90),
        "p_adjusted": _number(adjusted_p),
        "verdict": decided,
        "rounds_needed": rounds_needed(c, adjusted_p) if decided == INCONCLUSIVE else None,
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
