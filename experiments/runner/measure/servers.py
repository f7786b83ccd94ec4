"""Starting servers, knowing when they listen, noticing when they die, stopping them in order."""

import json
import os
import select
import shlex
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO

from experiments.runner.errors import Failure
from experiments.runner.plan.roster import Server
from experiments.runner.system.processes import describe_exit, last_line, signal_group, spawn, stop
from experiments.runner.typed_json import from_json

EXIT_UNAVAILABLE = 3
BANNER_TIMEOUT_S = 15.0
STOP_GRACE_S = 8.0
DEATH_NOTICE_S = 1.0


class Unavailable(Exception):
    """The engine was refused on this machine: `reason` is the server's own line."""

    def __init__(self, server: str, reason: str) -> None:
        super().__init__(f"{server} is unavailable here: {reason}")
        self.server = server
        self.reason = reason


@dataclass(frozen=True)
class ContestantProgram:
    """A contestant with the server program that runs it."""

    name: str
    server: Server
    options: str = ""


@dataclass(frozen=True)
class Banner:
    """What a server says of itself when it listens.

    Only where it listens is needed; the rest is for the reader.
    """

    address: str
    port: int
    event: str | None = None
    server: str | None = None
    pattern: str | None = None
    engine: str | None = None
    protocol: str | None = None
    dispatch: str | None = None
    pid: int | None = None
    threads: int | None = None
    limits: dict[str, int] | None = None


@dataclass
class RunningServer:
    """A contestant's process. It has a `banner` once it listens."""

    name: str
    process: subprocess.Popen
    errors: IO[bytes]
    banner: Banner | None = None

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def address(self) -> str:
        assert self.banner is not None, "it does not listen yet"
        return f"{self.banner.address}:{self.banner.port}"

    def last_error(self) -> str:
        """The last line the server wrote to standard error."""
        self.errors.seek(0)
        return last_line(self.errors.read().decode(errors="replace"))

    def death(self) -> str | None:
        """How it died, in one line, or None while it runs."""
        status = self.process.poll()
        if status is None:
            return None
        last_words = self.last_error() or "no message"
        return f"server {self.name} died ({describe_exit(status)}): {last_words}"


def launch(
    contestant: ContestantProgram, protocol: str, threads: int, cpus: Iterable[int], extra: str = ""
) -> RunningServer:
    """Starts a server on a free port of its own choice.

    It does not listen yet: see wait_until_listening.
    """
    options = [
        "--protocol",
        protocol,
        "--threads",
        str(threads),
        *shlex.split(extra),
        *shlex.split(contestant.options),
    ]
    errors = tempfile.TemporaryFile()
    try:
        process = spawn([contestant.server.program, *options], cpus, stderr=errors)
    except OSError as error:
        errors.close()
        raise Failure(f"cannot start {contestant.server.program}: {error.strerror}") from error
    return RunningServer(contestant.name, process, errors)


def wait_until_listening(server: RunningServer) -> None:
    """Blocks until the banner arrives.

    Raises Unavailable, or Failure when it died or kept silent.
    """
    deadline = time.monotonic() + BANNER_TIMEOUT_S
    line = b""
    while not line.endswith(b"\n"):
        ready, _, _ = select.select(
            [server.process.stdout], [], [], max(0.0, deadline - time.monotonic())
        )
        if not ready:
            raise Failure(f"server {server.name} did not listen within {BANNER_TIMEOUT_S:.0f} s")
        byte = os.read(server.process.stdout.fileno(), 1)
        if not byte:
            _raise_for_exit(server)
        line += byte
    try:
        server.banner = from_json(Banner, json.loads(line))
    except ValueError as error:
        text = line.decode(errors="replace").strip()[:120]
        raise Failure(f"server {server.name} printed no banner but: {text}") from error


def _raise_for_exit(server: RunningServer) -> None:
    status = server.process.wait()
    if status == EXIT_UNAVAILABLE:
        raise Unavailable(server.name, server.last_error() or "no reason given")
    raise Failure(server.death() or f"server {server.name} ended ({describe_exit(status)})")


def first_death(servers: Iterable[RunningServer]) -> str | None:
    """How the first dead of these servers died; None when all live.

    The generator may notice before the kernel is done with the process: its closing standard
    output, for which this waits a moment, comes first.
    """
    waiting = {server.process.stdout: server for server in servers}
    ended, _, _ = select.select(list(waiting), [], [], DEATH_NOTICE_S)
    for stream in ended:
        try:
            waiting[stream].process.wait(DEATH_NOTICE_S)
        except subprocess.TimeoutExpired:
            continue
        return waiting[stream].death()
    return None


def stop_all(servers: Iterable[RunningServer]) -> dict[str, dict]:
    """Stops all at once and returns the closing statistics of those that gave them."""
    running = list(servers)
    for server in running:
        if server.process.poll() is None:
            signal_group(server.process, signal.SIGTERM)
    return {server.name: _finish(server) for server in running}


def _finish(server: RunningServer) -> dict:
    """Reaps one server that was asked to stop; kills it when it does not."""
    try:
        try:
            rest, _ = server.process.communicate(timeout=STOP_GRACE_S)
        except subprocess.TimeoutExpired:
            rest = b""
        return json.loads(last_line(rest.decode(errors="replace")) or "{}")
    except ValueError:
        return {}
    finally:
        stop(server.process, 0)
        server.process.stdout.close()
        server.errors.close()


@contextmanager
def running(
    contestants: Iterable[ContestantProgram],
    protocol: str,
    threads: int = 1,
    cpus: Iterable[int] = (),
    extra: str = "",
) -> Iterator[dict[str, RunningServer]]:
    """All contestants up and listening; stopped on every way out, killed if they do not stop."""
    with ExitStack() as stack:
        started: dict[str, RunningServer] = {}
        stack.callback(lambda: stop_all(started.values()))
        for contestant in contestants:
            started[contestant.name] = launch(contestant, protocol, threads, cpus, extra)
        for server in started.values():
            wait_until_listening(server)
        yield started
