"""What threads do: system calls, user code, handlers, sleep."""

from collections.abc import Callable, Sequence

from experiments.runner.trace.model import Kind, Lane, Step
from experiments.runner.trace.read.found import Found
from experiments.runner.trace.read.loans import BEFORE, LoanBook
from experiments.runner.trace.read.parties import (
    ENDS,
    POLLS,
    RECEIVES,
    SENDS,
    URING_ENTER,
    WAITS,
    Moves,
    Parties,
    error_of,
)
from experiments.runner.trace.read.thread import Call, Thread
from experiments.runner.trace.record.program import DOOR
from experiments.runner.trace.record.ring_buffer import Event

_ASLEEP = 0xFF
# By these a probed function returns; they are ours, not the program's.
_PROBES = ("_uretprobe", "_uprobe")
_CALLS = ("sys_enter_", "sys_exit_")
# Python's own; sockets are read and written with recvfrom and sendto.
_CLIENTS = {"recvfrom": "receive", "sendto": "send"}


class Threads:
    """Follows the threads of the server and of the client."""

    def __init__(self, parties: Parties, found: Found, loans: LoanBook) -> None:
        self._parties = parties
        self._found = found
        self._loans = loans
        self._by_tid = {
            tid: Thread("server", number) for number, tid in enumerate(parties.server_tids, 1)
        }
        self._by_tid[parties.client_pid] = Thread("client", 0)

    def server(self, tid: int) -> Thread | None:
        """The server's thread of that number; None if it is somebody else's."""
        thread = self._by_tid.get(tid)
        return thread if thread and thread.lane == "server" else None

    def recall(self, events: Sequence[Event]) -> None:
        """What each thread did when the trace began, by what happens first: the end of a call that
        has no beginning, the end of a sleep."""
        without_call, without_core = set(self._by_tid), set(self._by_tid)
        for event in events:
            if event.name.startswith(_CALLS) and not event.name.endswith(_PROBES):
                if event.tid in without_call and event.name.startswith("sys_exit_"):
                    self._was_in(event.name.removeprefix("sys_exit_"), event.tid)
                without_call.discard(event.tid)
            if event.name == "sched_switch":
                coming = event.fields["next_pid"]
                if coming in without_core:
                    self._by_tid[coming].asleep_ns = BEFORE
                without_core -= {coming, event.fields["prev_pid"]}

    def _was_in(self, name: str, tid: int) -> None:
        thread = self._by_tid[tid]
        thread.call = Call(tid, _plain(name), None, {})
        if thread.lane == "server" and (how := self._moves(thread.call)):
            self._loans.lend(("call", tid), BEFORE, how, "call", 0)

    def take(self, event: Event) -> bool:
        """Whether the event was of a kind that is read here."""
        act = self._act(event.name)
        if act:
            act(event)
        return act is not None

    def _act(self, name: str) -> Callable[[Event], None] | None:
        if name.startswith(_CALLS):
            act = self._enter if name.startswith("sys_enter_") else self._leave
            return None if name.endswith(_PROBES) else act
        if name.startswith(f"{DOOR}_"):
            return self._door
        if name.removesuffix("_return") in self._parties.handlers:
            return self._return if name.endswith("_return") else self._handle
        return {
            "user_stack": self._stack,
            "sched_switch": self._switch,
            "sched_waking": self._wake,
            "sched_process_fork": self._fork,
        }.get(name)

    # System calls

    def _enter(self, event: Event) -> None:
        thread = self._by_tid.get(event.tid)
        if thread is None:
            return
        name = _plain(event.name.removeprefix("sys_enter_"))
        call = Call(event.tid, name, event.at_ns, event.fields)
        if thread.lane == "server":
            self._ran(thread, event.at_ns)
            if how := self._moves(call):
                peer = self._parties.connection_of(call.tid, call.descriptor)
                self._loans.lend(("call", event.tid), event.at_ns, how, "call", peer)
        elif self._found.started_ns is None and call.name in SENDS | {"shutdown"}:
            self._found.started_ns = event.at_ns
        thread.call = call
        thread.moved_ns = event.at_ns

    def _leave(self, event: Event) -> None:
        thread = self._by_tid.get(event.tid)
        if thread is None:
            return
        name = _plain(event.name.removeprefix("sys_exit_"))
        call = thread.call or Call(event.tid, name, None, {})
        thread.call = None
        self._loans.hand_back(("call", event.tid), event.at_ns)
        self._close(call, thread, event.at_ns, event.fields.get("ret"))
        thread.running_ns = thread.moved_ns = event.at_ns

    def _stack(self, event: Event) -> None:
        """The first stack within a call is that of its beginning."""
        thread = self._by_tid.get(event.tid)
        if thread and thread.call and thread.call.stack is None:
            thread.call.stack = tuple(event.fields["caller"])
            if thread.call.name == URING_ENTER and thread.door:
                thread.call.stack += (thread.door,)

    def _door(self, event: Event) -> None:
        if thread := self.server(event.tid):
            thread.door = event.fields["ret"]

    def _close(self, call: Call, thread: Thread, until_ns: int, result: int | None) -> None:
        kind = self._kind(call, thread)
        if kind is None:
            return
        moved = result if kind in ("receive", "send") and (result or 0) >= 0 else None
        outcome = error_of(result or 0)
        if call.name in POLLS and result and result > 0:
            outcome = f"{result} ready"
        at_ns = self._found.begins_ns if call.at_ns is None else call.at_ns
        is_server = thread.lane == "server"
        step = Step(
            at_ns=at_ns,
            lasts_ns=max(until_ns - at_ns, 0),
            lane=thread.lane,
            kind=kind,
            name=call.name,
            thread=thread.number,
            connection=self._parties.connection_of(call.tid, call.descriptor) if is_server else 0,
            bytes=moved,
            outcome=outcome,
            about=self._about(call) if is_server else None,
            cut=call.at_ns is None or result is None,
        )
        self._found.add(step, call.stack or ())

    def _about(self, call: Call) -> str | None:
        # Its descriptor may be the number of a registered ring instead.
        return (
            "io_uring"
            if call.name == URING_ENTER
            else self._parties.about(call.tid, call.descriptor)
        )

    def _kind(self, call: Call, thread: Thread) -> Kind | None:
        """What a call is to its caller; None for what is of no interest."""
        if thread.lane == "client":
            known = _CLIENTS.get(call.name)
            return known or ("call" if call.name in ENDS else None)  # type: ignore[return-value]
        if how := self._moves(call):
            return how
        if call.name in WAITS:
            return "wait"
        waits = call.name == URING_ENTER and call.fields.get("min_complete", 1)
        return "wait" if waits else "call"

    def _moves(self, call: Call) -> Moves | None:
        """Whether a server's call receives or sends on a connection."""
        if call.at_ns is not None and not self._parties.connection_of(call.tid, call.descriptor):
            return None
        return "receive" if call.name in RECEIVES else "send" if call.name in SENDS else None

    # The scheduler

    def _switch(self, event: Event) -> None:
        leaving = self._by_tid.get(event.fields["prev_pid"])
        if leaving:
            if leaving.call is None:
                self._ran(leaving, event.at_ns)
            if event.fields["prev_state"] & _ASLEEP:
                leaving.asleep_ns = event.at_ns
            else:
                leaving.preempted_ns = event.at_ns
        coming = self._by_tid.get(event.fields["next_pid"])
        if coming:
            self._on_core(coming, event.at_ns)

    def _on_core(self, thread: Thread, at_ns: int, cut: bool = False) -> None:
        for kind, since_ns in (("sleep", thread.asleep_ns), ("preempted", thread.preempted_ns)):
            if since_ns is not None:
                self._lasted(thread, kind, since_ns, at_ns, cut)  # type: ignore[arg-type]
        thread.asleep_ns = thread.preempted_ns = None
        thread.moved_ns = at_ns
        if thread.call is None:
            thread.running_ns = at_ns

    def _ran(self, thread: Thread, until_ns: int) -> None:
        """It was in user code until now."""
        since_ns = thread.running_ns
        if since_ns is not None and since_ns < until_ns and thread.lane == "server":
            self._lasted(thread, "user", since_ns, until_ns)
        thread.running_ns = None

    def _lasted(
        self, thread: Thread, kind: Kind, at_ns: int, until_ns: int, cut: bool = False
    ) -> None:
        lasts = until_ns - at_ns
        self._found.add(Step(at_ns, lasts, thread.lane, kind, "", thread.number, cut=cut))

    def _wake(self, event: Event) -> None:
        if woken := self.server(event.fields["pid"]):
            # On loopback what the client sends, and the room it makes, takes effect in its own
            # thread. Else it is a timer's doing, or another thread's.
            lane: Lane = "network" if event.tid == self._parties.client_pid else "kernel"
            self._found.add(Step(event.at_ns, None, lane, "wake", "", woken.number))

    def _fork(self, event: Event) -> None:
        if self.server(event.fields["parent_pid"]):
            number = sum(thread.lane == "server" for thread in self._by_tid.values()) + 1
            self._by_tid[event.fields["child_pid"]] = Thread("server", number)

    # Handlers

    def _handle(self, event: Event) -> None:
        if thread := self.server(event.tid):
            thread.handlers.append((self._parties.handlers[event.name], event.at_ns))

    def _return(self, event: Event) -> None:
        thread = self.server(event.tid)
        if thread is None or not thread.handlers:
            return
        name, at_ns = thread.handlers.pop()
        if thread.handlers:  # what another handler calls is a part of that one
            return
        lasts = event.at_ns - at_ns
        self._found.add(Step(at_ns, lasts, "server", "handler", name, thread.number))

    def finish(self, now_ns: int) -> None:
        """What is under way when the trace ends."""
        for thread in self._by_tid.values():
            self._on_core(thread, now_ns, cut=True)
            if thread.lane != "server":
                continue
            if thread.call:
                self._close(thread.call, thread, now_ns, None)
            else:
                self._ran(thread, now_ns)


def _plain(name: str) -> str:
    """`newfstat` and its like are called so by the kernel alone."""
    return name.removeprefix("new")
