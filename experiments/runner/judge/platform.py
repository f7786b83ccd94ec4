"""What the machine did by itself while it was measured: stalls, and latencies over time."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from experiments.runner.judge.outcome import Outcome
from experiments.runner.measure.histogram_log import log_of, read_log
from experiments.runner.measure.lines import Slice
from experiments.runner.measure.record import BatchData
from experiments.runner.plan.plan import OPEN
from experiments.runner.results.model import HeatColumn, HeatMap, Stalls

GENERATOR, SERVERS = "generator", "servers"
EDGES_US = (50, 100, 200, 500, 1000, 2000, 5000, 10_000)
# From 5 us to 100 ms, ten bands for each factor of ten.
BANDS_US = tuple(float(f"{5 * 10 ** (i / 10):.3g}") for i in range(44))


def stalls(outcome: Outcome) -> tuple[Stalls, ...]:
    """Of the generator's core and of the servers', as far as they were watched."""
    slices = [one for batch in _open_batches(outcome) for one in batch.slices]
    found = (
        _counted(GENERATOR, [(s, s.generator_stalls) for s in slices]),
        _counted(SERVERS, [(s, s.server_stalls) for s in slices]),
    )
    return tuple(one for one in found if one)


def _open_batches(outcome: Outcome) -> Iterator[BatchData]:
    cells = {cell.id for cell in outcome.plan.cells if cell.mode == OPEN}
    return (batch for batch in outcome.record.batches if batch.cell in cells)


def _counted(core: str, told: list[tuple[Slice, list | None]]) -> Stalls | None:
    watched = [(one, found) for one, found in told if found is not None]
    if not watched:
        return None
    lengths = np.array([length for _, found in watched for _, length in found]) / 1000
    seconds = sum(one.duration_ns for one, _ in watched) / 1e9
    counts = tuple(int((lengths >= edge).sum()) for edge in EDGES_US)
    share = float(lengths.sum() / 1e6 / seconds)
    return Stalls(core, round(seconds, 3), EDGES_US, counts, float(f"{share:.4g}"))


def heat(outcome: Outcome, results: Path) -> HeatMap | None:
    """Of the first epoch of the open loop that got the largest share of the time."""
    data = outcome.headline()
    cell = data and data.cell
    batch = next((b for b in outcome.record.batches if cell and b.cell == cell.id), None)
    if cell is None or batch is None:
        return None
    log = read_log(log_of(results, cell.id, batch.epoch))
    columns = []
    for name in dict.fromkeys(one.target for one in batch.slices):
        mine = [one for one in batch.slices if one.target == name]
        rows = [_bands(values, counts) for values, counts in log.get(name, [])]
        if len(rows) < len(mine):
            return None
        begin = tuple(round(batch.begin_s + one.begin_ns / 1e9, 4) for one in mine)
        columns.append(HeatColumn(name, begin, tuple(rows[: len(mine)])))
    return HeatMap(cell.id, batch.epoch, BANDS_US, tuple(columns), tuple(_marks(batch)))


def _bands(values: np.ndarray, counts: np.ndarray) -> tuple[int, ...]:
    band = np.searchsorted(BANDS_US, values / 1000, side="right").clip(0, len(BANDS_US) - 1)
    return tuple(np.bincount(band, counts, len(BANDS_US)).astype(int).tolist())


def _marks(batch: BatchData) -> Iterator[tuple[float, float, str]]:
    for one in batch.slices:
        begin = batch.begin_s + one.begin_ns / 1e9
        kinds: Iterable = ((GENERATOR, one.generator_stalls), (SERVERS, one.server_stalls))
        for core, found in kinds:
            for offset, length in found or []:
                yield round(begin + offset / 1e9, 5), length / 1000, core
