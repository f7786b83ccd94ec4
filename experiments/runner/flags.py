"""The automatic flags: what makes a figure less than it seems. Each states the figure that raised it.

The names and thresholds are those of the method; SATURATED is one more, so that a server at its
limit is not mistaken for a generator that is.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from experiments.runner.cells import CellData, Series
from experiments.runner.histogram import enough
from experiments.runner.plan import LEAST_ROUNDS
from experiments.runner.stats import Array

GENERATOR_BUSY, SERVER_BUSY = 0.90, 0.95
LAG_SHARE, ACHIEVED = 0.10, 0.98
LITTLE_TOLERANCE = 0.05
TREND_CHANGE, TREND_Z = 0.10, 3.3
BIMODAL_EXPLAINED, BIMODAL_GAP = 0.85, 0.10
STEAL_SHARE, FOREIGN_SHARE, FOREIGN_Z = 0.01, 0.10, 3.0


@dataclass(frozen=True)
class Flag:
    """One warning. `cell` and `server` are None where it concerns the whole session."""

    flag: str
    cell: str | None
    server: str | None
    figure: str
    text: str


Check = Callable[[CellData, str, Series, int], Iterator[tuple[str, str, str]]]


def of_cell(data: CellData, threads: int) -> list[Flag]:
    """All flags of one cell, contestant by contestant. `threads` are each server's."""
    found = []
    for name, series in data.series.items():
        for check in CHECKS:
            for flag, figure, text in check(data, name, series, threads):
                found.append(Flag(flag, data.cell.id, name, figure, f"{name}, {data.cell.id}: {text}"))
    return found


def saturated(series: Series, threads: int) -> bool:
    """The server itself is at its limit: what is late is late because of it."""
    return series.server_share() >= SERVER_BUSY * threads


def client_bound(data: CellData, name: str, series: Series, threads: int) -> Iterator[tuple[str, str, str]]:
    if data.rounds == 0:
        return
    if saturated(series, threads):
        if achieved(series) < ACHIEVED:
            share = f"{100 * achieved(series):.0f} % of offered"
            yield "SATURATED", share, f"the server is at its limit and answered {share} in time; its latency is that of a queue without end"
        return
    busy = series.generator_share()
    if busy >= GENERATOR_BUSY:
        server = f"{100 * series.server_share():.0f} %" if np.isfinite(series.server_share()) else "unknown"
        yield "CLIENT-BOUND", f"generator {100 * busy:.0f} % CPU", f"the generator used {100 * busy:.0f} % of its core and the server only {server}: the rate is the generator's"
    lag, response = own_lag(data), series.histograms["response"].at(99)
    if lag is not None and response and lag > LAG_SHARE * response:
        yield "CLIENT-BOUND", f"send-lag p99 {lag / 1000:.0f} us", f"requests left up to {lag / 1000:.0f} us late (p99), over 10 % of the response's {response / 1000:.0f} us"
    if achieved(series) < ACHIEVED:
        yield "CLIENT-BOUND", f"achieved {achieved(series):.3f}", f"only {100 * achieved(series):.1f} % of the offered load was answered in time though the server was not at its limit"


def own_lag(data: CellData) -> float | None:
    """The p99 of the generator's own send lag: that of the calmest contestant, all being visited alike.

    What another's requests wait beyond that is for a connection its server keeps busy.
    """
    lags = [series.histograms["send_lag"].at(99) for series in data.series.values()]
    return min((lag for lag in lags if lag is not None), default=None)


def achieved(series: Series) -> float:
    """Requests answered before their schedule ended over scheduled ones; NaN in a closed loop.

    A slice waits for its last replies, so that of all replies nearly none are missing however late they
    are. Recordings without `in_time` have only those.
    """
    scheduled = series.scheduled.sum()
    answered = np.where(np.isfinite(series.in_time), series.in_time, series.messages)
    return float(answered.sum() / scheduled) if scheduled > 0 else float("nan")


def little(data: CellData, name: str, series: Series, threads: int) -> Iterator[tuple[str, str, str]]:
    """In a closed loop rate x mean service is the mean number in flight: connections x depth, less at the edges.

    Until the last connection is asked, and again while the last replies come in, some are not in flight; how
    many is not known. With a thousand connections these edges are a tenth of a slice. A slice of little else
    is not the workload it is named after.
    """
    if data.cell.mode != "closed" or data.rounds == 0:
        return
    most = data.cell.connections * data.cell.depth
    all_asked = np.minimum(series.duration, data.cell.slice_s * 1e9) - series.ramp
    least = most * max(float(np.median(all_asked / series.duration)), 0.5)
    found = float(np.median(series.rate_per_s * series.mean_service / 1e9))
    if not least * (1 - LITTLE_TOLERANCE) <= found <= most * (1 + LITTLE_TOLERANCE):
        yield "LITTLE", f"{found:.1f} in flight, not {most}", f"rate x mean service gives {found:.1f} requests in flight where {least:.1f} to {most} are: time or messages are missing"


def unstable(data: CellData, name: str, series: Series, threads: int) -> Iterator[tuple[str, str, str]]:
    values = series.cpu_us if np.all(np.isfinite(series.cpu_us)) else series.rate_per_s
    what = "CPU per message" if values is not series.rate_per_s and np.all(np.isfinite(series.cpu_us)) else "rate"
    if len(values) < LEAST_ROUNDS or np.any(values <= 0):
        return
    change, z = trend(np.log(values))
    if abs(change) > TREND_CHANGE and abs(z) > TREND_Z:
        yield "UNSTABLE", f"trend {100 * change:+.0f} %", f"{what} drifted by {100 * change:+.0f} % over the session; ratios are within rounds and bear it, absolute figures do not"
    gap = bimodal_gap(np.log(values))
    if gap > BIMODAL_GAP:
        yield "UNSTABLE", f"two modes {100 * gap:.0f} % apart", f"{what} has two modes {100 * gap:.0f} % apart: the median stands for neither"


