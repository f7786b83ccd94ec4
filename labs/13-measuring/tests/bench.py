"""Runs the student's loops in a simulated world and tells what they are asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from simulation import MONOTONIC_BEGIN, MS, Server, SimulatedWorld
from world import Run, Sample, Window

from machine.python.story import Story

TEN_SECONDS = Window(seconds=10.0)
RATE_PER_S = 1000
DUE = [number / RATE_PER_S for number in range(10 * RATE_PER_S)]  # in TEN_SECONDS
P99_OF_10000 = 9_900  # the rank


def seconds_text(seconds: float) -> str:
    return f"{seconds:g} s" if seconds >= 1 else f"{seconds / MS:g} ms"


@dataclass
class Bench:
    """One world, and the student's loops.py in it."""

    story: Story
    server: Server
    told: str
    room: int = 1_000_000
    blocks: float = 0.0
    late: float = 0.0
    step: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        self.story.step(f"a server that {self.told}")
        self.world = SimulatedWorld(
            self.story, self.server, self.room, self.blocks, self.late, self.step
        )

    def closed(self, clients: int, window: Window) -> Run:
        what = "1 client" if clients == 1 else f"{clients} clients"
        self.story.step(f"your closed_loop(): {what}, {_told(window)}")
        return self._checked(
            lambda: import_module("loops").closed_loop(self.world, clients, window)
        )

    def open(self, due: Sequence[float], window: Window) -> Run:
        self.story.step(f"your open_loop(): {len(due):,} requests are due, {_told(window)}")
        return self._checked(lambda: import_module("loops").open_loop(self.world, due, window))

    def _checked(self, loop: Callable[[], Any]) -> Run:
        run = loop()
        self.story.step(f"it sends {self.world.requests:,} requests and ends after {self.ended}")
        self.story.expect_that(isinstance(run, Run), "it returns a Run", f"{type(run).__name__}")
        self.story.step(f"it gives {len(run.samples):,} samples{_range(run.samples)}")
        self.story.expect_that(bool(run.samples), "there are samples", "there are none")
        return run

    @property
    def ended(self) -> str:
        return seconds_text(round(self.world.now, 6))


def _told(window: Window) -> str:
    warm_up = f" after {seconds_text(window.warm_up_s)} of warm-up" if window.warm_up_s else ""
    return f"{seconds_text(window.seconds)}{warm_up}"


def _range(samples: Sequence[Sample]) -> str:
    if not samples:
        return ""
    least, *_, most = sorted([samples[0].response_s, *(one.response_s for one in samples)])
    return (
        f", response times from {seconds_text(round(least, 6))} to {seconds_text(round(most, 6))}"
    )


def at_rank(run: Run, rank: int) -> float:
    """The test's own: of exactly as many samples as the test has counted before."""
    return sorted(sample.response_s for sample in run.samples)[rank - 1]


def began(time: float) -> float:
    """A time of monotonic(), from the beginning of the world on."""
    return time - MONOTONIC_BEGIN
