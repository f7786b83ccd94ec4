"""Reads the events of one conversation."""

from collections.abc import Iterable

from experiments.runner.trace.model import Loan, Step
from experiments.runner.trace.read.found import Found, Stack
from experiments.runner.trace.read.loans import LoanBook
from experiments.runner.trace.read.parties import Parties
from experiments.runner.trace.read.sockets import Sockets
from experiments.runner.trace.read.threads import Threads
from experiments.runner.trace.read.uring import Uring
from experiments.runner.trace.record.ring_buffer import Event


def read_events(
    parties: Parties, events: Iterable[Event]
) -> tuple[list[tuple[Step, Stack]], list[Loan]]:
    """Steps with the stacks of their calls, and loans; times count from the client's first call.

    The events must be in order of time.
    """
    found, loans = Found(), LoanBook()
    events = list(events)
    threads = Threads(parties, found, loans)
    threads.recall(events)
    uring = Uring(parties, found, loans, threads)
    sockets = Sockets(parties, found, threads, uring)
    now_ns = 0
    for event in events:
        now_ns = event.at_ns
        # One of them reads it, or it is of no interest.
        threads.take(event) or uring.take(event) or sockets.take(event)
    threads.finish(now_ns)
    start_ns = found.started_ns or 0
    return found.steps(), loans.close(found.begins_ns, start_ns, now_ns)
