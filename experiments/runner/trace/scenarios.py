"""The conversations that can be traced: what the client does, step by step."""

from dataclasses import dataclass
from typing import Literal

from experiments.runner.errors import usage

MESSAGE_BYTES = 64
# More than Linux lets a socket on loopback hold, which is some 2.6 MiB by default.
LARGE_BYTES = 4 * 1024 * 1024
IDLE_TIMEOUT = "800ms"
BURST = 16
# After a reply the server has time to go back to sleep; not much, as its own timers would be seen.
BREATH_S = 0.0015

Verb = Literal["send", "receive", "pause", "push", "take", "close", "await_end", "stop"]


@dataclass(frozen=True)
class Action:
    """One step of the client on one of its connections.

    send, receive: `part` of a message (from, to; in shares of it). pause: `seconds`. push: sends
    until the server takes no more. take: sends the rest and receives all. close: FIN. await_end:
    until the server ends the stream. stop: the server gets SIGTERM.
    """

    verb: Verb
    connection: int = 0
    part: tuple[float, float] = (0.0, 1.0)
    seconds: float = 0.0


@dataclass(frozen=True)
class Scenario:
    """`text` says what happens; `options` are the server's, and foreign programs do without."""

    name: str
    title: str
    text: str
    actions: tuple[Action, ...]
    connections: int = 1
    messages: int = 1
    message_bytes: int = MESSAGE_BYTES
    receive_buffer: int | None = None
    options: tuple[str, ...] = ()
    needs_options: bool = False


def _one(messages: int) -> Scenario:
    steps: list[Action] = []
    for number in range(messages):
        if number:
            steps.append(Action("pause", seconds=BREATH_S))
        steps += [Action("send"), Action("receive"), Action("pause", seconds=BREATH_S)]
    title = "one request" if messages == 1 else f"{messages} requests, one after the other"
    return Scenario(
        "one",
        title,
        "The client sends a message, waits for the reply and is silent for a while.",
        tuple(steps),
        messages=messages,
    )


_PAUSE = Action("pause", seconds=BREATH_S)
_EXCHANGE = (Action("send"), Action("receive"))
_SCENARIOS = (
    Scenario(
        "burst",
        f"a burst of {BURST} requests",
        f"The client sends {BURST} messages without waiting, then receives the replies.",
        (*[Action("send")] * BURST, *[Action("receive")] * BURST, _PAUSE),
        messages=BURST,
    ),
    Scenario(
        "halves",
        "a message that arrives in two halves",
        "The client sends the first half of a message, waits, and sends the second.",
        (
            Action("send", part=(0, 0.5)),
            _PAUSE,
            Action("send", part=(0.5, 1)),
            Action("receive"),
            _PAUSE,
        ),
    ),
    Scenario(
        "large",
        "a reply larger than the socket takes",
        "The client sends 4 MiB and reads nothing until the server is stuck: its socket is full, "
        "and the rest of the reply has to wait until the client reads.",
        (Action("push"), _PAUSE, Action("take"), _PAUSE),
        message_bytes=LARGE_BYTES,
        receive_buffer=16 * 1024,
        options=("--output-limit", "8MiB", "--max-frame", "4MiB"),
    ),
    Scenario(
        "two",
        "two connections at once",
        "Two clients send a message each at the same time.",
        (
            Action("send", 0),
            Action("send", 1),
            Action("receive", 0),
            Action("receive", 1),
            _PAUSE,
        ),
        connections=2,
        messages=2,
    ),
    Scenario(
        "idle",
        "an idle timeout",
        f"The client sends a message and then nothing: after {IDLE_TIMEOUT} the server closes.",
        (*_EXCHANGE, Action("await_end")),
        options=("--idle-timeout", IDLE_TIMEOUT),
        needs_options=True,
    ),
    Scenario(
        "close",
        "a peer that closes",
        "The client sends a message, receives the reply and closes its connection.",
        (*_EXCHANGE, _PAUSE, Action("close"), Action("await_end"), _PAUSE),
    ),
    Scenario(
        "cancel",
        "a receive that is cancelled",
        "A client is connected and silent when the server is told to stop (SIGTERM): what the "
        "server had begun for it has to be called off.",
        (*_EXCHANGE, _PAUSE, Action("stop"), Action("await_end"), _PAUSE),
    ),
)
NAMES = ("one", *(scenario.name for scenario in _SCENARIOS))


def find(name: str, messages: int) -> Scenario:
    """The scenario of that name. `messages` is for the one that repeats its request."""
    if name == "one":
        return _one(messages)
    if messages != 1:
        raise usage("--messages is for --scenario one: the others have messages of their own")
    for scenario in _SCENARIOS:
        if scenario.name == name:
            return scenario
    raise usage(f"unknown scenario '{name}'; known: {', '.join(NAMES)}")
