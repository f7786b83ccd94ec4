"""Running one program of somebody we do not trust, with as much between it and us as there can be.

launcher.py builds the walls; here it is decided which ones there can be, and somebody looks on.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from experiments.runner.labs.grading.grade import Infrastructure
from experiments.runner.labs.grading.limits import COMPILER, Limits, too_full, use_of

LAUNCHER = Path(__file__).with_name("launcher.py")
# What compilers and programs need of the system; as far as it is there.
SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/nix"),
    *("/etc/ld.so.cache", "/etc/alternatives", "/etc/passwd", "/etc/group", "/etc/localtime"),
)
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/tmp",
    "TMPDIR": "/tmp",
    "LC_ALL": "C.UTF-8",
}
# Users that no system gives to anybody; one for each grader that runs.
FIRST_USER, USERS = 64000, 900
LOOK_S = 0.05
LOOK_AT_FOLDER_S = 0.5
POLL_S = 0.01
GRACE_S = 10.0
MOST_SAID = 2**20


@dataclass(frozen=True)
class Walls:
    """`namespaces`: own processes, own network, a root with nothing but what is needed.

    `user`: the other user, or None for the same one. `why`: what prevents namespaces. `turn`: without namespaces a program's end is
    that of everything this user runs, so there is one at a time.
    """

    namespaces: bool
    user: int | None
    why: str = ""
    turn: Lock = field(default_factory=Lock, compare=False, repr=False)

    @property
    def words(self) -> str:
        other = "as another user" if self.user is not None else "as the same user"
        if self.namespaces:
            return f"{other}, with no network and no files but its own"
        seen = "it sees the files and the network of this machine"
        return f"{other}, without namespaces ({self.why}): {seen}"


@dataclass(frozen=True)
class Sandbox:
    """`visible`: what programs may read besides the system, at the places where it is."""

    walls: Walls
    base: Path
    visible: tuple[Path, ...]

    def start(
        self,
        command: Sequence[str],
        folder: Path,
        settings: Mapping[str, str],
        output: BinaryIO,
        limits: Limits,
        stdin: int = subprocess.DEVNULL,
    ) -> "Confined":
        """With `folder` as the only one it can write into, which is emptied by nobody."""
        self._lend(folder)
        root = self.base / "root"
        root.mkdir(exist_ok=True)
        terms = {
            "root": str(root) if self.walls.namespaces else "",
            "visible": [*filter(os.path.lexists, SYSTEM), *map(str, self.visible)],
            "writable": [str(folder)],
            "folder": str(folder),
            "user": self.walls.user,
            "limits": limits.kernel(),
        }
        if self.walls.user is None:
            del terms["limits"]["RLIMIT_NPROC"]  # it would count what else this user does
        reading, status = os.pipe()
        words = [sys.executable, "-I", "-S", str(LAUNCHER), json.dumps(terms), str(status), "--"]
        try:
            process = subprocess.Popen(
                [*words, *command],
                stdin=stdin,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**ENVIRONMENT, **settings},
                pass_fds=(status,),
            )
        finally:
            os.close(status)
        return Confined(process, reading, folder, limits)

    def run(self, command: Sequence[str], folder: Path, limits: Limits) -> tuple[int, str]:
        """To its end. Status and words; if it was ended, the last line says why."""
        turn = nullcontext() if self.walls.namespaces else self.walls.turn
        with turn, tempfile.TemporaryFile() as output:
            child = self.start(command, folder, {}, output, limits)
            try:
                while child.poll() is None:
                    time.sleep(POLL_S)
            finally:
                child.kill()
                status = child.wait()
            output.seek(0)
            said = output.read(MOST_SAID).decode(errors="replace")
        return (status, said) if not child.ended else (status or 1, f"{said}\nit {child.ended}")

    def _lend(self, folder: Path) -> None:
        if self.walls.user is not None:
            os.chown(folder, self.walls.user, self.walls.user)


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


def best_walls(base: Path) -> Walls:
    """The strongest that this machine allows, found out by trying."""
    user = FIRST_USER + os.getpid() % USERS if os.geteuid() == 0 else None
    why = _why_not(Walls(True, user), base)
    if not why:
        return Walls(True, user)
    walls = Walls(False, user, why)
    if why := _why_not(walls, base):
        raise Infrastructure(why)
    return walls


def _why_not(walls: Walls, base: Path) -> str:
    folder = Path(tempfile.mkdtemp(dir=base))
    try:
        status, said = Sandbox(walls, base, ()).run(
            [shutil.which("true") or "true"], folder, COMPILER
        )
    except Infrastructure as failure:
        return failure.message
    finally:
        remove(folder)
    return "" if status == 0 else f"true ended with status {status} {said}".strip()


def remove(folder: Path) -> None:
    """Whatever lies in it: rm does not mind how deep it is."""
    subprocess.run(["rm", "-rf", "--", str(folder)], stderr=subprocess.DEVNULL)
