"""The numbers behind analysis_fixture: plausible rates, costs and latencies, all from one seed."""

from __future__ import annotations

import math
from typing import Any

import numpy

# name, pattern, written, engine, CPU us per message of an echo, system calls per message
ROSTER = [
    ("reactor-libevent", "reactor", "libevent, raw events", "epoll", 5.0, 2.1),
    ("reactor-epoll", "reactor", "from scratch", "epoll", 4.97, 2.05),
    ("reactor-bufferevent", "reactor", "libevent, bufferevents", "epoll", 7.5, 3.2),
    ("proactor-asio", "proactor", "Boost.Asio callbacks", "io_uring", 5.85, 1.3),
    ("proactor-uring", "proactor", "from scratch, one-shot", "io_uring", 4.85, 0.4),
    ("proactor-uring-multishot", "proactor", "from scratch, buffer ring", "io_uring", 4.75, 0.3),
    ("emulated-asio", "emulated", "Boost.Asio callbacks", "epoll", 5.12, 5.0),
    ("emulated-epoll", "emulated", "from scratch, over our Reactor", "epoll", 5.06, 2.2),
    ("proactor-asio-coroutine", "proactor", "Boost.Asio co_await", "io_uring", 6.2, 1.3),
    ("emulated-asio-coroutine", "emulated", "Boost.Asio co_await", "epoll", 5.3, 5.0),
    ("thread-per-connection", "baseline", "from scratch", "blocking calls", 9.0, 2.0),
    ("thread-pool", "baseline", "from scratch", "blocking calls", 11.0, 4.0),
    ("half-sync-half-async", "baseline", "from scratch", "blocking calls", 12.0, 5.0),
    ("floor-epoll", "floor", "from scratch", "epoll", 4.9, 2.0),
    ("floor-uring", "floor", "from scratch", "io_uring", 4.7, 0.3),
]
CLOSED = [
    ("echo", 1, 1),
    ("echo", 10, 1),
    ("echo", 100, 1),
    ("echo", 1000, 1),
    ("framed", 100, 1),
    ("framed", 100, 16),
]
RATES = (20000.0, 50000.0, 80000.0, 120000.0)
UTILISATIONS = (0.3, 0.7, 0.95)
CAPACITY = 150000.0
"""Of the reference, messages per second: what the utilisations are shares of."""
REFERENCE = "reactor-libevent"
PERCENTILES = [0, 25, 50, 75, 90, 95, 98, 99, 99.5, 99.8, 99.9, 99.95, 99.98, 99.99, 99.995, 99.999]


def estimate(values: numpy.ndarray, width: float = 0.01) -> dict[str, float]:
    """Median with an interval of that relative half-width."""
    median = float(numpy.median(values))
    return {"median": median, "low": median * (1 - width), "high": median * (1 + width)}


def latency(p50: float, tail: float, samples: int) -> dict[str, float | None]:
    """Three percentiles of a heavy-tailed latency; p99.9 is null with too few samples."""
    return {
        "p50": p50,
        "p90": p50 * tail**0.4,
        "p99": p50 * tail,
        "p999": p50 * tail**1.8 if samples >= 100_000 else None,
    }


def spectrum(p50: float, tail: float, samples: int) -> list[list[float]]:
    """Percentile and microseconds, cut where fewer than 100 samples lie beyond."""
    shape = math.log(tail) / math.log(50)
    points = []
    for percentile in PERCENTILES:
        beyond = 1 - percentile / 100
        if beyond * samples >= 100:
            points.append(
                [
                    percentile,
                    p50 * (0.5 / beyond) ** shape
                    if beyond < 0.5
                    else p50 * (0.6 + 0.8 * (0.5 - (beyond - 0.5))),
                ]
            )
    return points


def undisturbed(seen: list[list[float]]) -> dict[str, Any]:
    """What a spectrum would be without stalls: its far end shorter, and epochs around it."""
    points = [[percentile, us * (1 - percentile / 200)] for percentile, us in seen]
    span = [[percentile, 0.8 * us, 1.3 * us] for percentile, us in points[:-2]]
    return {"undisturbed": points or None, "undisturbed_span": span}


