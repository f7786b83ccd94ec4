"""Running one program of somebody we do not trust, with as much between it and us as there can be.

launcher.py builds the walls; here it is decided which ones there can be, and somebody looks on.
"""

import json
import os
import shutil
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

from experiments.runner.labs.grading.confined import Confined
from experiments.runner.labs.grading.grade import Infrastructure
from experiments.runner.labs.grading.limits import COMPILER, Limits

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
POLL_S = 0.01
MOST_SAID = 2**20


@dataclass(frozen=True)
class Walls:
    """`namespaces`: own processes, own network, a root with nothing but what is needed.

    `user`: the other user, or None for the same one. `why`: what prevents namespaces. `turn`:
    without them a program's end is that of all this user runs, so there is one at a time.
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
    ) -> Confined:
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
                self._take_back(folder)
            output.seek(0)
            said = output.read(MOST_SAID).decode(errors="replace")
        return (status, said) if not child.ended else (status or 1, f"{said}\nit {child.ended}")

    def _take_back(self, folder: Path) -> None:
        """Where a program that runs later could still write: else it might exchange itself."""
        if self.walls.user is not None and not self.walls.namespaces:
            for one in (folder, *folder.iterdir()):
                os.chown(one, os.geteuid(), os.getegid(), follow_symlinks=False)

    def _lend(self, folder: Path) -> None:
        if self.walls.user is not None:
            os.chown(folder, self.walls.user, self.walls.user)


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
