"""One cell of the analysis: for every contestant its figures, ratios, rounds and flags."""

from collections.abc import Iterator

import numpy as np

from experiments.runner.judge import stats
from experiments.runner.judge.cells import CellData
from experiments.runner.judge.cells import Series as Rounds
from experiments.runner.judge.histogram import Merged, spectrum_us
from experiments.runner.judge.offered import achieved
from experiments.runner.judge.outcome import Key, Outcome
from experiments.runner.judge.stats import Array
from experiments.runner.judge.tails import Tail
from experiments.runner.judge.verdicts import rounds_needed
from experiments.runner.measure.lines import Probe
from experiments.runner.plan.margins import BREAKING_P99_US, Quantity
from experiments.runner.results.model import (
    BreakingLoad,
    Estimate,
    MeasuredCell,
    Percentiles,
    Point,
    Ratio,
    Ratios,
    Result,
    Series,
    Span,
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
        utilisation=cell.utilisation,
    )


def _result(outcome: Outcome, data: CellData, name: str, raised: list[Warning]) -> Result:
    series, cell = data.series[name], data.cell
    tail = outcome.tails[cell.id].of[name] if cell.id in outcome.tails else None
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
        p99_us=_median(series.p99 / 1000, some=True),
        p999_us=_median(tail.p999 / 1000, some=True) if tail else None,
        seen_p99_us=_median(tail.seen_p99 / 1000, some=True) if tail else None,
        undisturbed_share=_number(series.undisturbed_share()),
        syscalls_per_message=probe.syscalls_per_message,
        context_switches_per_message=probe.context_switches_per_message,
        counted_by=probe.counted_by,
        pss_bytes=probe.pss_bytes,
        pss_per_connection_bytes=probe.pss_per_connection_bytes,
        ratios=None if name == outcome.plan.reference else _ratios(outcome, cell.id, name),
        series=_series(data, series),
        spectrum=_spectrum(series, open_loop, tail),
        flags=tuple(sorted({w.flag for w in raised if w.cell == cell.id and w.contestant == name})),
    )


def breaking_loads(outcome: Outcome) -> Iterator[BreakingLoad]:
    """Of every search and contestant."""
    for one in outcome.searches:
        cell = one.cell
        for name, rates in one.of.items():
            yield BreakingLoad(
                cell=cell.id,
                protocol=cell.protocol,
                connections=cell.connections,
                size=cell.size,
                limit_us=BREAKING_P99_US,
                contestant=name,
                rate_per_s=_median(rates),
                by_epoch=tuple(_rounded(rate) for rate in rates.tolist()),
                ratio=ratio_of(outcome, (Quantity.BREAKING_LOAD, cell.id, name)),
            )


def _probe(outcome: Outcome, cell: str, name: str) -> Probe:
    probes = outcome.record.probes
    mine = (one for one in probes if one.cell == cell and one.contestant == name)
    return next(mine, Probe(cell, name))


def _median(values: Array, some: bool = False) -> Estimate | None:
    """None where a value is not known; or with `some`, where none is."""
    if some:
        values = values[np.isfinite(values)]
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
    return Ratios(**{quantity: ratio_of(outcome, (quantity, cell, name)) for quantity in Quantity})


def ratio_of(outcome: Outcome, key: Key) -> Ratio | None:
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


def _spectrum(series: Rounds, open_loop: bool, tail: Tail | None) -> Spectrum:
    service = spectrum_us(series.histograms["service"])
    if not open_loop:
        return Spectrum(service, None)
    response, undisturbed = (series.histograms[key] for key in ("response", "undisturbed"))
    span = _span([spectrum_us(one) for one in tail.undisturbed]) if tail else ()
    return Spectrum(service, spectrum_us(response), spectrum_us(undisturbed) or None, span)


def _span(epochs: list[tuple[Point, ...]]) -> tuple[Span, ...]:
    """The lowest and highest value of each percentile that all epochs have."""
    if len(epochs) < 2:
        return ()
    shortest = min(len(points) for points in epochs)
    found = []
    for points in zip(*(points[:shortest] for points in epochs)):
        values = [us for _, us in points]
        found.append((points[0][0], _rounded(min(values)), _rounded(max(values))))
    return tuple(found)


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
