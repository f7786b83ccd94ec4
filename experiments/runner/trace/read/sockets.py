"""What happens at the sockets: data arrive, those who wait are told, bytes are moved."""

from collections.abc import Callable

from experiments.runner.trace.model import Step
from experiments.runner.trace.read.found import Found
from experiments.runner.trace.read.parties import RECEIVES, SENDS, Moves, Parties
from experiments.runner.trace.read.thread import Thread
from experiments.runner.trace.read.threads import Threads
from experiments.runner.trace.read.uring import Uring
from experiments.runner.trace.record.ring_buffer import Event


class Sockets:
    """Knows a socket by the kernel's address of it, once a segment has arrived there."""

    def __init__(self, parties: Parties, found: Found, threads: Threads, uring: Uring) -> None:
        self._parties = parties
        self._found = found
        self._threads = threads
        self._uring = uring
        self._known: dict[int, tuple[int, bool]] = {}
        self._acts: dict[str, Callable[[Event], None]] = {
            "tcp_probe": self._arrive,
            "sk_data_ready": self._ready,
            "sock_recv_length": lambda event: self._moved(event, "receive", RECEIVES),
            "sock_send_length": lambda event: self._moved(event, "send", SENDS),
            "skb_copy_datagram_iovec": self._copied,
        }

    def take(self, event: Event) -> bool:
        """Whether the event was of a kind that is read here."""
        act = self._acts.get(event.name)
        if act:
            act(event)
        return act is not None

    def _arrive(self, event: Event) -> None:
        here, there = event.fields["sport"], event.fields["dport"]
        at_server = here == self._parties.server_port
        connection = self._parties.connection_to(there if at_server else here)
        if not connection or self._parties.server_port not in (here, there):
            return
        self._known[event.fields["skaddr"]] = (connection, at_server)
        if size := event.fields["data_len"]:
            name = "request" if at_server else "reply"
            self._found.add(Step(event.at_ns, None, "network", "arrive", name, 0, connection, size))

    def _ready(self, event: Event) -> None:
        connection, at_server = self._known.get(event.fields["skaddr"], (0, False))
        if at_server:
            self._found.add(Step(event.at_ns, None, "network", "ready", "", 0, connection))

    def _moved(self, event: Event, how: Moves, calls: set[str]) -> None:
        """What a thread's own call moves is in its step; all else the kernel does for it."""
        thread = self._threads.server(event.tid)
        connection, at_server = self._known.get(event.fields["sk"], (0, True))
        if thread is None or not at_server or _is_within(thread, calls):
            return
        self._uring.performed(how, event, thread, connection)

    def _copied(self, event: Event) -> None:
        thread = self._threads.server(event.tid)
        if thread is None:
            return
        lane = "server" if _is_within(thread, RECEIVES) else "kernel"
        size = event.fields["len"]
        self._found.add(
            Step(event.at_ns, None, lane, "copy", "", thread.number, 0, size)  # type: ignore
        )


def _is_within(thread: Thread, calls: set[str]) -> bool:
    return thread.call is not None and thread.call.name in calls
