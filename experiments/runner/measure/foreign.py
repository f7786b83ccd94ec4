"""A foreign program: started by its command, found by what /proc tells of its sockets."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass

from experiments.runner.errors import Failure, usage
from experiments.runner.measure.running_server import LISTEN_TIMEOUT_S, Banner, RunningServer
from experiments.runner.plan.foreign import PORT, words_of
from experiments.runner.system.listening import Listener, can_tell, free_port, listeners
from experiments.runner.system.processes import spawn

LOOK_EVERY_S = 0.1
# A program may open a second port a moment after the first, or fork workers that share it: what is
# found counts once it has stayed the same for so long.
SETTLED_S = 0.2
GONE_TIMEOUT_S, GONE_EVERY_S = 2.0, 0.01


@dataclass
class ForeignServer(RunningServer):
    """A foreign program. `port` is the one its command was told, or None.

    `errors` is what it wrote, to standard output as well: nothing else reads that, and a pipe that
    is full would stop it.
    """

    port: int | None = None

    def death(self) -> str | None:
        """As for every server. Two copies, such as reference and control, need two ports."""
        told = super().death()
        if told and self.port is None and "already in use" in told.lower():
            return f"{told}; put {PORT} into its command, so that each copy of it gets its own"
        return told

    def wait_until_listening(self) -> None:
        """Blocks until it listens.

        Raises Failure when it died, listened nowhere in time or has several ports.
        """
        found = self._settled(time.monotonic() + LISTEN_TIMEOUT_S)
        if not found:
            raise Failure(self._why_not())
        if len(found) > 1:
            ports = " and ".join(str(one.port) for one in found)
            raise usage(
                f"the program {self.name} listens on ports {ports}: "
                f"put {PORT} into its command, so that it learns which to use"
            )
        self.banner = _banner(found[0])

    def close(self) -> None:
        """Besides, waits a moment for its port: those of its group that were killed may still have
        it, and its next start may want the same one."""
        deadline = time.monotonic() + GONE_TIMEOUT_S
        while listeners(self.process.pid) and time.monotonic() < deadline:
            time.sleep(GONE_EVERY_S)
        super().close()

    def _settled(self, deadline: float) -> list[Listener]:
        """Where it listens once that no longer changes, or when time is up."""
        found, since = self._look(), time.monotonic()
        while time.monotonic() < (since + SETTLED_S if found else deadline):
            if death := self.death():
                raise Failure(death)
            time.sleep(LOOK_EVERY_S)
            now = self._look()
            if now != found and time.monotonic() < deadline:
                found, since = now, time.monotonic()
        return found

    def _look(self) -> list[Listener]:
        """Where it listens, as far as that may be the port to measure."""
        found = listeners(self.process.pid)
        return found if self.port is None else [one for one in found if one.port == self.port]

    def _why_not(self) -> str:
        others = ", ".join(str(one.port) for one in listeners(self.process.pid))
        where = "TCP port" if self.port is None else f"port {self.port}, which {PORT} stood for,"
        return (
            f"the program {self.name} listens on no {where} "
            f"after {LISTEN_TIMEOUT_S:.0f} s"
            f"{f' but on {others}' if others else ''}: {self.last_error() or 'no message'}"
        )


def _banner(found: Listener) -> Banner:
    """Several owners share the work in a way that nobody tells: then none is charged."""
    (pid,) = found.pids if len(found.pids) == 1 else (None,)
    return Banner(found.address, found.port, pid=pid)


def launch_foreign(
    name: str, command: str, protocol: str, threads: int, cpus: Iterable[int]
) -> ForeignServer:
    """Starts it in the current directory. It does not listen yet: see wait_until_listening()."""
    if not can_tell():
        raise Failure(f"this system does not tell where the program {name} listens: no /proc/net")
    port = free_port()
    words = words_of(command, port, protocol, threads)
    output = tempfile.TemporaryFile()
    try:
        process = spawn(words, cpus, stdout=output, stderr=subprocess.STDOUT)
    except OSError as error:
        output.close()
        reason = f"{error.strerror} in {os.getcwd()}"
        raise Failure(f"cannot start the program {name}, {words[0]}: {reason}") from error
    return ForeignServer(name, process, output, port=port if PORT in command else None)
