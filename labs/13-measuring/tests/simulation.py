"""A world in virtual time: servers whose behaviour is known exactly, and nobody waits for real."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from math import floor

from machine.python.story import Story

MS = 1e-3
MOST_IDLE_CALLS = 10_000
MONOTONIC_BEGIN = 5_000.0
DATE = 1_700_000_000.0


@dataclass
class OneAtATime:
    """A server with one thread: in the order of arrival, each takes `service(begin)` seconds.

    It does nothing at all in `stall`, from and to.
    """

    service: Callable[[float], float]
    stall: tuple[float, float] = (0.0, 0.0)
    _free_at: float = 0.0

    def reply_at(self, arrival: float) -> float:
        begin = max(arrival, self._free_at)
        stall_begin, stall_end = self.stall
        if stall_begin <= begin < stall_end:
            begin = stall_end
        self._free_at = begin + self.service(begin)
        return self._free_at


def constant(seconds: float, stall: tuple[float, float] = (0.0, 0.0)) -> OneAtATime:
    return OneAtATime(lambda _: seconds, stall)


@dataclass
class Unlimited:
    """A server that answers everything `latency` seconds later, however much there is to do."""

    latency: float

    def reply_at(self, arrival: float) -> float:
        return arrival + self.latency


@dataclass
class Silent:
    """Answers at once until it dies, then never again."""

    dies_at: float

    def reply_at(self, arrival: float) -> float:
        return arrival + MS if arrival < self.dies_at else float("inf")


@dataclass
class Batches:
    """Answers all that has come at once, at each multiple of `every` seconds."""

    every: float

    def reply_at(self, arrival: float) -> float:
        return (floor(arrival / self.every) + 1) * self.every


Server = OneAtATime | Unlimited | Silent | Batches


class SimulatedWorld:
    """A World whose times, as told to a server, begin at 0.

    `room`: how many requests may be in flight until send() blocks. `blocks`: how long it does so
    even where there is room. `late`: how much timers are. `step`: when the time of day is set,
    and by how much.
    """

    def __init__(
        self,
        story: Story,
        server: Server,
        room: int = 1_000_000,
        blocks: float = 0.0,
        late: float = 0.0,
        step: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        self._story, self._server = story, server
        self._room, self._blocks, self._late, self._step = room, blocks, late, step
        self._now = 0.0
        self._in_flight: list[tuple[float, int]] = []  # with the time of its reply; a heap
        self._known: set[int] = set()
        self._idle_calls = 0
        self.most_in_flight = 0

    @property
    def requests(self) -> int:
        """How many were sent."""
        return len(self._known)

    @property
    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        self._idle("reads the clock")
        return MONOTONIC_BEGIN + self._now

    def time(self) -> float:
        self._idle("reads the time of day")
        at, by = self._step
        return DATE + self._now + (by if self._now >= at else 0.0)

    def send(self, request: int) -> None:
        if request in self._known:
            self._story.fail("each request has a number of its own", f"{request} is sent twice")
        if len(self._in_flight) >= self._room:
            answered = heapq.nsmallest(len(self._in_flight) - self._room + 1, self._in_flight)
            self._move_to(answered[-1][0])
        self._move_to(self._now + self._blocks)
        self._known.add(request)
        self._idle_calls = 0
        heapq.heappush(self._in_flight, (self._server.reply_at(self._now), request))
        unanswered = sum(1 for at, _ in self._in_flight if at > self._now)
        self.most_in_flight = max(self.most_in_flight, unanswered)

    def wait(self, until: float) -> int | None:
        self._idle("waits for a time that is over")
        deadline = max(self._now, until - MONOTONIC_BEGIN)
        if self._in_flight and self._in_flight[0][0] <= deadline:
            at, request = heapq.heappop(self._in_flight)
            self._move_to(at)
            self._idle_calls = 0
            return request
        if deadline == float("inf"):
            self._story.fail("somebody ends the waiting", "wait(inf), and no reply will ever come")
        if deadline > self._now:
            self._move_to(deadline + self._late)
        return None

    def _move_to(self, at: float) -> None:
        if at > self._now:
            self._now = at
            self._idle_calls = 0

    def _idle(self, what: str) -> None:
        self._idle_calls += 1
        if self._idle_calls > MOST_IDLE_CALLS:
            self._story.step(f"your loop {what}")
            self._story.fail(
                "whoever has nothing to do calls wait()",
                f"{MOST_IDLE_CALLS:,} calls while no time passed",
            )