class Generator:
    """Makes results; everything follows from the seed."""

    def __init__(self, seed: int = 1, rounds: int = 25):
        self.random = numpy.random.default_rng(seed)
        self.rounds = rounds

    def result(
        self, server: tuple, name: str, cell: dict[str, Any], drift: numpy.ndarray
    ) -> dict[str, Any]:
        """One contestant's figures in one cell."""
        _, _, _, _, cost, calls = server
        batch = 1 / (1 + 0.9 * math.log2(cell["depth"])) if cell["depth"] > 1 else 1.0
        wait = 1 + 1.5 / cell["connections"]
        cpu = cost * batch * wait * drift * (1 + self.random.normal(0, 0.01, self.rounds))
        capacity = 0.93e6 / cpu
        offered = cell["offered_per_s"]
        rate = numpy.minimum(capacity, offered) if offered else capacity / wait
        load = float(min(numpy.median(rate) / numpy.median(capacity), 0.999))
        closed_p50 = 1e6 * cell["connections"] * cell["depth"] / float(numpy.median(rate))
        p50 = 25.0 / (1 - load) ** 0.5 if offered else closed_p50
        samples = int(rate.sum() * 0.1)
        service = latency(p50, 2.2, samples)
        queue = 1 + 6 * load**4 if offered and load < 0.99 else 60.0
        tail = 2.2 * queue**0.7 if offered else 2.2
        p99s = p50 * tail * (1 + self.random.normal(0, 0.05, self.rounds))
        seen = spectrum(p50 * queue**0.3, tail, samples) if offered else None
        return {
            "contestant": name,
            "rounds": self.rounds,
            "rate_per_s": estimate(rate),
            "cpu_us": estimate(cpu),
            "achieved": float(min(1, numpy.median(capacity) / offered)) if offered else None,
            "syscalls_per_message": calls * batch * wait,
            "context_switches_per_message": 0.01 * wait,
            "service_us": service,
            "response_us": latency(p50 * queue**0.3, 2.2 * queue**0.7, samples)
            if offered
            else None,
            "send_lag_us": latency(3.0, 4.0, samples) if offered else None,
            "samples": samples,
            "server_cpu_share": 0.93 * load if offered else 0.93,
            "generator_cpu_share": 0.5,
            "counted_by": "perf",
            "pss_bytes": 2_100_000 + 300 * cell["connections"],
            "pss_per_connection_bytes": 300,
            "ratios": None,
            "p99_us": estimate(p99s, 0.04),
            "p999_us": estimate(2.5 * p99s, 0.3) if cell["utilisation"] else None,
            "seen_p99_us": estimate(6.0 * p99s, 0.8) if offered else None,
            "undisturbed_share": 0.86 if offered else None,
            "series": self.series(rate, cpu, p99s),
            "spectrum": {"service": spectrum(p50, 2.2, samples), "response": seen}
            | undisturbed(seen or []),
            "flags": [],
        }

    def series(
        self, rate: numpy.ndarray, cpu: numpy.ndarray, p99s: numpy.ndarray
    ) -> dict[str, list]:
        """The rounds of a result, two epochs."""
        count = self.rounds
        steal = numpy.clip(self.random.normal(0.004, 0.006, count), 0, 1)
        steal[count // 2] = 0.11
        return {
            "round": list(range(count)),
            "epoch": [0 if place < count // 2 else 1 for place in range(count)],
            "begin_s": [0.1 * place for place in range(count)],
            "rate_per_s": rate.tolist(),
            "cpu_us": cpu.tolist(),
            "p99_us": p99s.tolist(),
            "steal": steal.tolist(),
        }

    def cell(
        self,
        servers: list[tuple],
        protocol: str,
        connections: int,
        depth: int,
        rate: float | None,
        utilisation: float | None = None,
    ) -> dict[str, Any]:
        """One workload, every server and the control."""
        suffix = f"-r{rate:.0f}" if rate else ""
        suffix = f"-u{100 * utilisation:.0f}" if utilisation else suffix
        cell: dict[str, Any] = {
            "id": f"{protocol}-c{connections}-d{depth}{suffix}",
            "protocol": protocol,
            "connections": connections,
            "depth": depth,
            "size": 68,
            "mode": "open" if rate else "closed",
            "offered_per_s": rate,
            "utilisation": utilisation,
            "slice_s": 0.1,
        }
        drift = (
            1
            + 0.12 * numpy.sin(numpy.linspace(0, 4, self.rounds))
            + self.random.normal(0, 0.03, self.rounds)
        )
        results = [self.result(server, server[0], cell, drift) for server in servers]
        reference = [server for server in servers if server[0] == REFERENCE]
        results += [
            self.result(server, f"{REFERENCE}#control", cell, drift) for server in reference
        ]
        for result in results[1:]:
            result["ratios"] = ratios(result, results[0])
        return cell | {"results": results}


def ratios(result: dict[str, Any], to: dict[str, Any]) -> dict[str, Any]:
    """The paired ratios of a result to the reference, with a plausible interval."""
    found = {}
    for name, key in (("cost", "cpu_us"), ("rate", "rate_per_s")):
        paired = numpy.array(result["series"][key]) / numpy.array(to["series"][key])
        found[name] = ratio(float(numpy.median(paired)), 0.008)
    swap = {"faster": "slower", "slower": "faster"}
    found["rate"]["verdict"] = swap.get(found["rate"]["verdict"], found["rate"]["verdict"])
    for name, width in (("p99", 0.05), ("p999", 0.3), ("seen_p99", 0.6)):
        mine, theirs = result[f"{name}_us"], to[f"{name}_us"]
        found[name] = ratio(mine["median"] / theirs["median"], width) if mine and theirs else None
    return found


def breaking_loads(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Where each contestant of a cell breaks, one search in each of five epochs."""
    found = []
    for place, result in enumerate(results):
        rate = CAPACITY * (1.2 - 0.04 * place)
        found.append(
            {
                "cell": "echo-c100-breaking",
                "protocol": "echo",
                "connections": 100,
                "size": 68,
                "limit_us": 1000,
                "contestant": result["contestant"],
                "rate_per_s": estimate(numpy.array([rate]), 0.06),
                "by_epoch": [rate * share for share in (0.93, 0.98, 1.0, 1.03, 1.08)],
                "ratio": ratio(1 - 0.04 * place, 0.08) if result["ratios"] else None,
            }
        )
    return found


STALLS = [
    {
        "core": core,
        "watched_s": 75.0,
        "edges_us": [50, 100, 200, 500, 1000, 2000, 5000, 10000],
        "counts": counts,
        "share": share,
    }
    for core, counts, share in (
        ("generator", [9500, 4900, 3100, 930, 490, 290, 110, 0], 0.0477),
        ("servers", [6100, 3900, 2400, 1170, 630, 350, 120, 52], 0.0461),
    )
]


def heat(cell: dict[str, Any], slices: int = 30) -> dict[str, Any]:
    """Latencies over time in the first epoch of a cell: a hump that a stall lifts now and then."""
    edges = [5.0 * 10 ** (place / 10) for place in range(44)]
    count = len(cell["results"])
    columns, stalls = [], []
    for turn, result in enumerate(cell["results"]):
        middle = math.log10(result["response_us"]["p50"] / 5.0) * 10
        begins = [0.25 + 0.008 * (count * place + turn) for place in range(slices)]
        counts = []
        for place, begin in enumerate(begins):
            late = 12 if place % 9 == 4 else 0
            if late:
                stalls.append([begin + 0.002, 3000.0, "generator" if place % 2 else "servers"])
            hump = [int(400 * math.exp(-(((band - middle) / 3) ** 2))) for band in range(44)]
            far = [3 if late and middle < band < middle + late else 0 for band in range(44)]
            counts.append([near + beyond for near, beyond in zip(hump, far)])
        columns.append({"contestant": result["contestant"], "begin_s": begins, "counts": counts})
    return {"cell": cell["id"], "epoch": 0, "edges_us": edges, "columns": columns, "stalls": stalls}


def ratio(value: float, width: float) -> dict[str, Any]:
    """A ratio with its interval and the verdict the method would give at a margin of 3 %."""
    low, high = value * (1 - width), value * (1 + width)
    if low > 1.03:
        verdict = "slower"
    elif high < 0.97:
        verdict = "faster"
    elif low > 1 or high < 1:
        verdict = "small difference"
    else:
        verdict = "equivalent"
    return {
        "estimate": value,
        "low": low,
        "high": high,
        "low90": value * (1 - 0.84 * width),
        "high90": value * (1 + 0.84 * width),
        "p_adjusted": 0.001 if low > 1 or high < 1 else 0.4,
        "verdict": verdict,
        "rounds_needed": None,
    }
