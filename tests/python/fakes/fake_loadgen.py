"""A load generator that sends nothing: connects to its targets and makes up what it measured.

behaviour.json beside it, under "loadgen": cost (factor by target), noise, drift, slow_s (real time
per slice), wrong_byte (true: fails as the real one does), steal. All figures follow from the seed.
"""

import json
import random
import signal
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

HERE = Path(sys.argv[0]).resolve()
VALUES = {"-c": 100, "-s": 68, "--depth": 1, "--rounds": 5, "--seed": 1, "-R": 0, "--idle": 0}
COST_NS = 5000


class Interrupted(Exception):
    pass


@dataclass
class Target:
    address: tuple[str, int]
    charged: bool


def stop(*_: object) -> None:
    raise Interrupted


def parse(words: list[str]) -> tuple[dict, dict[str, Target], int]:
    numbers, targets, slice_ns = dict(VALUES), {}, 100_000_000
    units = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9}
    for key, value in zip(words, words[1:]):
        if key in VALUES:
            numbers[key] = int(value)
        elif key == "--slice":
            unit = next(u for u in ("ns", "us", "ms", "s") if value.endswith(u))
            slice_ns = int(value.removesuffix(unit)) * units[unit]
        elif key == "--target":
            name, _, rest = value.partition("=")
            address, _, pid = rest.partition(",")
            host, _, port = address.rpartition(":")
            targets[name] = Target((host.strip("[]"), int(port)), pid.startswith("pid="))
    return numbers, targets, slice_ns


def latencies(mean: float, count: int) -> dict:
    shape = {"mean": 1, "p50": 0.95, "p90": 1.3, "p99": 2, "p999": 4, "max": 6}
    return {"count": count, **{f"{key}_ns": int(mean * factor) for key, factor in shape.items()}}


def histogram(mean: float, count: int) -> list[list[int]]:
    steps = ((0.7, 0.1), (0.95, 0.5), (1.2, 0.3), (1.8, 0.089), (3, 0.01), (5, 0.001))
    return [[int(mean * factor), int(count * share)] for factor, share in steps]


class Fake:
    def __init__(self) -> None:
        self.behaviour = json.loads((HERE.parent / "behaviour.json").read_text()).get("loadgen", {})
        self.numbers, self.targets, self.slice_ns = parse(sys.argv[1:])
        self.random = random.Random(self.numbers["--seed"])
        self.begin_ns, self.totals = 0, dict.fromkeys(self.targets, 0)

    def run(self) -> int:
        sockets = {
            name: socket.create_connection(target.address) for name, target in self.targets.items()
        }
        n, rate = self.numbers, self.numbers["-R"]
        self.say(
            "run",
            seed=n["--seed"],
            protocol="echo",
            connections=n["-c"],
            idle=n["--idle"],
            size=n["-s"],
            depth=n["--depth"],
            slice_ns=self.slice_ns,
            rounds=n["--rounds"],
            mode="open" if rate else "closed",
            rate_per_s=rate or None,
            targets=list(self.targets),
        )
        interrupted = False
        try:
            for number in range(n["--rounds"]):
                self.round(number, sockets)
        except Interrupted:
            interrupted = True
        for name, total in self.totals.items():
            kinds = ("service", "response", "send_lag") if rate else ("service",)
            histograms = {
                kind: histogram(self.service(), total) if kind != "send_lag" else [[900, total]]
                for kind in kinds
            }
            self.say(
                "summary",
                target=name,
                messages=total,
                errors=0,
                interrupted=interrupted,
                histograms=histograms,
            )
        return 130 if interrupted else 0

    def service(self) -> float:
        return self.numbers["-c"] * self.numbers["--depth"] * COST_NS

    def round(self, number: int, sockets: dict[str, socket.socket]) -> None:
        order = list(self.targets)
        self.random.shuffle(order)
        for position, name in enumerate(order):
            time.sleep(self.behaviour.get("slow_s", 0))
            self.check(name, sockets[name])
            self.slice(number, position, name)

    def check(self, name: str, peer: socket.socket) -> None:
        if self.behaviour.get("wrong_byte"):
            self.fail(name, "connection 3: wrong byte in reply 7 at offset 11", wrong_reply=True)
        peer.setblocking(False)
        try:
            if peer.recv(1) == b"":
                self.fail(name, "connection 0: closed by the server")
        except BlockingIOError:
            pass

    def fail(self, name: str, what: str, wrong_reply: bool = False) -> NoReturn:
        self.say("complaint", target=name, wrong_reply=wrong_reply, text=what)
        raise SystemExit(f"loadgen: target {name}: {what}")

    def slice(self, number: int, position: int, name: str) -> None:
        drift = 1 + self.behaviour.get("drift", 0) * self.begin_ns / 1e10
        noise = self.random.gauss(1, self.behaviour.get("noise", 0.01))
        cost = COST_NS * self.behaviour.get("cost", {}).get(name, 1) * drift * noise
        rate = self.numbers["-R"]
        messages = int(self.slice_ns * rate / 1e9) if rate else int(self.slice_ns / cost)
        self.totals[name] += messages
        service = latencies(self.service() * cost / COST_NS, messages)
        busy_ns = int(self.slice_ns * 0.7)
        each = messages // self.numbers["-c"]
        line = {
            "round": number,
            "position": position,
            "target": name,
            "begin_ns": self.begin_ns,
            "duration_ns": self.slice_ns,
            "messages": messages,
            "server_cpu_ns": int(cost * messages) if self.targets[name].charged else None,
            "generator_cpu_ns": busy_ns,
            "generator_spin_ns": 0,
            "generator_busiest_ns": busy_ns,
            "machine_busy_ns": int(self.slice_ns * 0.7 + cost * messages),
            "steal_ns": int(self.slice_ns * self.behaviour.get("steal", 0)),
            "service": service,
            "fairness": {"min_messages": each, "max_messages": each + 1},
        }
        if rate:
            line |= {"response": service, "send_lag": latencies(900, messages)}
            line |= {"scheduled": messages, "in_time": messages}
            line |= {"late": 0, "skipped": 0, "timed_out": 0}
        self.begin_ns += self.slice_ns
        self.say("slice", **line)

    def say(self, kind: str, **fields: object) -> None:
        print(json.dumps({"schema": 1, "kind": kind, **fields}), flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, stop)
    sys.exit(Fake().run())
