"""Starting servers, knowing when they listen, noticing when they die, stopping them in order."""

import json
import shlex
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from experiments.runner.errors import Failure
from experiments.runner.measure.foreign import launch_foreign
from experiments.runner.measure.running_server import RunningServer
from experiments.runner.plan.roster import Server
from experiments.runner.system.processes import last_line, signal_group, spawn, stop

STOP_GRACE_S = 8.0
DEATH_NOTICE_S, LOOK_EVERY_S = 1.0, 0.02


@dataclass(frozen=True)
class ContestantProgram:
    """A contestant with the server program that runs it, or with the command of a foreign one."""

    name: str
    server: Server
    options: str = ""
    command: str = ""


def launch(
    contestant: ContestantProgram, protocol: str, threads: int, cpus: Iterable[int], extra: str = ""
) -> RunningServer:
    """Starts a server on a free port of its own choice; a foreign program as its command says.

    It does not listen yet: see wait_until_listening(). `extra` are options that only servers take.
    """
    if contestant.command:
        return launch_foreign(contestant.name, contestant.command, protocol, threads, cpus)
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


def first_death(servers: Iterable[RunningServer]) -> str | None:
    """How the first dead of these servers died; None when all live.

    The generator may notice before the kernel is done with the process, so this waits a moment.
    """
    waiting = list(servers)
    deadline = time.monotonic() + DEATH_NOTICE_S
    while True:
        if death := next(filter(None, (server.death() for server in waiting)), None):
            return death
        if time.monotonic() > deadline:
            return None
        time.sleep(LOOK_EVERY_S)


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
            rest = None
        return json.loads(last_line((rest or b"").decode(errors="replace")) or "{}")
    except ValueError:
        return {}
    finally:
        stop(server.process, 0)
        server.close()


@contextmanager
def running(
    contestants: Iterable[ContestantProgram],
    protocol: str,
    threads: int = 1,
    cpus: Iterable[int] = (),
    extra: str = "",
) -> Iterator[dict[str, RunningServer]]:
    """All contestants up and listening; stopped on every way out, killed if they do not stop.

    Ctrl-C kills them at once: they would take their time to drain connections nobody waits for.
    """
    started: dict[str, RunningServer] = {}
    try:
        for contestant in contestants:
            started[contestant.name] = launch(contestant, protocol, threads, cpus, extra)
        for server in started.values():
            server.wait_until_listening()
        yield started
    except KeyboardInterrupt:
        for server in started.values():
            signal_group(server.process, signal.SIGKILL)
        raise
    finally:
        stop_all(started.values())
