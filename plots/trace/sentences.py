"""What one step means, in one plain sentence."""

from __future__ import annotations

from typing import Callable

from experiments.runner.trace.model import LANES, Lane, Step

LANE_WORDS: dict[Lane, str] = {
    "client": "client",
    "network": "network stack",
    "kernel": "kernel, for the server",
    "server": "server",
}


def sentence(step: Step) -> str:
    """One sentence (sometimes two) for a step of any lane and kind; unknown ones are named."""
    told = _BY_KIND.get((step.lane, step.kind))
    if told is None:
        return f"{LANE_WORDS[step.lane].capitalize()}: {step.kind} {step.name}".strip() + "."
    return told(step) + _beyond(step)


def kinds() -> list[tuple[Lane, str]]:
    """(lane, kind) of every step that has a sentence of its own, lane by lane."""
    return sorted(_BY_KIND, key=lambda key: LANES.index(key[0]))


def who(step: Step, threads: int = 1) -> str:
    """Who acts; the thread is named where the server has several."""
    words = LANE_WORDS[step.lane]
    return f"{words}, thread {step.thread}" if step.lane == "server" and threads > 1 else words


def amount(count: int) -> str:
    """`1 byte`, `64 bytes`."""
    return f"{count:,} byte{'' if count == 1 else 's'}"


def ended(step: Step) -> bool:
    """Is it a receive that found the end of the stream: no bytes, and no error?"""
    return step.kind == "receive" and not step.bytes and step.outcome is None and not step.cut


def _beyond(step: Step) -> str:
    if not step.cut:
        return ""
    if step.at_ns >= 0:
        return " It goes on after the trace."
    counted = ", so it is not counted" if step.kind in ("wait", "call", "receive") else ""
    return f" It began before the trace{counted}."


def _on(step: Step) -> str:
    """` on connection 1`, or on what else the call is made."""
    where = step.about or (f"connection {step.connection}" if step.connection else "")
    return f" on {where}" if where else ""


def _came_to(step: Step) -> str:
    """Why no bytes were moved."""
    if step.outcome == "would block":
        return "would block"
    return step.outcome or "no bytes"


def _client_send(step: Step) -> str:
    return f"The client sends{_these(step)} with {step.name}."


def _client_receive(step: Step) -> str:
    if ended(step):
        return f"The client calls {step.name} and learns that the server has closed the connection."
    if step.cut and step.bytes is None:
        return f"The client waits for data in {step.name}."
    got = f"gets {amount(step.bytes)}" if step.bytes else f"gets nothing: {_came_to(step)}"
    return f"The client waits for the reply in {step.name} and {got}."


def _these(step: Step) -> str:
    return f" {amount(step.bytes)}" if step.bytes is not None else " a message"


def _arrive(step: Step) -> str:
    end = "server" if step.name == "request" else "client"
    if not step.bytes:
        return f"The network stack tells the {end}'s socket that the peer has closed."
    return (
        f"Data arrive: {amount(step.bytes)} of the {step.name} are at the {end}'s socket, in a "
        "buffer of the kernel, not yet in one of the application."
    )


def _ready(step: Step) -> str:
    of = f" of connection {step.connection}" if step.connection else ""
    return f"The socket{of} tells whoever waits for it that it is ready."


def _wake(step: Step) -> str:
    return f"The server's sleeping thread {step.thread or 1} is woken and may run again."


def _kernel_receive(step: Step) -> str:
    if ended(step):
        return f"The kernel receives for the server ({step.name}{_on(step)}): the peer has closed."
    if not step.bytes:
        return (
            f"The kernel tries to receive for the server ({step.name}) and moves nothing: "
            f"{_came_to(step)}."
        )
    return (
        f"The kernel performs the receive for the server ({step.name}{_on(step)}): it puts "
        f"{amount(step.bytes)} into the buffer before the handler is called."
    )


def _kernel_send(step: Step) -> str:
    if not step.bytes:
        return f"The kernel tries to send for the server ({step.name}): {_came_to(step)}."
    return (
        f"The kernel performs the send for the server ({step.name}{_on(step)}): "
        f"{amount(step.bytes)} go from the application's buffer to the network."
    )


