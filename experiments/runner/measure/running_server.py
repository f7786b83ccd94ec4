"""One contestant's process: where it listens, which process to charge, how it died."""

import json
import os
import select
import subprocess
import time
from dataclasses import dataclass
from typing import IO

from experiments.runner.errors import Failure
from experiments.runner.system.processes import describe_exit, last_line
from experiments.runner.typed_json import from_json

EXIT_UNAVAILABLE = 3
LISTEN_TIMEOUT_S = 15.0
# Enough for the last line of whatever a program wrote.
LAST_BYTES = 4096


class Unavailable(Exception):
    """The engine was refused on this machine: `reason` is the server's own line."""

    def __init__(self, server: str, reason: str) -> None:
        super().__init__(f"{server} is unavailable here: {reason}")
        self.server = server
        self.reason = reason


@dataclass(frozen=True)
class Banner:
    """What a server says of itself when it listens; of a foreign program, what was found out.

    Only where it listens is needed; the rest is for the reader, but for `pid`: that process is
    charged with CPU and memory, and with None nobody is.
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
    """A contestant's process, which says in a banner where it listens.

    It has its `banner` once it listens. `errors` is what it wrote to standard error.
    """

    name: str
    process: subprocess.Popen
    errors: IO[bytes]
    banner: Banner | None = None

    @property
    def pid(self) -> int | None:
        """The process that is charged; None where no single one can be."""
        return self._known.pid

    @property
    def address(self) -> str:
        host = self._known.address
        return f"{f'[{host}]' if ':' in host else host}:{self._known.port}"

    @property
    def target(self) -> str:
        """The server as the generator's option --target takes it."""
        return f"{self.name}={self.address}" + (f",pid={self.pid}" if self.pid else "")

    @property
    def _known(self) -> Banner:
        assert self.banner is not None, "it does not listen yet"
        return self.banner

    def last_error(self) -> str:
        """The last line the server wrote to standard error."""
        size = self.errors.seek(0, os.SEEK_END)
        self.errors.seek(max(0, size - LAST_BYTES))
        return last_line(self.errors.read().decode(errors="replace"))

    def death(self) -> str | None:
        """How it died, in one line, or None while it runs."""
        status = self.process.poll()
        if status is None:
            return None
        last_words = self.last_error() or "no message"
        return f"server {self.name} died ({describe_exit(status)}): {last_words}"

    def close(self) -> None:
        """Lets go of what it wrote; for when the process is gone."""
        if self.process.stdout:
            self.process.stdout.close()
        self.errors.close()

    def wait_until_listening(self) -> None:
        """Blocks until the banner arrives.

        Raises Unavailable, or Failure when it died or kept silent.
        """
        line = self._first_line(time.monotonic() + LISTEN_TIMEOUT_S)
        try:
            self.banner = from_json(Banner, json.loads(line))
        except ValueError as error:
            text = line.decode(errors="replace").strip()[:120]
            raise Failure(f"server {self.name} printed no banner but: {text}") from error

    def _first_line(self, deadline: float) -> bytes:
        line, stream = b"", self.process.stdout
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([stream], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise Failure(f"server {self.name} did not listen within {LISTEN_TIMEOUT_S:.0f} s")
            byte = os.read(stream.fileno(), 1)
            if not byte:
                self._raise_for_exit()
            line += byte
        return line

    def _raise_for_exit(self) -> None:
        status = self.process.wait()
        if status == EXIT_UNAVAILABLE:
            raise Unavailable(self.name, self.last_error() or "no reason given")
        raise Failure(self.death() or f"server {self.name} ended ({describe_exit(status)})")
