"""Starts a server and a client, has them converse, and returns what was recorded of it."""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from experiments.runner.errors import Failure
from experiments.runner.measure.running_server import RunningServer
from experiments.runner.measure.servers import ContestantProgram, running
from experiments.runner.paths import ROOT
from experiments.runner.system.affinity import Placement
from experiments.runner.system.listening import members
from experiments.runner.system.processes import last_line, signal_group, spawn, stop
from experiments.runner.trace.read.parties import Parties
from experiments.runner.trace.record.descriptors import describe
from experiments.runner.trace.record.program import SourceLines, doors_of, handlers_of
from experiments.runner.trace.record.recorders import Means
from experiments.runner.trace.record.ring_buffer import Event
from experiments.runner.trace.scenarios import Scenario

CLIENT = "experiments.runner.trace.client"
TIMEOUT_S = 30.0
# Time for what the last step set off.
SETTLE_S = 0.001
# A server of iolab looks at its timers every 250 ms from when it listens.
TICK_S = 0.25
QUIET_S = 0.05


class ConversationFailed(Exception):
    """The client did not get what it should; the text says what happened instead."""


@dataclass(frozen=True)
class Recording:
    """`missed`: the kernel dropped events, since the buffer was full. `unknown` are handlers for
    which the program has no function."""

    parties: Parties
    events: list[Event]
    lines: SourceLines
    missed: bool
    unknown: tuple[str, ...]


def converse(
    program: ContestantProgram,
    protocol: str,
    scenario: Scenario,
    placement: Placement,
    means: Means,
) -> Recording:
    """One conversation, from the server's start to its end.

    Raises Unavailable if the server's engine is refused here, and Failure for all else.
    """
    extra = "" if program.command else " ".join(scenario.options)
    with running([program], protocol, 1, placement.servers, extra) as servers:
        listens_s = time.monotonic()
        server = servers[program.name]
        try:
            with _client(server, protocol, scenario, placement) as client:
                return _record(program, server, client, means, listens_s, scenario.messages)
        except ConversationFailed as failure:
            raise Failure(server.death() or f"{program.name}: {failure}") from failure


def _record(
    program: ContestantProgram,
    server: RunningServer,
    client: "_Client",
    means: Means,
    listens_s: float,
    messages: int,
) -> Recording:
    pid = server.pid or server.process.pid
    threads = _threads(server)
    executable = Path(f"/proc/{pid}/exe").resolve()
    handlers = handlers_of(executable, program.server.handlers)
    parties = Parties(
        server_tids=tuple(threads),
        client_pid=client.process.pid,
        server_port=int(server.address.rpartition(":")[2]),
        ports=tuple(client.ports),
        descriptors={tid: describe(owner) for tid, owner in threads.items()},
        handlers={handler.probe.name: handler.name for handler in handlers},
    )
    lines = SourceLines(pid)
    with tempfile.TemporaryDirectory() as folder:
        pids = [*threads, client.process.pid]
        probes = [*[handler.probe for handler in handlers], *doors_of(pid)]
        recorder = means.record(pids, probes, messages, Path(folder))
        with recorder:
            client.warm_up()
            _wait_for_quiet(listens_s)
            recorder.on()
            client.go(lambda: signal_group(server.process, signal.SIGTERM))
            time.sleep(SETTLE_S)
            recorder.off()
            events = recorder.events()
            seen = set(parties.handlers.values())
            unknown = tuple(name for name in program.server.handlers if name not in seen)
            return Recording(parties, events, lines, recorder.missed, unknown)


def _wait_for_quiet(listens_s: float) -> None:
    """Until the server's timer has just been looked after, so that it is not seen in the trace."""
    since_s = (time.monotonic() - listens_s) % TICK_S
    time.sleep((QUIET_S - since_s) % TICK_S)


def _threads(server: RunningServer) -> dict[int, int]:
    """The threads of the server, and of the processes it has started, with their processes."""
    found: dict[int, int] = {}
    for pid in sorted(members(server.process.pid)):
        try:
            found |= {int(name): pid for name in sorted(os.listdir(f"/proc/{pid}/task"), key=int)}
        except OSError:
            continue
    return found


class _Client:
    """The client's process. `ports` are its connections'."""

    def __init__(self, process: subprocess.Popen, errors: IO[bytes]) -> None:
        self.process = process
        self._errors = errors
        self._rest = b""
        self.ports: list[int] = []

    def get_ready(self, plan: dict[str, object]) -> None:
        self._say(json.dumps(plan))
        self.ports = json.loads(self._line())["ready"]

    def warm_up(self) -> None:
        self._say("")
        self._line()

    def go(self, on_stop: Callable[[], None]) -> None:
        """Has it converse; `on_stop` is called when it wants the server to be stopped."""
        self._say("")
        while (line := self._line()) != "done":
            if line == "stop":
                on_stop()

    def _say(self, line: str) -> None:
        assert self.process.stdin
        try:
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            self._failed()

    def _line(self) -> str:
        assert self.process.stdout
        deadline = time.monotonic() + TIMEOUT_S
        while b"\n" not in self._rest:
            left = max(0.0, deadline - time.monotonic())
            if not select.select([self.process.stdout], [], [], left)[0]:
                raise ConversationFailed(f"no reply within {TIMEOUT_S:.0f} s")
            piece = os.read(self.process.stdout.fileno(), 4096)
            if not piece:
                self._failed()
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode()

    def _failed(self) -> None:
        stop(self.process, 1)
        self._errors.seek(0)
        text = last_line(self._errors.read().decode(errors="replace"))
        raise ConversationFailed(text or "the client ended without a message")


@contextmanager
def _client(
    server: RunningServer, protocol: str, scenario: Scenario, placement: Placement
) -> Iterator[_Client]:
    """Connected, warm, and ready to go."""
    host, _, port = server.address.rpartition(":")
    plan = {
        "address": host.strip("[]"),
        "port": int(port),
        "protocol": protocol,
        "connections": scenario.connections,
        "message_bytes": scenario.message_bytes,
        "receive_buffer": scenario.receive_buffer,
        "actions": [asdict(action) for action in scenario.actions],
    }
    with tempfile.TemporaryFile() as errors:
        process = spawn(
            [sys.executable, "-m", CLIENT],
            placement.generator,
            stderr=errors,
            stdin=subprocess.PIPE,
            cwd=ROOT,
        )
        try:
            client = _Client(process, errors)
            client.get_ready(plan)
            yield client
        finally:
            stop(process, 0)
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    pipe.close()
