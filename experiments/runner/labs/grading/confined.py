"""A program behind walls, and somebody who looks at what it uses while it runs."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from experiments.runner.labs.grading.grade import Infrastructure
from experiments.runner.labs.grading.limits import Limits, too_full, use_of

LOOK_S = 0.05
LOOK_AT_FOLDER_S = 0.5
GRACE_S = 60.0


@dataclass
class Confined:
    """A program behind walls, as subprocess.Popen has one. Raises Infrastructure if it never was.

    `ended`: what it did, and that it was ended for it; else "".
    """

    process: subprocess.Popen
    status: int
    folder: Path
    limits: Limits
    ended: str = ""
    began: float = field(default_factory=time.monotonic)
    looked: float = 0
    looked_at_folder: float = 0

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def returncode(self) -> int:
        return self.process.returncode

    def poll(self) -> int | None:
        if self.process.poll() is None:
            self._look()
        return self.process.poll()

    def _look(self) -> None:
        now = time.monotonic()
        if now - self.looked > LOOK_S and not self.ended:
            self.looked = now
            self.ended = use_of(self.process.pid).beyond(self.limits)
            if not self.ended and now - self.began > self.limits.wall_s:
                self.ended = f"took more than {self.limits.wall_s:g} s, and was ended"
            if not self.ended and now - self.looked_at_folder > LOOK_AT_FOLDER_S:
                self.looked_at_folder = now
                self.ended = too_full(self.folder, self.limits)
            if self.ended:
                self.kill()

    def send_signal(self, number: int) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        """Returns when nothing of it is left."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def wait(self) -> int:
        status = self.process.wait()
        if self.status >= 0:
            with os.fdopen(self.status, "rb") as file:
                why = file.read().decode(errors="replace")
            self.status = -1
            if why:
                raise Infrastructure(f"a program could not be started: {why}")
        return status
