"""One cell of the analysis: for every contestant its figures, ratios, rounds and flags."""

import numpy as np

from experiments.runner.judge import stats
from experiments.runner.judge.cells import CellData
from experiments.runner.judge.cells import Series as Rounds
from experiments.runner.judge.histogram import Merged, spectrum_us
from experiments.runner.judge.offered import achieved
from experiments.runner.judge.outcome import Key, Outcome
from experiments.runner.judge.stats import Array
from experiments.runner.judge.verdicts import rounds_needed
from experiments.runner.measure.lines import Probe
from experiments.runner.plan.margins import Quantity
from experiments.runner.results.model import (
    Estimate,
    MeasuredCell,
    Percentiles,
    Ratio,
    Ratios,
    Result,
    Series,
    Spectrum,
    Verdict,
    Warning,
)


def measured_cell(outcome: Outcome, data: CellData, raised: list[Warning]) -> MeasuredCell:
    """The cell with all its results. `raised` are the warnings of the whole measurement."""
    cell = data.cell
    return MeasuredCell(
        id=cell.id,
        protocol=cell.protocol,
        connections=cell.connections,
        depth=cell.depth,
        size=cell.size,
        mode=cell.mode,
        offered_per_s=cell.rate_per_s,
        slice_s=cell.slice_s,
        results=tuple(_result(outcome, data, name, raised) for name in data.series),
        idle=cell.idle,
    )


def _result(outcome: Outcome, data: CellData, name: str, raised: list[Warning]) -> Result:
    series, cell = data.series[name], data.cell
    probe = _probe(outcome, cell.id, name)
    open_loop = cell.mode == "open"
    service, response, lag = (series.histograms[key] for key in ("service", "response", "send_lag"))
    return Result(
        contestant=name,
        rounds=data.rounds,
        samples=series.histograms[data.latency()].total,
        rate_per_s=_median(series.rate_per_s),
        cpu_us=_median(series.cpu_us),
        server_cpu_share=_number(series.server_share()),
        generator_cpu_share=_number(series.generator_share()),
        achieved=_number(achieved(series)) if open_loop else None,
        service_us=_percentiles(service),
        response_us=_percentiles(response) if open_loop else None,
        send_lag_us=_percentiles(lag) if open_loop else None,
        syscalls_per_message=probe.syscalls_per_message,
        context_switches_per_message=probe.context_switches_per_message,
        counted_by=probe.counted_by,
        pss_bytes=probe.pss_bytes,
        pss_per_connection_bytes=probe.pss_per_connection_bytes,
        ratios=None if name == outcome.plan.reference else _ratios(outcome, cell.id, name),
        series=_series(data, series),
        spectrum=Spectrum(spectrum_us(service), spectrum_us(response) if open_loop else None),
        flags=tuple(sorted({w.flag for w in raised if w.cell == cell.id and w.contestant == name})),
    )


def _probe(outcome: Outcome, cell: str, name: str) -> Probe:
    probes = outcome.record.probes
    mine = (one for one in probes if one.cell == cell and one.contestant == name)
    return next(mine, Probe(cell, name))


def _median(values: Array) -> Estimate | None:
    if len(values) == 0 or not np.all(np.isfinite(values)):
        return None
    median, low, high = stats.median_interval(values)
    return Estimate(_rounded(median), _number(low), _number(high))


def _rounded(value: float) -> float:
    """Six digits are more than any of this is worth, and short files are readable."""
    return float(f"{value:.6g}")


def _number(value: float) -> float | None:
    """The same for what may be no number."""
    return _rounded(value) if np.isfinite(value) else None


def _percentiles(histogram: Merged) -> Percentiles | None:
    if histogram.total == 0:
        return None
    shown = (histogram.shown(percentile) for percentile in (50, 90, 99, 99.9))
    return Percentiles(*(None if ns is None else _rounded(ns / 1000) for ns in shown))


def _ratios(outcome: Outcome, cell: str, name: str) -> Ratios:
    return Ratios(**{quantity: _ratio(outcome, (quantity, cell, name)) for quantity in Quantity})


def _ratio(outcome: Outcome, key: Key) -> Ratio | None:
    """One comparison, or None where the data do not allow it."""
    if key not in outcome.compared:
        return None
    c, adjusted_p, decided = outcome.compared[key], outcome.adjusted[key], outcome.verdict(key)
    undecided = decided is Verdict.INCONCLUSIVE
    return Ratio(
        estimate=_rounded(c.estimate),
        low=_number(c.low),
        high=_number(c.high),
        low90=_number(c.low90),
        high90=_number(c.high90),
        p_adjusted=_rounded(adjusted_p),
        verdict=decided,
        rounds_needed=rounds_needed(c, adjusted_p) if undecided else None,
    )


def _series(data: CellData, rounds: Rounds) -> Series:
    def listed(values: Array) -> tuple[float | None, ...]:
        return tuple(_number(float(value)) for value in values)

    return Series(
        round=tuple(data.round.tolist()),
        epoch=tuple(data.epoch.tolist()),
        begin_s=listed(rounds.begin_s),
        rate_per_s=listed(rounds.rate_per_s),
        cpu_us=listed(rounds.cpu_us),
        p99_us=listed(rounds.p99 / 1000),
        steal=listed(rounds.steal / rounds.duration),
    )
