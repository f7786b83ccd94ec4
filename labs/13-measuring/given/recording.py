"""What was recorded of one experiment: see README.md, "The recording"."""

import csv
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

RECORDED = Path(__file__).with_name("recorded.csv")
LOOPS = ("closed", "open")
QUANTILES = ("p50", "p90", "p99")
CONTROL = "#control"  # ends the name of the reference where it takes part once more


@dataclass(frozen=True)
class Slice:
    """One contestant in one round. Slices of one loop and one round were taken within seconds.

    `latency_us`: response time in microseconds, by quantile. `rate_per_s`: replies per second.
    """

    loop: str
    contestant: str
    round: int
    rate_per_s: float
    latency_us: dict[str, float]


def read_recording(file: Path = RECORDED) -> list[Slice]:
    """In the order in which they were measured. `file`: as write_recording() leaves it."""
    with file.open(encoding="utf-8", newline="") as lines:
        return [_slice_of(row) for row in csv.DictReader(lines)]


def read_results(folder: Path) -> list[Slice]:
    """The same from a results folder of ./iolab run, without the A/A control."""
    with (folder / "slices.jsonl").open(encoding="utf-8") as lines:
        return list(_slices_of(json.loads(line) for line in lines))


def write_recording(slices: Sequence[Slice], file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="") as lines:
        table = csv.writer(lines, lineterminator="\n")
        names = [f"{name}_us" for name in QUANTILES]
        table.writerow(["loop", "contestant", "round", "rate_per_s", *names])
        for one in slices:
            latency = [f"{one.latency_us[name]:.1f}" for name in QUANTILES]
            row = [one.loop, one.contestant, one.round, f"{one.rate_per_s:.0f}", *latency]
            table.writerow(row)


def _slice_of(row: dict[str, str]) -> Slice:
    latency_us = {name: float(row[f"{name}_us"]) for name in QUANTILES}
    rate_per_s = float(row["rate_per_s"])
    return Slice(row["loop"], row["contestant"], int(row["round"]), rate_per_s, latency_us)


def _slices_of(record: Iterator[dict]) -> Iterator[Slice]:
    """Rounds are counted anew after each start of the servers; here they go on."""
    seen: Counter[tuple[str, str]] = Counter()
    for line in record:
        if line["kind"] != "slice" or line["target"].endswith(CONTROL):
            continue
        loop = "open" if "scheduled" in line else "closed"
        number = seen[loop, line["target"]]
        seen[loop, line["target"]] += 1
        # In a closed loop a request is intended when it is sent: response is service.
        latency = line["response"] if loop == "open" else line["service"]
        latency_us = {name: latency[f"{name}_ns"] / 1000 for name in QUANTILES}
        rate_per_s = line["messages"] / line["duration_ns"] * 1e9
        yield Slice(loop, line["target"], number, rate_per_s, latency_us)
