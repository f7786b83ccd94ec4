"""What a load generator has to do with: a clock, and a server to which it can send requests.

In the tests both are simulated, and nobody waits; given/sockets.py is the real world.
"""

from dataclasses import dataclass
from typing import Protocol


class World(Protocol):
    """One thread's view. All times are in seconds."""

    def monotonic(self) -> float:
        """A clock that only ever goes forward, at one speed. What it counts from is unknown."""

    def time(self) -> float:
        """The time of day, since 1970. People and NTP set it: it may jump, in both directions."""

    def send(self, request: int) -> None:
        """Sends a request. `request` is a number of yours, each used once.

        Blocks while there is no room: a server that does not read fills its connections.
        """

    def wait(self, until: float) -> int | None:
        """The number of a request whose reply is there; if none is, waits until one comes.

        None if none has come by `until`, a time of monotonic(). With an `until` that is over it
        does not wait. A timer is never early, but it may be late.
        """


@dataclass(frozen=True)
class Window:
    """What is measured: the requests due in `seconds`, after `warm_up_s` that do not count.

    Once that time is over no request is due any more. One that was due before, and is late, is
    sent all the same: whoever wanted it waits already. Replies are waited for until `patience_s`
    after that time, however late the last request was.
    """

    seconds: float
    warm_up_s: float = 0.0
    patience_s: float = 10.0


@dataclass(frozen=True)
class Sample:
    """One request, in times of monotonic(). `replied` is False if it was given up at `ended`.

    `intended`: when a user would have sent it. `sent`: when the generator came to do so, noted
    before it calls World.send(), which may block.
    """

    intended: float
    sent: float
    ended: float
    replied: bool = True

    @property
    def response_s(self) -> float:
        """What a user sees."""
        return self.ended - self.intended

    @property
    def service_s(self) -> float:
        """What the server seems to take, for who looks only from sending on."""
        return self.ended - self.sent


@dataclass(frozen=True)
class Run:
    """The samples of a window, in the order in which they were sent.

    `date`: the time of day at its begin, for whoever finds the result in a year.
    """

    date: float
    samples: tuple[Sample, ...]
