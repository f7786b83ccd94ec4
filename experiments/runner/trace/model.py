"""A traced conversation as objects, and as the lines of trace.jsonl."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from experiments.runner.errors import Failure
from experiments.runner.typed_json import Malformed, from_json

SCHEMA = 1

Lane = Literal["client", "network", "kernel", "server"]
LANES: tuple[Lane, ...] = ("client", "network", "kernel", "server")
Kind = Literal[
    "receive",
    "send",
    "wait",
    "call",
    "user",
    "handler",
    "sleep",
    "preempted",
    "arrive",
    "ready",
    "wake",
    "submit",
    "arm",
    "notice",
    "complete",
    "copy",
]


@dataclass(frozen=True)
class Step:
    """One thing that somebody did.

    `at_ns` counts from the client's first call. `lasts_ns` is None for a moment. Lane and kind:

    - client: its own system calls and sleep.
    - network: `arrive`, data reach a socket (`name`: request or reply); `ready`, the socket tells
      who waits for it; `wake`, a sleeping thread of the server is woken.
    - kernel: what io_uring does with an operation (`name`, such as RECV): `submit`, `receive` or
      `send` performed, `arm`, waits for the socket, `notice`, learns that it is ready, `complete`.
    - server: what a thread of it does: system calls (`receive`, `send`, `wait`, `call`), `user`
      code, in it `handler`, called by the event loop; `sleep`; `preempted`, another has the core.
    - kernel or server: `copy`, bytes of a message are copied into user memory.

    `thread` and `connection` count from 1; 0 is none. `bytes` is what was moved; None if nothing
    can be. `outcome`: what it came to when not bytes, such as `would block`. `about`: what the call
    is made on. `source`: the line that made it, as far as known. `cut`: it goes on beyond the
    trace.
    """

    at_ns: int
    lasts_ns: int | None
    lane: Lane
    kind: Kind
    name: str
    thread: int = 0
    connection: int = 0
    bytes: int | None = None
    outcome: str | None = None
    about: str | None = None
    source: str | None = None
    cut: bool = False

    @property
    def until_ns(self) -> int:
        return self.at_ns + (self.lasts_ns or 0)


@dataclass(frozen=True)
class Loan:
    """A time in which a buffer of the application is the kernel's, which may read or write it.

    A `call` lends it for as long as the thread is inside; an `operation` until it is complete; a
    `ring` until the kernel puts a message into it. A `cut` loan began before, or goes on after,
    the trace.
    """

    from_ns: int
    until_ns: int
    what: Literal["receive", "send"]
    how: Literal["call", "operation", "ring"]
    connection: int = 0
    cut: bool = False


@dataclass(frozen=True)
class Head:
    """What was traced, and how.

    `pattern` is what the server claims to be. `handlers` are the functions whose calls are
    recorded; without them nothing is said of when a buffer is filled. `missing`
    says in a line what a lesser recorder could not see; `missed` that the kernel dropped events.
    """

    iolab_trace: int
    server: str
    pattern: str | None
    engine: str | None
    written: str | None
    protocol: str
    scenario: str
    title: str
    text: str
    messages: int
    connections: int
    recorder: Literal["tracefs", "strace"]
    kernel: str
    version: str
    started: str
    handlers: tuple[str, ...] = ()
    missing: str | None = None
    missed: bool = False
    ends_ns: int = 0


@dataclass(frozen=True)
class Trace:
    head: Head
    steps: tuple[Step, ...]
    loans: tuple[Loan, ...]

    def of(self, lane: Lane, *kinds: Kind) -> list[Step]:
        """The steps of these kinds in a lane, by time."""
        return [step for step in self.steps if step.lane == lane and step.kind in kinds]


def lines(trace: Trace) -> Iterable[str]:
    """trace.jsonl: the head, then a line for each step and each loan. What is None is left out."""
    yield _line(asdict(trace.head))
    for step in trace.steps:
        yield _line({"step": _lean(step)})
    for loan in trace.loans:
        yield _line({"loan": _lean(loan)})


def _line(value: object) -> str:
    return json.dumps(value, separators=(",", ":")) + "\n"


def _lean(value: Step | Loan) -> dict[str, object]:
    """Without what is None, not so, or a number that means none."""
    none = {"thread": 0, "connection": 0, "cut": False}
    return {
        name: each
        for name, each in asdict(value).items()
        if each is not None and each != none.get(name, ...)
    }


def read_trace(file: Path) -> Trace:
    """Reads trace.jsonl. Raises Failure with one line that names the place."""
    place = "line 1"
    steps, loans = [], []
    try:
        rows = file.read_text(encoding="utf-8").splitlines()
        head = from_json(Head, _object(rows[0] if rows else ""))
        if head.iolab_trace != SCHEMA:
            raise Malformed(f"is of version {head.iolab_trace}; this iolab reads {SCHEMA}")
        for number, row in enumerate(rows[1:], 2):
            place = f"line {number}"
            value = _object(row)
            if "step" in value:
                steps.append(from_json(Step, {"lasts_ns": None, **_inner(value, "step")}, "step"))
            else:
                loans.append(from_json(Loan, _inner(value, "loan"), "loan"))
    except OSError as error:
        raise Failure(f"cannot read the trace {file}: {error.strerror}") from error
    except ValueError as error:
        raise Failure(f"cannot read the trace {file}: {place}: {error}") from error
    return Trace(head, tuple(steps), tuple(loans))


def _object(text: str) -> dict[str, object]:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise Malformed("is no JSON object")
    return value


def _inner(value: dict[str, object], name: str) -> dict[str, object]:
    inner = value.get(name)
    if not isinstance(inner, dict):
        raise Malformed(f"has no {name}")
    return inner
