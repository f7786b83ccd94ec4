"""Cells made up in memory, well behaved unless a test says otherwise."""

from dataclasses import replace

import numpy as np

from experiments.runner.judge.cells import CellData, Series
from experiments.runner.judge.histogram import Merged
from experiments.runner.plan.plan import Cell, closed_cell, open_cell

ROUNDS = 40
SLICE_NS = 60e6


def histogram(value_ns: float, count: int = 200_000) -> Merged:
    return Merged(np.array([value_ns]), np.array([count], dtype=np.int64))


def series(cell: Cell, **changes: object) -> Series:
    """A server at 97 % of its core, a generator at 70 %, 5 us a message, except for `changes`."""
    n = ROUNDS
    duration = np.full(n, SLICE_NS)
    cost = 5000 * np.random.default_rng(1).normal(1, 0.01, n)
    messages = np.round(0.97 * duration / cost)
    in_flight = cell.connections * cell.depth
    fields: dict[str, object] = {
        "begin_s": np.arange(n) * 0.3,
        "duration": duration,
        "ramp": np.zeros(n),
        "messages": messages,
        "server_cpu": messages * cost,
        "generator_cpu": 0.7 * duration,
        "generator_spin": np.zeros(n),
        "machine_busy": messages * cost + 0.7 * duration,
        "steal": np.zeros(n),
        "mean_service": in_flight * duration / messages,
        "p99": in_flight * duration / messages * 2,
        "undisturbed": np.full(n, np.nan),
        "counted": np.full(n, np.nan),
        "lag_p99": np.full(n, np.nan),
        "scheduled": np.full(n, np.nan),
        "in_time": np.full(n, np.nan),
        "timed_out": np.full(n, np.nan),
        "fair_min": np.floor(messages / cell.connections),
        "fair_max": np.ceil(messages / cell.connections),
        "histograms": {
            "service": histogram(5e5),
            "response": histogram(5e5),
            "send_lag": histogram(1e4),
            "undisturbed": histogram(5e5),
        },
        "errors": 0,
    }
    return Series(**{**fields, **changes})


def closed(**changes: object) -> CellData:
    cell = replace(closed_cell("echo", 100, 1, 68), slice_s=SLICE_NS / 1e9)
    return CellData(
        cell,
        np.repeat(np.arange(8), ROUNDS // 8),
        np.arange(ROUNDS),
        {"s": series(cell, **changes)},
    )


def offered(rate: int = 20_000, **changes: object) -> CellData:
    """An open loop whose server is busy for half of its core."""
    cell = replace(open_cell("echo", 100, 68, rate), slice_s=SLICE_NS / 1e9)
    scheduled = np.full(ROUNDS, rate * SLICE_NS / 1e9)
    fields = {
        "scheduled": scheduled,
        "messages": scheduled,
        "in_time": scheduled,
        "counted": scheduled,
        "undisturbed": 0.9 * scheduled,
        "lag_p99": np.full(ROUNDS, 1e4),
        "server_cpu": np.full(ROUNDS, 0.5 * SLICE_NS),
    }
    fields |= {"machine_busy": np.full(ROUNDS, 1.2 * SLICE_NS), **changes}
    return CellData(
        cell, np.repeat(np.arange(8), ROUNDS // 8), np.arange(ROUNDS), {"s": series(cell, **fields)}
    )
