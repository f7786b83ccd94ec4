"""What io_uring does with the operations it is given."""

import errno
from collections.abc import Callable
from dataclasses import dataclass

from experiments.runner.trace.model import Kind, Step
from experiments.runner.trace.read.found import Found
from experiments.runner.trace.read.loans import LoanBook
from experiments.runner.trace.read.parties import Moves, Parties, error_of
from experiments.runner.trace.read.thread import Thread
from experiments.runner.trace.read.threads import Threads
from experiments.runner.trace.record.ring_buffer import Event

_CHOSEN, _MORE = 1, 2  # IORING_CQE_F_BUFFER, IORING_CQE_F_MORE
_STARTS: dict[Moves, tuple[str, ...]] = {"receive": ("RECV", "READ"), "send": ("SEND", "WRITE")}


@dataclass
class Operation:
    """An operation from its submission to its last completion."""

    opcode: str
    connection: int = 0


class Uring:
    """Follows operations by their user_data, which is the same in all events."""

    def __init__(self, parties: Parties, found: Found, loans: LoanBook, threads: Threads) -> None:
        self._parties = parties
        self._found = found
        self._loans = loans
        self._threads = threads
        self._operations: dict[int, Operation] = {}
        self._noticed: dict[int, int | None] = {}
        self._moved_for: dict[int, int] = {}
        self._latest: dict[Moves, str] = {}
        self._submitted: dict[int, tuple[Operation, int | None]] = {}
        self._acts: dict[str, Callable[[Event], None]] = {
            "io_uring_file_get": self._file,
            "io_uring_submit_req": self._submit,
            "io_uring_poll_arm": self._arm,
            "io_uring_task_add": self._notice,
            "io_uring_complete": self._complete,
        }

    def take(self, event: Event) -> bool:
        """Whether the event was of a kind that is read here."""
        act = self._acts.get(event.name)
        if act:
            act(event)
        return act is not None

    def _submit(self, event: Event) -> None:
        operation = Operation(event.fields["op_str"].upper())
        data = event.fields["user_data"]
        self._begun(data, operation)
        if how := _moves(operation.opcode):
            self._loans.lend(("operation", data), event.at_ns, how, "operation", 0)
        place = self._moment("submit", event, operation)
        self._submitted[event.fields["req"]] = (operation, place)

    def _begun(self, data: int, operation: Operation) -> None:
        self._operations[data] = operation
        if how := _moves(operation.opcode):
            self._latest[how] = operation.opcode

    def _file(self, event: Event) -> None:
        """The file comes after the submission that it belongs to."""
        connection = self._parties.connection_of(event.tid, event.fields["fd"])
        operation, place = self._submitted.get(event.fields["req"], (None, None))
        if operation and connection:
            operation.connection = connection
            self._found.amend(place, connection)
            self._loans.amend(("operation", event.fields["user_data"]), connection)

    def _arm(self, event: Event) -> None:
        if operation := self._operations.get(event.fields["user_data"]):
            self._moment("arm", event, operation)

    def _notice(self, event: Event) -> None:
        """It happens where the data arrive, not in a thread of the server."""
        operation = self._of(event)
        self._begun(event.fields["user_data"], operation)
        step = Step(
            event.at_ns, None, "kernel", "notice", operation.opcode, 0, operation.connection
        )
        self._noticed[event.fields["user_data"]] = self._found.add(step)

    def _complete(self, event: Event) -> None:
        data, result = event.fields["user_data"], event.fields["res"]
        flags = event.fields["cflags"]
        operation = self._of(event)
        how = _moves(operation.opcode)
        if how and not operation.connection:
            self._learn(operation, event)
        if how:
            self._loans.hand_back(
                ("operation", data),
                event.at_ns,
                how,
                bool(flags & _MORE),
                bool(flags & _CHOSEN),
                operation.connection,
            )
        moved = result if how and result >= 0 else None
        self._moment("complete", event, operation, moved, error_of(result))
        if not flags & _MORE:
            self._operations.pop(data, None)

    def _learn(self, operation: Operation, event: Event) -> None:
        """Whose an operation was that began before the trace: that of the bytes just moved."""
        operation.connection = self._moved_for.get(event.tid, 0)
        data = event.fields["user_data"]
        self._found.amend(self._noticed.pop(data, None), operation.connection)

    def _of(self, event: Event) -> Operation:
        """What was submitted; before the trace, that was a timer or a receive that waits."""
        known = self._operations.get(event.fields["user_data"])
        is_timer = event.fields.get("res") == -errno.ETIME
        return known or Operation(
            event.fields.get("op_str", "TIMEOUT" if is_timer else "RECV").upper()
        )

    def performed(self, how: Moves, event: Event, thread: Thread, connection: int) -> None:
        """Bytes were moved on a thread's behalf, or an attempt to do so was in vain."""
        at_ns, result = event.at_ns, event.fields["ret"]
        self._moved_for[event.tid] = connection
        since_ns = min(thread.moved_ns or at_ns, at_ns)
        step = Step(
            at_ns=since_ns,
            lasts_ns=at_ns - since_ns,
            lane="kernel",
            kind=how,
            name=self._latest.get(how, _STARTS[how][0]),
            thread=thread.number,
            connection=connection,
            bytes=result if result >= 0 else None,
            outcome=error_of(result),
        )
        self._found.add(step)
        thread.moved_ns = at_ns

    def _moment(
        self,
        kind: Kind,
        event: Event,
        operation: Operation,
        moved: int | None = None,
        outcome: str | None = None,
    ) -> int | None:
        thread = self._threads.server(event.tid)
        step = Step(
            event.at_ns,
            None,
            "kernel",
            kind,
            operation.opcode,
            thread.number if thread else 0,
            operation.connection,
            moved,
            outcome,
        )
        if thread:
            thread.moved_ns = event.at_ns
        return self._found.add(step)


def _moves(opcode: str) -> Moves | None:
    return next((how for how, starts in _STARTS.items() if opcode.startswith(starts)), None)
