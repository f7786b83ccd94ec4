"""A load generator that sends nothing: connects to its targets and makes up what it measured.

behaviour.json beside it, under "loadgen": cost (factor by target), noise, drift, slow_s (real time
per slice), wrong_byte (true: fails as the real one does), steal, stalled (share of the requests of
an open loop that stalls disturb), breaks_at (rate at which a search finds its end, before cost).
All figures follow from the seed.
"""

import base64
import json
import random
import signal
import socket
import struct
import sys
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TextIO

HERE = Path(sys.argv[0]).resolve()
VALUES = {"-c": 100, "-s": 68, "--depth": 1, "--rounds": 5, "--seed": 1, "-R": 0, "--idle": 0}
VALUES |= {"--trials": 20}
DURATIONS = {"--slice": 100_000_000, "--lead-in": 0, "--spin": 0, "--watch-period": 0}
TEXTS = {"--between": "", "--watch-cpus": "", "--hlog": ""}
COST_NS = 5000
BREAKS_AT = 90_000


class Interrupted(Exception):
    pass


@dataclass
class Target:
    address: tuple[str, int]
    charged: bool


def stop(*_: object) -> None:
    raise Interrupted


def parse(words: list[str]) -> tuple[dict, dict[str, Target]]:
    found, targets = VALUES | DURATIONS | TEXTS, {}
    units = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9}
    for key, value in zip(words, words[1:]):
        if key in VALUES:
            found[key] = int(value)
        elif key in TEXTS:
            found[key] = value
        elif key in DURATIONS:
            unit = next(u for u in ("ns", "us", "ms", "s") if value.endswith(u))
            found[key] = int(value.removesuffix(unit)) * units[unit]
        elif key == "--target":
            name, _, rest = value.partition("=")
            address, _, pid = rest.partition(",")
            host, _, port = address.rpartition(":")
            targets[name] = Target((host.strip("[]"), int(port)), pid.startswith("pid="))
    return found, targets


def latencies(mean: float, count: int) -> dict:
    shape = {"mean": 1, "p50": 0.95, "p90": 1.3, "p99": 2, "p999": 4, "max": 6}
    return {"count": count, **{f"{key}_ns": int(mean * factor) for key, factor in shape.items()}}


def histogram(mean: float, count: int) -> list[list[int]]:
    steps = ((0.7, 0.1), (0.95, 0.5), (1.2, 0.3), (1.8, 0.089), (3, 0.01), (5, 0.001))
    return [[int(mean * factor), int(count * share)] for factor, share in steps]


def encoded(pairs: list[list[int]]) -> str:
    """A histogram as an HdrHistogram V2 log has it: runs of empty buckets, and counts."""
    numbers, at = b"", 0
    for value, count in pairs:
        width = max(0, value.bit_length() - 11)
        place = 1024 * width + (value >> width)
        numbers += varint(at - place) * (place > at) + varint(count)
        at = place + 1
    head = struct.pack(">IIIIQQd", 0x1C849313, len(numbers), 0, 3, 1, 2**42, 1)
    packed = zlib.compress(head + numbers)
    return base64.b64encode(struct.pack(">II", 0x1C849314, len(packed)) + packed).decode()


def varint(number: int) -> bytes:
    rest, found = 2 * number if number >= 0 else -2 * number - 1, bytearray()
    while rest >= 0x80:
        found.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*found, rest])


class Fake:
    def __init__(self) -> None:
        self.behaviour = json.loads((HERE.parent / "behaviour.json").read_text()).get("loadgen", {})
        self.numbers, self.targets = parse(sys.argv[1:])
        self.slice_ns = self.numbers["--slice"]
        self.log = self.open_log(self.numbers["--hlog"])
        self.random = random.Random(self.numbers["--seed"])
        self.begin_ns, self.totals = 0, dict.fromkeys(self.targets, 0)

    def open_log(self, name: str) -> TextIO | None:
        if not name:
            return None
        Path(name).parent.mkdir(exist_ok=True)
        return open(name, "w")

    def connected(self) -> dict[str, socket.socket]:
        return {name: socket.create_connection(one.address) for name, one in self.targets.items()}

    def search(self) -> int:
        """Every trial at the rate it is about to find, and that within what it was told."""
        low, _, high = (self.numbers["--between"] or "1:1e9").partition(":")
        sockets, found = self.connected(), {}
        try:
            for number in range(self.numbers["--trials"]):
                for name in self.targets:
                    time.sleep(self.behaviour.get("slow_s", 0))
                    self.check(name, sockets[name])
                    cost = self.behaviour.get("cost", {}).get(name, 1)
                    rate = self.behaviour.get("breaks_at", BREAKS_AT) / cost
                    found[name] = min(max(rate, float(low)), float(high))
                    self.trial(number, name, found[name])
        except Interrupted:
            return 130
        for name, rate in found.items():
            rate *= self.random.gauss(1, self.behaviour.get("noise", 0.01))
            told = {"median": rate, "low": 0.97 * rate, "high": 1.03 * rate}
            objective = {"percentile": 99, "limit_ns": 1_000_000}
            self.say(
                "result",
                target=name,
                objective=objective,
                rate_per_s=told,
                trials=self.numbers["--trials"],
                client_bound_trials=0,
            )
        return 0

    def trial(self, number: int, name: str, rate: float) -> None:
        messages = int(rate * self.slice_ns / 1e9)
        self.say(
            "trial",
            target=name,
            trial=number,
            rate_per_s=rate,
            kept=number % 2 == 0,
            messages=messages,
            duration_ns=self.slice_ns,
            skipped=0,
            timed_out=0,
            response=latencies(400_000, messages),
            undisturbed=latencies(400_000, messages),
            send_lag=latencies(900, messages),
        )

    def run(self) -> int:
        sockets = self.connected()
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
            histograms = {"service": histogram(self.service(), total)}
            if rate:
                histograms["response"] = histogram(self.service(), total)
                histograms["undisturbed"] = histogram(self.service(), self.left_of(total))
                histograms["send_lag"] = [[900, total]]
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

    def left_of(self, messages: int) -> int:
        return int(messages * (1 - self.behaviour.get("stalled", 0)))

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
        counted_ns = self.slice_ns - self.numbers["--lead-in"]
        messages = int(counted_ns * rate / 1e9) if rate else int(self.slice_ns / cost)
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
            mean = self.service() * cost / COST_NS
            line |= self.apart_from_stalls(name, mean, messages)
        self.begin_ns += self.slice_ns
        self.say("slice", **line)

    def apart_from_stalls(self, name: str, mean: float, messages: int) -> dict:
        left = self.left_of(messages)
        if self.log:
            begin_s, length_s = self.begin_ns / 1e9, self.slice_ns / 1e9
            for tag, count in ((name, messages), (f"{name}/undisturbed", left)):
                text = encoded(histogram(mean, count))
                print(f"Tag={tag},{begin_s:.3f},{length_s:.3f},1,{text}", file=self.log, flush=True)
        stalls = [[1_000_000, 300_000]] if left < messages else []
        return {
            "undisturbed": latencies(mean, left),
            "generator_stalls": stalls,
            "server_stalls": stalls if self.numbers["--watch-cpus"] else None,
        }

    def say(self, kind: str, **fields: object) -> None:
        print(json.dumps({"schema": 1, "kind": kind, **fields}), flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, stop)
    fake = Fake()
    sys.exit(fake.search() if sys.argv[1] == "search" else fake.run())