def trend(logs: Array) -> tuple[float, float]:
    """(Theil-Sen change over the whole series, z of Kendall's test against no trend)."""
    n = len(logs)
    first, second = np.triu_indices(n, 1)
    difference = logs[second] - logs[first]
    slope = float(np.median(difference / (second - first)))
    z = float(np.sign(difference).sum() / np.sqrt(n * (n - 1) * (2 * n + 5) / 18))
    return float(np.expm1(slope * (n - 1))), z


def bimodal_gap(logs: Array) -> float:
    """How far apart two modes lie when one split in two explains the spread, else 0.

    Each mode must hold a fifth of the rounds. For one normal mode the best split explains 64 %
    of the variance, for a uniform spread 75 %; asked for are 85 %.
    """
    ordered = np.sort(logs)
    n, total = len(ordered), float(ordered.var())
    best, gap = 0.0, 0.0
    for cut in range(max(2, n // 5), n - max(2, n // 5) + 1):
        low, high = ordered[:cut].mean(), ordered[cut:].mean()
        explained = cut * (n - cut) / n**2 * (high - low) ** 2 / total if total > 0 else 0.0
        if explained > best:
            best, gap = explained, high - low
    return float(np.expm1(gap)) if best > BIMODAL_EXPLAINED else 0.0


def noisy(data: CellData, name: str, series: Series, threads: int) -> Iterator[tuple[str, str, str]]:
    duration = series.duration.sum()
    if duration == 0:
        return
    steal = float(np.nansum(series.steal) / duration)
    if steal > STEAL_SHARE:
        yield "NOISY", f"steal {100 * steal:.1f} %", f"the hypervisor took {100 * steal:.1f} % of a core away while it was measured"
    foreign, error = foreign_share(series)
    if foreign > max(FOREIGN_SHARE, FOREIGN_Z * error):
        yield "NOISY", f"foreign CPU {100 * foreign:.0f} %", f"other work used {100 * foreign:.0f} % of a core while it was measured"


def foreign_share(series: Series) -> tuple[float, float]:
    """(cores used by other work, standard error of that); NaN when a clock was not read.

    The kernel counts the machine's busy time by looking at each tick who runs, and tells it in steps of 10 ms:
    one slice may err by a third of a core. The errors are independent, so the sum over all slices is sound
    as far as their spread says.
    """
    foreign = series.machine_busy - series.generator_cpu - series.generator_spin - series.server_cpu
    scale = np.sqrt(len(foreign)) / series.duration.sum()
    return float(foreign.sum() / series.duration.sum()), float(np.std(foreign) * scale)


def sample(data: CellData, name: str, series: Series, threads: int) -> Iterator[tuple[str, str, str]]:
    if data.rounds < LEAST_ROUNDS:
        yield "SAMPLE", f"{data.rounds} rounds", f"{data.rounds} rounds are too few to compare; {LEAST_ROUNDS} are the least"
    samples = series.histograms[data.latency()].total
    if not enough(samples, 99):
        yield "SAMPLE", f"{samples} samples", f"{samples} samples are too few for a 99th percentile; 10,000 are needed"


def errors(data: CellData, name: str, series: Series, threads: int) -> Iterator[tuple[str, str, str]]:
    if series.errors:
        yield "ERRORS", f"{series.errors} errors", f"{series.errors} requests failed"
    lost = float(np.nansum(series.timed_out))
    if lost:
        yield "ERRORS", f"{lost:.0f} timed out", f"{lost:.0f} requests were never answered in time"


def unfair(data: CellData, name: str, series: Series, threads: int) -> Iterator[tuple[str, str, str]]:
    """In a closed loop all connections ask equally often; some getting half as many answers is the server's choice."""
    if data.cell.mode != "closed" or data.rounds == 0:
        return
    least, most = float(np.nanmedian(series.fair_min)), float(np.nanmedian(series.fair_max))
    if most > 2 * least + 4:
        yield "UNFAIR", f"{least:.0f} to {most:.0f} per connection", f"connections got between {least:.0f} and {most:.0f} replies in the same slice"


CHECKS: tuple[Check, ...] = (client_bound, little, unstable, noisy, sample, errors, unfair)


def unavailable(reasons: dict[str, str]) -> list[Flag]:
    return [Flag("UNAVAILABLE", None, name, "exit 3", f"{name} is unavailable here: {why}") for name, why in reasons.items()]


def environment(differing: list[str], with_what: str) -> list[Flag]:
    """Differences to what it is compared with, as manifest.differences() words them."""
    return [Flag("ENV", None, None, what, f"not the same as {with_what}: {what}") for what in differing]


def failures(found: list[dict]) -> list[Flag]:
    """Runs that ended with a complaint: wrong bytes are VERIFY, all else is ERRORS."""
    flags = []
    for failure in found:
        wrong = any(word in failure["text"].lower() for word in ("wrong byte", "wrong reply", "mismatch", "verify"))
        text = failure.get("death") or failure["text"]
        flags.append(Flag("VERIFY" if wrong else "ERRORS", failure["cell"], None, "run ended", f"{failure['cell']}: {text}"))
    return flags
