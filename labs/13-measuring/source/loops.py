"""Two load generators: the closed loop asks how much, the open loop asks how late."""

from collections.abc import Sequence
from random import Random

from world import Run, Sample, Window, World


def uniform(rate_per_s: float, seconds: float) -> list[float]:
    """When requests are due, in seconds from the beginning: at equal distances, the first at 0."""
    # @ solution
    return [number / rate_per_s for number in range(round(rate_per_s * seconds))]
    # @ starter
    # | return []  # TODO: step 1
    # @ end


def poisson(rate_per_s: float, seconds: float, random: Random) -> list[float]:
    """The same for users who know nothing of one another. All randomness comes from `random`.

    The first comes an exponential distance after the beginning: nobody is sure to come at 0.
    """
    # @ solution
    due, at = [], random.expovariate(rate_per_s)
    while at < seconds:
        due.append(at)
        at += random.expovariate(rate_per_s)
    return due
    # @ starter
    # | return []  # TODO: step 1
    # @ wrong first-at-zero
    # | due, at = [], 0.0
    # | while at < seconds:
    # |     due.append(at)
    # |     at += random.expovariate(rate_per_s)
    # | return due
    # @ end


class Book:
    """What has been sent and what has come back. The window is known from the beginning on."""

    def __init__(self, world: World, window: Window) -> None:
        self._world = world
        self._window = window
        self.date = world.time()
        self.begin = world.monotonic()
        self.end = self.begin + window.warm_up_s + window.seconds
        # @ solution
        self._sent: dict[int, tuple[float, float]] = {}
        self._ended: dict[int, float] = {}
        # @ starter
        # @ end

    def send(self, intended: float) -> None:
        """Sends the next request."""
        # @ solution
        request = len(self._sent)
        # Before sending, which may block: for a user that is waiting already.
        self._sent[request] = (intended, self._world.monotonic())
        self._world.send(request)
        # @ starter
        # | # TODO: step 2
        # @ wrong counts-from-sending
        # | request = len(self._sent)
        # | now = self._world.monotonic()
        # | self._sent[request] = (now, now)
        # | self._world.send(request)
        # @ wrong sent-when-send-returns
        # | request = len(self._sent)
        # | self._world.send(request)
        # | self._sent[request] = (intended, self._world.monotonic())
        # @ end

    def collect(self, until: float) -> bool:
        """Waits for one reply and notes it. False if none has come by then."""
        # @ solution
        request = self._world.wait(until)
        if request is None:
            return False
        self._ended[request] = self._world.monotonic()
        return True
        # @ starter
        # | return False  # TODO: step 2
        # @ wrong wall-clock
        # | request = self._world.wait(until)
        # | if request is None:
        # |     return False
        # | self._ended[request] = self.begin + self._world.time() - self.date
        # | return True
        # @ end

    def close(self) -> Run:
        """Waits for what is still in flight, then gives the samples of the window."""
        # @ solution
        given_up = self.end + self._window.patience_s
        while len(self._ended) < len(self._sent) and self.collect(given_up):
            pass
        first = self.begin + self._window.warm_up_s
        samples = [
            Sample(intended, sent, self._ended.get(request, given_up), request in self._ended)
            for request, (intended, sent) in self._sent.items()
            if first <= intended < self.end
        ]
        return Run(self.date, tuple(samples))
        # @ starter
        # | return Run(self.date, ())  # TODO: step 2
        # @ wrong warm-up-counts
        # | given_up = self.end + self._window.patience_s
        # | while len(self._ended) < len(self._sent) and self.collect(given_up):
        # |     pass
        # | samples = [
        # |     Sample(intended, sent, self._ended.get(request, given_up), request in self._ended)
        # |     for request, (intended, sent) in self._sent.items()
        # | ]
        # | return Run(self.date, tuple(samples))
        # @ wrong patience-from-the-last-request
        # | given_up = self._world.monotonic() + self._window.patience_s
        # | while len(self._ended) < len(self._sent) and self.collect(given_up):
        # |     pass
        # | first = self.begin + self._window.warm_up_s
        # | samples = [
        # |     Sample(intended, sent, self._ended.get(request, given_up), request in self._ended)
        # |     for request, (intended, sent) in self._sent.items()
        # |     if first <= intended < self.end
        # | ]
        # | return Run(self.date, tuple(samples))
        # @ wrong forgets-what-is-in-flight
        # | first = self.begin + self._window.warm_up_s
        # | samples = [
        # |     Sample(*self._sent[request], ended)
        # |     for request, ended in self._ended.items()
        # |     if first <= self._sent[request][0]
        # | ]
        # | return Run(self.date, tuple(samples))
        # @ wrong leaves-out-the-unanswered
        # | given_up = self.end + self._window.patience_s
        # | while len(self._ended) < len(self._sent) and self.collect(given_up):
        # |     pass
        # | first = self.begin + self._window.warm_up_s
        # | samples = [
        # |     Sample(*self._sent[request], ended)
        # |     for request, ended in sorted(self._ended.items())
        # |     if first <= self._sent[request][0] < self.end
        # | ]
        # | return Run(self.date, tuple(samples))
        # @ end


def closed_loop(world: World, clients: int, window: Window) -> Run:
    """Each client sends, waits for the reply, and sends again: no schedule, sent when intended."""
    book = Book(world, window)
    # @ solution
    for _ in range(clients):
        book.send(world.monotonic())
    while book.collect(book.end):
        if world.monotonic() < book.end:
            book.send(world.monotonic())
    # @ starter
    # | # TODO: step 3
    # @ end
    return book.close()


def open_loop(world: World, due: Sequence[float], window: Window) -> Run:
    """Sends each request when it is due, whatever has become of the others.

    `due`: seconds from the beginning, in order. They fill warm-up and window, and none is beyond.
    """
    book = Book(world, window)
    # @ solution
    for offset in due:
        intended = book.begin + offset
        # Also those that came while a send blocked: a reply ends when it is noted.
        while book.collect(intended) or world.monotonic() < intended:
            pass
        book.send(intended)
    # @ starter
    # | # TODO: step 4
    # @ wrong waits-for-each-reply
    # | for offset in due:
    # |     intended = book.begin + offset
    # |     while world.monotonic() < intended:
    # |         world.wait(intended)
    # |     now = world.monotonic()
    # |     book.send(now)
    # |     if not book.collect(book.end + window.patience_s):
    # |         break
    # @ wrong drifts
    # | gaps = [later - earlier for earlier, later in zip(due, due[1:])]
    # | for gap in [due[0], *gaps]:
    # |     intended = world.monotonic() + gap
    # |     while book.collect(intended) or world.monotonic() < intended:
    # |         pass
    # |     book.send(intended)
    # @ wrong skips-what-is-late
    # | for offset in due:
    # |     intended = book.begin + offset
    # |     late = world.monotonic() - intended
    # |     while book.collect(intended) or world.monotonic() < intended:
    # |         pass
    # |     if late < 0.01:
    # |         book.send(intended)
    # @ wrong stops-at-the-end
    # | for offset in due:
    # |     intended = book.begin + offset
    # |     while book.collect(intended) or world.monotonic() < intended:
    # |         pass
    # |     if world.monotonic() >= book.end:
    # |         break
    # |     book.send(intended)
    # @ wrong collects-one
    # | for offset in due:
    # |     intended = book.begin + offset
    # |     book.collect(intended)
    # |     while world.monotonic() < intended:
    # |         book.collect(intended)
    # |     book.send(intended)
    # @ end
    return book.close()
