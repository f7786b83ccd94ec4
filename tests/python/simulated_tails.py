"""Whole sessions of open loops made up from a queue, with a machine that drifts and stalls.

Servers answer in the order of arrival, each request after a time that hardly varies; arrivals are
Poisson's and the same for all contestants of a round. Times are microseconds.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from experiments.runner.judge.cells import LEAST_FOR_P99
from experiments.runner.judge.tails import _groups, _p999
from experiments.runner.judge.values import Values
from experiments.runner.plan.margins import Quantity
from experiments.runner.plan.plan import TRIALS

SLICE_US, LEAD_IN_US = 7000.0, 2000.0
RATE_PER_S, SERVICE_US, PATH_US = 70_000, 9.5, 13.0
REQUESTS = 560
EPOCHS = 8
DRIFT, BETWEEN_EPOCHS = 0.25, 0.02
# As the generator's stalls.hpp has them.
AHEAD_US, AFTER_US, TIMES = 500.0, 1000.0, 5.0


@dataclass(frozen=True)
class Machine:
    """How often something that should run does not, for longer than 100 us; in some seconds
    `burst` times as often. `detected` of these are told. One in ten is longer than 1 ms."""

    stalls_per_s: tuple[float, float] = (5, 20)
    bursts: float = 0.0
    burst: float = 10.0
    detected: float = 0.7
    longest_us: float = 20_000


QUIET = Machine()
BUSY = Machine(bursts=0.3)
IDEAL = Machine(stalls_per_s=(0, 0))


@dataclass(frozen=True)
class Server:
    """Blocks for `delay_us` at every so many requests."""

    every: int = 0
    delay_us: float = 150.0


EQUAL = Server()


@dataclass(frozen=True)
class Session:
    """What the judge would have of it: p99 of each slice, undisturbed latencies of each."""

    epochs: np.ndarray
    p99: dict[str, np.ndarray]
    slices: dict[str, list[tuple[np.ndarray, np.ndarray]]]

    def tail(self) -> Values:
        return Values(Quantity.P99, self.epochs, self.p99)

    def far_tail(self) -> Values:
        groups, of = self._groups()
        p999 = {
            name: np.array([_p999(slices[a:b]) for a, b in groups])
            for name, slices in self.slices.items()
        }
        return Values(Quantity.P999, np.array(of, dtype=np.int64), p999)

    def _groups(self) -> tuple[list[tuple[int, int]], list[int]]:
        groups, of = [], []
        for epoch in np.unique(self.epochs):
            mine = np.flatnonzero(self.epochs == epoch)
            first, end = int(mine[0]), int(mine[-1]) + 1
            found = _groups({name: slices[first:end] for name, slices in self.slices.items()})
            groups += [(first + a, first + b) for a, b in found]
            of += [int(epoch)] * len(found)
        return groups, of


def session(
    rng: np.random.Generator,
    servers: dict[str, Server],
    machine: Machine,
    rounds: int,
    extra_stall_us: float = 0.0,
    between_epochs: float = BETWEEN_EPOCHS,
) -> Session:
    """One measurement. `extra_stall_us` is put into one slice in twenty, of all alike."""
    epochs = np.arange(rounds) * EPOCHS // rounds
    gaps = rng.standard_exponential((rounds, REQUESTS), dtype=np.float32) * (1e6 / RATE_PER_S)
    due = np.cumsum(gaps, axis=1)
    slots = rng.permuted(np.tile(np.arange(len(servers)), (rounds, 1)), axis=1)
    rate = rng.uniform(*machine.stalls_per_s) if machine.stalls_per_s[1] else 0.0
    period_s, phase = rng.uniform(2, 10), rng.uniform(0, 2 * np.pi)
    round_s = len(servers) * SLICE_US / 1e6
    burst = rng.random(int(rounds * round_s) + 1) < machine.bursts
    struck = np.flatnonzero(rng.random(rounds) < 0.05) if extra_stall_us else np.empty(0, int)
    p99, latencies = {}, {}
    for place, (name, server) in enumerate(servers.items()):
        when_s = np.arange(rounds) * round_s + slots[:, place] * SLICE_US / 1e6
        speed = 1 + DRIFT / 2 * np.sin(2 * np.pi * when_s / period_s + phase)
        per_s = rate * np.where(burst[when_s.astype(int)], machine.burst, 1)
        stalls = _stalls(rng, machine, per_s, struck, extra_stall_us)
        effect = np.exp(rng.normal(0, between_epochs, EPOCHS))[epochs]
        work = _work(rng, server, speed)
        counted = (due >= LEAD_IN_US) & (due < SLICE_US)
        for row, begin, length, seen in zip(*stalls):
            line = due[row]
            work[row, min(np.searchsorted(line, begin), REQUESTS - 1)] += length
            if seen:
                over = begin + TIMES * length + AFTER_US
                counted[row] &= (line < begin - AHEAD_US) | (line > over)
        took = _took(due, work) * effect[:, None].astype(np.float32)
        p99[name], latencies[name] = _of_slices(took, counted)
    return Session(epochs, p99, latencies)


def _stalls(
    rng: np.random.Generator,
    machine: Machine,
    per_s: np.ndarray,
    struck: np.ndarray,
    extra_us: float,
) -> tuple[np.ndarray, ...]:
    """(round, begin since that of the slice, length, whether it is told) of each stall."""
    counts = rng.poisson(per_s * SLICE_US / 1e6)
    row = np.concatenate((np.repeat(np.arange(len(per_s)), counts), struck))
    begin = rng.uniform(0, SLICE_US, len(row))
    length = np.minimum(100 / rng.uniform(1e-9, 1, len(row)), machine.longest_us)
    length[counts.sum() :] = extra_us
    return row, begin, length, rng.random(len(row)) < machine.detected


def _work(rng: np.random.Generator, server: Server, speed: np.ndarray) -> np.ndarray:
    """What each request costs."""
    shape = (len(speed), REQUESTS)
    work = (rng.uniform(0.8, 1.2, shape).astype(np.float32)) * SERVICE_US
    if server.every:
        first = rng.integers(0, server.every)
        flat = work.reshape(-1)
        flat[first :: server.every] += server.delay_us
    return work * speed[:, None].astype(np.float32)


def _took(due: np.ndarray, work: np.ndarray) -> np.ndarray:
    """Lindley: each begins when it is due and the one before it is done."""
    done = np.cumsum(work, axis=1)
    waiting_since = np.maximum.accumulate(due - (done - work), axis=1)
    return done + waiting_since - due + np.float32(PATH_US)


def _of_slices(
    took: np.ndarray, counted: np.ndarray
) -> tuple[np.ndarray, list[tuple[np.ndarray, np.ndarray]]]:
    ordered = np.sort(np.where(counted, took, np.float32(np.inf)), axis=1)
    number = counted.sum(axis=1)
    rank = np.ceil(0.99 * number - 1e-9).astype(int).clip(1)
    p99 = np.where(number >= LEAST_FOR_P99, ordered[np.arange(len(took)), rank - 1], np.nan)
    ones = np.ones(REQUESTS, np.int64)
    return p99.astype(float), [(row[:n], ones[:n]) for row, n in zip(ordered, number)]


def searched(
    rng: np.random.Generator, names: tuple[str, str], ratio: float, mishaps: float, sessions: int
) -> Iterator[Values]:
    """The breaking loads of many sessions, the second's by that ratio of the first's.

    Each is searched as the generator does it: every trial at the median of what is believed, with
    that steepness and 5 % of mishaps, of which there are `mishaps`; most of these are stalls, which
    break an objective and never keep one. The machine drifts; trials of both are close in time.
    """
    candidates = np.exp(np.arange(np.log(0.4), np.log(1.8), np.log(1.01)))
    period, phase = rng.uniform(20, 100, sessions), rng.uniform(0, 2 * np.pi, sessions)
    shape = (sessions, EPOCHS, 2)
    effect = np.exp(rng.normal(0, BETWEEN_EPOCHS, shape)) * np.array([1.0, ratio])
    weights = np.ones((*shape, len(candidates)))
    epoch = np.arange(EPOCHS)
    for trial in range(TRIALS):
        rate = _median(weights, candidates)
        when = (epoch * TRIALS + trial)[None, :] / period[:, None] + phase[:, None]
        answer = effect * (1 + DRIFT / 2 * np.sin(2 * np.pi * when))[..., None]
        clean = rng.random(shape) < 1 / (1 + (rate / answer) ** 30)
        kept = np.where(rng.random(shape) < mishaps, rng.random(shape) < 0.1, clean)
        chance = 0.05 + 0.9 / (1 + (rate[..., None] / candidates) ** 45)
        weights *= np.where(kept[..., None], chance, 1 - chance)
    found = _median(weights, candidates)
    for one in found:
        yield Values(Quantity.BREAKING_LOAD, epoch, dict(zip(names, one.T)))


def _median(weights: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    below = np.cumsum(weights, axis=-1) / weights.sum(axis=-1, keepdims=True)
    return candidates[(below < 0.5).sum(axis=-1).clip(0, len(candidates) - 1)]
