"""The lesser recorder: strace sees the system calls of a server and its client, and no more."""

import errno
import re
import signal
import subprocess
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from experiments.runner.errors import Failure
from experiments.runner.system.processes import last_line, spawn, stop
from experiments.runner.trace.record.ring_buffer import Event

READY_TIMEOUT_S = 10.0
_LINE = re.compile(
    r"^(?P<tid>\d+) +(?P<time>\d+\.\d+) (?P<name>\w+)\((?P<arguments>.*)\) += "
    r"(?P<result>-?\w+)(?P<error> E\w+)?.*<(?P<lasts>[\d.]+)>$"
)
_BEGUN = re.compile(
    r"^(?P<tid>\d+) +(?P<time>\d+\.\d+) (?P<name>\w+)\((?P<arguments>.*)<unfinished \.\.\.>$"
)
_RESUMED = re.compile(
    r"^(?P<tid>\d+) +(?P<time>\d+\.\d+) <\.\.\. (?P<name>\w+) resumed>(?P<arguments>.*) += "
    r"(?P<result>-?\w+)(?P<error> E\w+)?.*<(?P<lasts>[\d.]+)>$"
)
_FD = re.compile(r"^(\d+)\b")
_ERRORS = {name: number for number, name in errno.errorcode.items()}


class StraceTrace:
    """Records while it is on: so long strace is attached."""

    missed = False

    def __init__(self, pids: Sequence[int], folder: Path) -> None:
        self._pids = list(pids)
        self._output = folder / "strace"
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> "StraceTrace":
        return self

    def __exit__(self, *_why: object) -> None:
        self.off()

    def on(self) -> None:
        words = ["strace", "-f", "-qq", "--absolute-timestamps=format:unix,precision:ns"]
        words += ["--syscall-times=ns", "-s", "0", "-o", str(self._output)]
        words += [word for pid in self._pids for word in ("-p", str(pid))]
        self._process = spawn(words, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + READY_TIMEOUT_S
        while not all(_traced(pid) for pid in self._pids):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._refused()
            time.sleep(0.01)

    def _refused(self) -> None:
        assert self._process and self._process.stderr
        stop(self._process, 1)
        text = last_line(self._process.stderr.read().decode(errors="replace"))
        raise Failure(
            f"strace may not attach: {text or 'no message'}; "
            "sysctl kernel.yama.ptrace_scope=0 permits it, or run it with sudo",
            2,
        )

    def off(self) -> None:
        if self._process:
            stop(self._process, READY_TIMEOUT_S, signal.SIGINT)
            if self._process.stderr:
                self._process.stderr.close()
            self._process = None

    def events(self) -> list[Event]:
        """Each call as two events, in the shape of the kernel's."""
        try:
            text = self._output.read_text(errors="replace")
        except FileNotFoundError:
            return []
        return sorted(parse(text.splitlines()), key=lambda event: event.at_ns)


def _traced(pid: int) -> bool:
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True
    return not re.search(r"^TracerPid:\s+0$", text, re.MULTILINE)


def parse(lines: Iterable[str]) -> list[Event]:
    """The calls in strace's output. One that did not end has a beginning only."""
    found = []
    begun: dict[tuple[int, str], int] = {}
    for line in lines:
        if match := _LINE.match(line):
            at_ns = _ns(match["time"])
            found.append(_enter(match, at_ns))
            found.append(_exit(match, at_ns + _ns(match["lasts"])))
        elif match := _BEGUN.match(line):
            begun[int(match["tid"]), match["name"]] = _ns(match["time"])
            found.append(_enter(match, _ns(match["time"])))
        elif match := _RESUMED.match(line):
            started = begun.pop((int(match["tid"]), match["name"]), None)
            resumed = _ns(match["time"])
            found.append(
                _exit(match, resumed if started is None else started + _ns(match["lasts"]))
            )
    return found


def _enter(match: re.Match[str], at_ns: int) -> Event:
    fields: dict[str, Any] = {}
    arguments = match["arguments"]
    if number := _FD.match(arguments):
        fields["epfd" if match["name"].startswith("epoll") else "fd"] = int(number[1])
    if match["name"] == "io_uring_enter":
        words = [word.strip() for word in arguments.split(",")]
        fields["min_complete"] = int(words[2]) if len(words) > 2 and words[2].isdigit() else 0
    return Event(at_ns, f"sys_enter_{match['name']}", int(match["tid"]), fields)


def _exit(match: re.Match[str], at_ns: int) -> Event:
    result = match["result"]
    value = int(result, 0) if re.fullmatch(r"-?(0x[0-9a-f]+|\d+)", result) else 0
    if match["error"]:
        value = -_ERRORS.get(match["error"].strip(), 1)
    return Event(at_ns, f"sys_exit_{match['name']}", int(match["tid"]), {"ret": value})


def _ns(text: str) -> int:
    seconds, _, rest = text.partition(".")
    return int(seconds) * 1_000_000_000 + int(rest.ljust(9, "0")[:9])