def _complete(step: Step) -> str:
    said = "The kernel says so in the completion queue."
    if step.outcome:
        return f"The operation {step.name} ends without success: {step.outcome}. {said}"
    moved = f" with {amount(step.bytes)}" if step.bytes is not None else ""
    return f"The operation {step.name} is complete{moved}. {said}"


def _server_receive(step: Step) -> str:
    call = f"{step.name}{_on(step)}"
    if ended(step):
        return f"The server's thread calls {call} and learns that the peer has closed."
    if step.cut and step.bytes is None:
        return f"The server's thread waits for data in {call}."
    if not step.bytes:
        return f"The server's thread calls {call} and finds nothing: {_came_to(step)}."
    return f"The server's thread copies the {amount(step.bytes)} itself: {call}."


def _server_send(step: Step) -> str:
    if not step.bytes:
        return f"The server's thread tries to send with {step.name}{_on(step)}: {_came_to(step)}."
    return f"The server's thread sends the {amount(step.bytes)} itself: {step.name}{_on(step)}."


def _wait(step: Step) -> str:
    told = f" It returns: {step.outcome}." if step.outcome else ""
    if step.name == "io_uring_enter":
        return (
            "The server's thread calls io_uring_enter: it hands its operations to the kernel and "
            f"waits until one is complete.{told}"
        )
    if step.name.startswith(("epoll", "poll", "ppoll", "select", "pselect")):
        return f"The server's thread asks which sockets are ready: {step.name}.{told}"
    if step.name == "futex":
        return "The server's thread calls futex, to wait for another of its threads or to wake one."
    return f"The server's thread waits in {step.name}.{told}"


def _call(step: Step) -> str:
    if step.name == "io_uring_enter":
        return (
            "The server's thread hands operations to the kernel with io_uring_enter, without "
            "waiting for one to be complete."
        )
    came_to = f" It ends with {step.outcome}." if step.outcome else ""
    return f"The server's thread makes another system call: {step.name}{_on(step)}.{came_to}"


def _copy(by: str) -> Callable[[Step], str]:
    def told(step: Step) -> str:
        return (
            f"Now the buffer is touched: {by} copies {amount(step.bytes or 0)} from the kernel's "
            "memory into the application's buffer."
        )

    return told


_BY_KIND: dict[tuple[Lane, str], Callable[[Step], str]] = {
    ("client", "send"): _client_send,
    ("client", "receive"): _client_receive,
    ("client", "wait"): lambda step: f"The client waits in {step.name}.",
    ("client", "call"): lambda step: f"The client makes another system call: {step.name}.",
    ("client", "sleep"): lambda step: "The client is silent: it sleeps.",
    ("client", "preempted"): lambda step: "The client must wait: another has the core.",
    ("network", "arrive"): _arrive,
    ("network", "ready"): _ready,
    ("network", "wake"): _wake,
    ("kernel", "wake"): lambda step: (
        "A timer is due, or another thread has something for it: the server's thread is woken."
    ),
    ("kernel", "submit"): lambda step: (
        f"The kernel takes the operation {step.name}{_on(step)} from the submission queue."
        + (
            " From now on its buffer is lent to the kernel."
            if step.name.startswith(("RECV", "SEND", "READ", "WRITE"))
            else ""
        )
    ),
    ("kernel", "arm"): lambda step: (
        f"There is nothing to do for {step.name} yet: the kernel waits for the socket itself. No "
        "thread waits with it."
    ),
    ("kernel", "notice"): lambda step: (
        f"The kernel learns that the socket is ready for the operation {step.name} that it holds."
    ),
    ("kernel", "receive"): _kernel_receive,
    ("kernel", "send"): _kernel_send,
    ("kernel", "complete"): _complete,
    ("kernel", "copy"): _copy("the kernel, at work for the server,"),
    ("server", "receive"): _server_receive,
    ("server", "send"): _server_send,
    ("server", "wait"): _wait,
    ("server", "call"): _call,
    ("server", "copy"): _copy("the server's own system call"),
    ("server", "user"): lambda step: "The server's thread runs code of the application.",
    ("server", "handler"): lambda step: f"The event loop calls the handler: {step.name}.",
    ("server", "sleep"): lambda step: "The server's thread sleeps: it has nothing to do.",
    ("server", "preempted"): lambda step: "The server's thread must wait: another has the core.",
}
