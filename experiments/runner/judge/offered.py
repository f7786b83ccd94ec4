"""Was the wanted load really offered, and who was at the limit: the server or the generator?"""

from collections.abc import Iterator

import numpy as np

from experiments.runner.judge.cells import CellData, Series
from experiments.runner.judge.doubt import Doubt
from experiments.runner.results.model import ACHIEVED, Flag

GENERATOR_BUSY, SERVER_BUSY = 0.90, 0.95
LAG_SHARE = 0.10
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
    busy = series.generator_share()
    if busy >= GENERATOR_BUSY:
        used = series.server_share()
        server = f"{100 * used:.0f} %" if np.isfinite(used) else "unknown"
        yield Doubt(
            Flag.CLIENT_BOUND,
            f"generator {100 * busy:.0f} % CPU",
            f"the generator used {100 * busy:.0f} % of its core and the server only {server}: "
            "the rate is the generator's",
        )
    lag, response = own_lag(data), series.histograms["response"].at(99)
    if lag is not None and response and lag > LAG_SHARE * response:
        yield Doubt(
            Flag.CLIENT_BOUND,
            f"send-lag p99 {lag / 1000:.0f} us",
            f"requests left up to {lag / 1000:.0f} us late (p99), "
            f"over {100 * LAG_SHARE:.0f} % of the response's {response / 1000:.0f} us",
        )
    if achieved(series) < ACHIEVED:
        yield Doubt(
            Flag.CLIENT_BOUND,
            f"achieved {achieved(series):.3f}",
            f"only {100 * achieved(series):.1f} % of the offered load was answered in time "
            "though the server was not at its limit",
        )


def saturated(series: Series, threads: int) -> bool:
    """The server itself is at its limit: what is late is late because of it."""
    return series.server_share() >= SERVER_BUSY * threads


def own_lag(data: CellData) -> float | None:
    """The p99 of the generator's own send lag: that of the calmest contestant, all being visited
    alike.

    What another's requests wait beyond that is for a connection its server keeps busy.
    """
    lags = [series.histograms["send_lag"].at(99) for series in data.series.values()]
    return min((lag for lag in lags if lag is not None), default=None)


def achieved(series: Series) -> float:
    """Requests answered before their schedule ended over scheduled ones; NaN in a closed loop.

    A slice waits for its last replies, so that of all replies nearly none are missing however late
    they are. Recordings without `in_time` have only those.
    """
    scheduled = series.scheduled.sum()
    answered = np.where(np.isfinite(series.in_time), series.in_time, series.messages)
    return float(answered.sum() / scheduled) if scheduled > 0 else float("nan")


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
