"""Was the wanted load really offered, and who was at the limit: the server or the generator?"""

import math
from collections.abc import Iterator

import numpy as np

from experiments.runner.judge.cells import CellData, Series
from experiments.runner.judge.doubt import Doubt
from experiments.runner.judge.stats import Array
from experiments.runner.results.model import ACHIEVED, Flag

SATURATED_SHARE = 0.95
# On two cores server and generator are at their limits together, and the rate is that of the pair.
# It is the generator's alone when its core is full and the server's has room.
GENERATOR_FULL, SERVER_HAS_ROOM = 0.95, 0.85
# A single thread that also sends others' requests is some 10 to 20 us late at p99, with any server.
LAG_SHARE = 0.50
LITTLE_TOLERANCE = 0.05


def client_bound(data: CellData, series: Series, threads: int) -> Iterator[Doubt]:
    if data.rounds == 0:
        return
    if saturated(series, threads):
        if achieved(series) < ACHIEVED:
            share = f"{100 * achieved(series):.0f} % of offered"
            yield Doubt(
                Flag.SATURATED,
                share,
                f"the server is at its limit and answered {share} in time; "
                "its latency is that of a queue without end",
            )
        return
    busy, used = series.generator_share(), series.server_share()
    if busy >= GENERATOR_FULL and not used >= SERVER_HAS_ROOM * threads:
        server = f"{100 * used:.0f} %" if np.isfinite(used) else "unknown"
        yield Doubt(
            Flag.CLIENT_BOUND,
            f"generator {100 * busy:.0f} % CPU",
            f"the generator used {100 * busy:.0f} % of its core and the server only {server}: "
            "the rate is the generator's; compare CPU per message, or give it more cores",
        )
    lag, p99 = own_lag(data), typical(series.p99)
    if lag > LAG_SHARE * p99:
        yield Doubt(
            Flag.CLIENT_BOUND,
            f"send-lag p99 {lag / 1000:.0f} us",
            f"requests left up to {lag / 1000:.0f} us late (p99) in a typical slice, "
            f"over half of the response's {p99 / 1000:.0f} us: that tail is the generator's; "
            "offer less",
        )
    if achieved(series) < ACHIEVED:
        yield Doubt(
            Flag.CLIENT_BOUND,
            f"achieved {achieved(series):.3f}",
            f"only {100 * achieved(series):.1f} % of the offered load was answered in time "
            "though the server was not at its limit: offer less",
        )


def saturated(series: Series, threads: int) -> bool:
    """The server itself is at its limit: what is late is late because of it."""
    return series.server_share() >= SATURATED_SHARE * threads


def own_lag(data: CellData) -> float:
    """The p99 of the generator's own send lag in a typical slice; NaN where it is not known.

    That of the calmest contestant, all being visited alike: what another's requests wait beyond
    that is for a connection its server keeps busy.
    """
    return min((typical(series.lag_p99) for series in data.series.values()), default=math.nan)


def typical(values: Array) -> float:
    """The median of those that are known; NaN where none is."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else math.nan


def achieved(series: Series) -> float:
    """Requests answered before their schedule ended over scheduled ones, in a typical slice; NaN in
    a closed loop.

    A slice waits for its last replies, so that of all replies nearly none are missing however late
    they are. Recordings without `in_time` have only those.
    """
    answered = np.where(np.isfinite(series.in_time), series.in_time, series.messages)
    return typical(answered / np.where(series.scheduled > 0, series.scheduled, np.nan))


def little(data: CellData, series: Series, threads: int) -> Iterator[Doubt]:
    """Little's law: in a closed loop rate x mean service is the mean number of requests in flight.

    That should be connections x depth, a little less because of a slice's edges: until the last
    connection has been asked, and again while the last replies come in, fewer are in flight, and it
    is not known how many fewer. With a thousand connections these edges are a tenth of a slice.
    Beyond that, time or messages are missing, and the slice is not the workload it is named after.
    """
    if data.cell.mode != "closed" or data.rounds == 0:
        return
    most = data.cell.connections * data.cell.depth
    all_asked = np.minimum(series.duration, data.cell.slice_s * 1e9) - series.ramp
    least = most * max(float(np.median(all_asked / series.duration)), 0.5)
    found = float(np.median(series.rate_per_s * series.mean_service / 1e9))
    if not least * (1 - LITTLE_TOLERANCE) <= found <= most * (1 + LITTLE_TOLERANCE):
        yield Doubt(
            Flag.LITTLE,
            f"{found:.1f} in flight, not {most}",
            f"rate x mean service gives {found:.1f} requests in flight "
            f"where {least:.1f} to {most} are: time or messages are missing",
        )
