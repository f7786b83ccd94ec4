"""Starting and stopping child processes so that none is ever left behind.

Every child leads its own process group, so the terminal's Ctrl-C reaches only the runner, which
then stops its children in order. Should the runner itself be killed, the kernel kills them.
"""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

if sys.platform != "win32":
    import resource

# What ends a run: Ctrl-C, a plain kill, a terminal that is closed.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform.startswith("linux") else None


def _in_child(cpus: frozenset[int], parent: int) -> Callable[[], None]:
    """Between fork and exec: the child will die with its parent; its cores and limits are set."""

    def prepare() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)
            if cpus:
                os.sched_setaffinity(0, cpus)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft != hard:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    return prepare


def spawn(
    command: Iterable[str | Path],
    cpus: Iterable[int] = (),
    stdout: int | None = subprocess.PIPE,
    stderr: int | None | object = subprocess.PIPE,
    environment: dict[str, str] | None = None,
    cwd: Path | None = None,
    stdin: int = subprocess.DEVNULL,
) -> subprocess.Popen:
    """Starts `command` in a process group of its own, pinned to `cpus` (empty: not pinned).

    Binary pipes.
    """
    process = None
    try:
        with signals_held():
            process = subprocess.Popen(
                [str(part) for part in command],
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                env=environment,
                cwd=cwd,
                process_group=0,
                preexec_fn=_in_child(frozenset(cpus), os.getpid()),
            )
    except KeyboardInterrupt:
        if process:
            stop(process, 0)
        raise
    return process


@contextmanager
def signals_held() -> Iterator[None]:
    """A signal that ends the run is acted upon only afterwards.

    Python runs hooks around a fork, and what is raised in one of them it prints and forgets: a
    Ctrl-C that comes just then would be lost.
    """
    came: list[int] = []
    handlers = {number: signal.getsignal(number) for number in ENDING}
    handlers = {number: act for number, act in handlers.items() if callable(act)}
    for number in handlers:
        signal.signal(number, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        for number, act in handlers.items():
            signal.signal(number, act)
        for number in came[:1]:
            handlers[number](number, None)


def become(program: Path, arguments: Iterable[str]) -> NoReturn:
    """Replaces this process by a program, so that signals and terminal are its own.

    Python ignores SIGPIPE, and what is ignored stays ignored in the next program: it would survive
    here what kills it everywhere else.
    """
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.stdout.flush()
    os.execv(program, [str(program), *arguments])


def signal_group(process: subprocess.Popen, number: int) -> None:
    """Sends a signal to the child's whole group; a group that is gone is no error."""
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        pass


def stop(process: subprocess.Popen, grace_s: float, first: int = signal.SIGTERM) -> int:
    """Asks the child to stop, kills its group after `grace_s`, reaps it.

    Returns its exit status.
    """
    try:
        if process.poll() is None:
            signal_group(process, first)
            try:
                process.wait(grace_s)
            except subprocess.TimeoutExpired:
                pass
    finally:
        signal_group(process, signal.SIGKILL)
        process.wait()
    return process.returncode


def last_line(text: str) -> str:
    """The last line with content, for one-line error messages."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def describe_exit(status: int) -> str:
    """An exit status in words: `exit status 3`, `killed by SIGSEGV`."""
    if status >= 0:
        return f"exit status {status}"
    try:
        return f"killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"killed by signal {-status}"
