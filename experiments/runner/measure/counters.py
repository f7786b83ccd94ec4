"""Counting the system calls of running processes: by perf where permitted, else by strace.

Both are context managers that count while they are entered and give the counts by process id
afterwards. Neither returns from entering before it counts.
"""

import os
import re
import select
import signal
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Protocol

from experiments.runner.errors import Failure
from experiments.runner.system import machine
from experiments.runner.system.processes import spawn, stop

READY_TIMEOUT_S = 10.0


class Counter(Protocol):
    """Counts the calls of some processes while entered; then `calls` has them.

    One that `disturbs` slows its processes down so much that only the calls mean anything.
    """

    name: str
    disturbs: bool
    calls: dict[int, int]

    def __enter__(self) -> "Counter":
        ...

    def __exit__(
        self, kind: type | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        ...


class PerfCounter:
    """All processes in one perf, which is told to begin and answers when it has."""

    name = "perf"
    disturbs = False

    def __init__(self, pids: list[int]) -> None:
        self.calls: dict[int, int] = {}
        self._pids = pids

    def __enter__(self) -> "PerfCounter":
        self._threads = {
            int(tid): pid for pid in self._pids for tid in os.listdir(f"/proc/{pid}/task")
        }
        self._folder = tempfile.TemporaryDirectory()
        control, answers = (Path(self._folder.name) / name for name in ("control", "answers"))
        os.mkfifo(control)
        os.mkfifo(answers)
        self._report = tempfile.TemporaryFile()
        words = [
            "perf",
            "stat",
            "-x",
            ",",
            "--per-thread",
            "-e",
            "raw_syscalls:sys_enter",
            "-D",
            "-1",
        ]
        words += ["--control", f"fifo:{control},{answers}", "-p", ",".join(map(str, self._pids))]
        self._process = spawn(words, stdout=subprocess.DEVNULL, stderr=self._report)
        self._control = os.open(control, os.O_RDWR)
        self._answers = os.open(answers, os.O_RDWR)
        os.write(self._control, b"enable\n")
        ready, _, _ = select.select([self._answers], [], [], READY_TIMEOUT_S)
        if not ready:
            self._close()
            raise Failure("perf did not begin to count")
        return self

    def __exit__(
        self, kind: type | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        stop(self._process, READY_TIMEOUT_S, signal.SIGINT)
        self._report.seek(0)
        self.calls = dict.fromkeys(self._pids, 0)
        for line in self._report.read().decode(errors="replace").splitlines():
            found = re.match(r"(?:.*-)?(\d+),(\d+),", line)
            if found and int(found[1]) in self._threads:
                self.calls[self._threads[int(found[1])]] += int(found[2])
        self._close()

    def _close(self) -> None:
        stop(self._process, 0)
        for descriptor in (self._control, self._answers):
            os.close(descriptor)
        self._report.close()
        self._folder.cleanup()


class StraceCounter:
    """One strace for each process. It slows every call down."""

    name = "strace"
    disturbs = True

    def __init__(self, pids: list[int]) -> None:
        self.calls: dict[int, int] = {}
        self._pids = pids

    def __enter__(self) -> "StraceCounter":
        self._folder = tempfile.TemporaryDirectory()
        self._processes = {pid: self._attach(pid) for pid in self._pids}
        return self

    def _attach(self, pid: int) -> subprocess.Popen:
        process = spawn(
            ["strace", "-f", "-c", "-o", self._output(pid), "-p", str(pid)],
            stdout=subprocess.DEVNULL,
        )
        ready, _, _ = select.select([process.stderr], [], [], READY_TIMEOUT_S)
        text = os.read(process.stderr.fileno(), 4096).decode(errors="replace") if ready else ""
        if "attached" not in text:
            stop(process, 1)
            raise Failure(f"strace did not attach: {text.strip() or 'no message'}")
        return process

    def _output(self, pid: int) -> Path:
        return Path(self._folder.name) / str(pid)

    def __exit__(
        self, kind: type | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pid, process in self._processes.items():
            stop(process, READY_TIMEOUT_S, signal.SIGINT)
            process.stderr.close()
            self.calls[pid] = total_of_strace(self._output(pid).read_text(errors="replace"))
        self._folder.cleanup()


def total_of_strace(text: str) -> int:
    """The calls in the last line of `strace -c`: 100.00 seconds usecs/call calls [errors] total."""
    found = re.search(
        r"^\s*100\.\d+\s+\S+\s+(?:\d+\s+)?(\d+)(?:\s+\d+)?\s+total\s*$", text, re.MULTILINE
    )
    return int(found[1]) if found else 0


def best_counter() -> type[Counter] | None:
    """What may count here; None when nothing may."""
    if machine.perf_refusal() is None:
        return PerfCounter
    return StraceCounter if machine.strace_refusal() is None else None
