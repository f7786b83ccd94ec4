"""What a trace proves: who performed the I/O, when the buffer was touched, what it took."""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from experiments.runner.trace.model import Lane, Step, Trace
from experiments.runner.trace.read.parties import POLLS, URING_ENTER

Who = Literal["application", "kernel"]
DEMULTIPLEXERS = {*POLLS, URING_ENTER}


@dataclass(frozen=True)
class Observed:
    """Facts of one conversation. None is what this trace cannot tell.

    `receives`, `sends`: who performed them; a library's code is the application's. `touched`: when
    the data came into the application's buffer, relative to the call of the handler, which is
    `dispatch`. `means`: what the handler is told by being called. `demultiplexer`: the call that
    waits for many. Per message: system calls (by name, too), wake-ups, sleeps, copies into user
    memory. `data_to_handler_ns`: from a request's arrival at the socket to the call of the handler,
    the median.
    """

    receives: Who | None
    sends: Who | None
    touched: Literal["before dispatch", "after dispatch"] | None
    means: Literal["ready", "complete"] | None
    demultiplexer: str | None
    calls_per_message: float
    calls: dict[str, float]
    wake_ups_per_message: float | None
    sleeps_per_message: float | None
    copies_per_message: float | None
    data_to_handler_ns: int | None


def observe(trace: Trace) -> Observed:
    """Computes the facts from the steps alone, whatever the server says it is."""
    messages = max(trace.head.messages, 1)
    kernel_tells = trace.head.recorder == "tracefs"
    calls = Counter(_calls(trace))
    waits = Counter(step.name for step in trace.of("server", "wait") if step.name in DEMULTIPLEXERS)
    touched = _touched(trace)
    return Observed(
        receives=_who(trace, "receive"),
        sends=_who(trace, "send"),
        touched=touched,
        means=None if touched is None else "ready" if touched == "after dispatch" else "complete",
        demultiplexer=waits.most_common(1)[0][0] if waits else None,
        calls_per_message=round(sum(calls.values()) / messages, 3),
        calls={name: round(count / messages, 3) for name, count in calls.most_common()},
        wake_ups_per_message=(
            _share(trace, messages, "network", "wake") + _share(trace, messages, "kernel", "wake")
            if kernel_tells
            else None
        ),
        sleeps_per_message=_sleeps(trace, messages) if kernel_tells else None,
        copies_per_message=(
            _share(trace, messages, "server", "copy") + _share(trace, messages, "kernel", "copy")
            if kernel_tells
            else None
        ),
        data_to_handler_ns=_data_to_handler(trace),
    )


def _calls(trace: Trace) -> list[str]:
    """The server's calls, each counted where it began, so that the last wait counts once."""
    return [
        step.name
        for step in trace.of("server", "receive", "send", "wait", "call")
        if not (step.cut and step.at_ns <= 0)
    ]


def _sleeps(trace: Trace, messages: int) -> float:
    """Those that began in the trace."""
    begun = [step for step in trace.of("server", "sleep") if not (step.cut and step.at_ns < 0)]
    return round(len(begun) / messages, 3)


def _share(trace: Trace, messages: int, lane: str, kind: str) -> float:
    return round(len(trace.of(lane, kind)) / messages, 3)  # type: ignore[arg-type]


def _who(trace: Trace, kind: Literal["receive", "send"]) -> Who | None:
    """Who moved bytes; a strace shows the application's part only."""
    moved = {
        lane: sum(step.bytes or 0 for step in trace.of(lane, kind)) for lane in ("server", "kernel")
    }
    if moved["server"] == moved["kernel"] == 0:
        enters = any(step.name == "io_uring_enter" for step in trace.of("server", "wait", "call"))
        return "kernel" if enters and trace.head.recorder == "strace" else None
    return "application" if moved["server"] >= moved["kernel"] else "kernel"


def _touched(trace: Trace) -> Literal["before dispatch", "after dispatch"] | None:
    """Of most receives of which it can be told: were their bytes there when the handler that uses
    them was called?"""
    found = Counter(filter(None, (_used(trace, step) for step in _receives(trace))))
    return found.most_common(1)[0][0] if found else None


def _receives(trace: Trace) -> list[Step]:
    """Those that brought bytes."""
    lanes: tuple[Lane, ...] = ("server", "kernel")
    return [step for lane in lanes for step in trace.of(lane, "receive") if step.bytes]


def _used(trace: Trace, receive: Step) -> Literal["before dispatch", "after dispatch"] | None:
    """A handler that receives and then sends uses what it has received. One that receives last may
    do so for the next: an engine that tries at once what it is given looks like that."""
    if not trace.of("server", "handler"):
        return None
    handler = _handler_of(trace, receive)
    if handler is None:
        return "before dispatch"
    sends = trace.of("server", "send") + trace.of("kernel", "submit")
    replies = any(
        receive.until_ns <= step.at_ns < handler.until_ns and step.thread == receive.thread
        for step in sends
        if step.kind == "send" or step.name.startswith("SEND")
    )
    return "after dispatch" if replies else None


def _handler_of(trace: Trace, step: Step) -> Step | None:
    """The call of a handler within which a step is."""
    return next(
        (
            handler
            for handler in trace.of("server", "handler")
            if handler.thread == step.thread
            and handler.at_ns <= step.at_ns
            and step.until_ns <= handler.until_ns
        ),
        None,
    )


def _data_to_handler(trace: Trace) -> int | None:
    """From a request's arrival to the call of the handler that receives its bytes, or that is
    called next after they were received; the median. Those that arrive while a handler runs already
    do not count."""
    receives = sorted(_receives(trace), key=lambda step: step.until_ns)
    handlers = trace.of("server", "handler")
    found = []
    for arrival in trace.of("network", "arrive"):
        receive = next((step for step in receives if step.until_ns >= arrival.at_ns), None)
        if arrival.name != "request" or receive is None:
            continue
        own = _handler_of(trace, receive)
        later = [step.at_ns for step in handlers if step.at_ns >= receive.until_ns]
        called_ns = own.at_ns if own else min(later, default=-1)
        if called_ns >= arrival.at_ns:
            found.append(called_ns - arrival.at_ns)
    return sorted(found)[len(found) // 2] if found else None


# The textbook's table of the two patterns, and the third between them.
CLAIMS: dict[str, dict[str, str]] = {
    "reactor": {
        "receives": "application",
        "sends": "application",
        "touched": "after dispatch",
        "means": "ready",
    },
    "proactor": {
        "receives": "kernel",
        "sends": "kernel",
        "touched": "before dispatch",
        "means": "complete",
    },
    "emulated": {
        "receives": "application",
        "sends": "application",
        "touched": "before dispatch",
        "means": "complete",
    },
}


def differing(pattern: str | None, observed: Observed) -> list[tuple[str, str, str]]:
    """The rows of the textbook's table in which a server is not what its pattern says: the field's
    name, what was seen, what is claimed."""
    rows = CLAIMS.get(pattern or "", {})
    return [
        (name, seen, claimed)
        for name, claimed in rows.items()
        if (seen := getattr(observed, name)) is not None and seen != claimed
    ]


def contradictions(pattern: str | None, observed: Observed) -> list[str]:
    """The same in words."""
    return [
        f"{name}: {seen}, not {claimed}" for name, seen, claimed in differing(pattern, observed)
    ]


def calls_in_words(observed: Observed) -> str:
    """Such as `1 recvfrom, 1 sendto, 1 epoll_wait`; empty if there were none."""
    return ", ".join(f"{short(count)} {name}" for name, count in observed.calls.items())


def short(value: float) -> str:
    """Two decimals at most."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
