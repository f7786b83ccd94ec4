"""One run of a lab's test program: its report, its words, and an end even if it finds none.

Unlike system/processes this works in any thread, since several programs are verified at a time.
"""

import ctypes
import os
import signal
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from experiments.runner.labs.run.ground import HERE, Child, Ground
from experiments.runner.system.descendants import waited_s

SANITIZERS = {
    # Paths are relative to where the program runs: a blank or a colon would end a setting.
    "ASAN_OPTIONS": "log_path=sanitizer:abort_on_error=1:handle_abort=0:color=never:"
    "detect_stack_use_after_return=1:detect_leaks={leaks}:leak_check_at_exit={at_exit}",
    # It has a log of its own, which may not be the same file.
    "UBSAN_OPTIONS": "print_stacktrace=1:color=never",
    "TSAN_OPTIONS": "log_path=sanitizer:abort_on_error=1:halt_on_error=1:handle_abort=0:"
    "color=never:report_signal_unsafe=0",
    "LSAN_OPTIONS": "report_objects=0:max_leaks=20",
}
POLL_S = 0.01
LAST_WORDS_S = 1.0
NOTICED_S = 0.5  # asking how long a program was hindered takes some milliseconds
# Of personality(2).
ADDR_NO_RANDOMIZE, ASK = 0x0040000, 0xFFFFFFFF
# A program that prints in a loop fills a file, but nobody's memory.
MOST_READ = 2**20
LONGEST_REPORT = 2**24
MOST_LOGS = 20


@dataclass(frozen=True)
class Ran:
    """What is left of a run. `silent`: it was ended, since nothing had happened for too long.

    `output` is what it printed, `sanitizers` what they reported, `ended` why the ground ended it.
    """

    status: int
    events: list[dict]
    output: str
    sanitizers: str
    silent: bool
    ended: str = ""


def run_program(
    program: Path,
    arguments: Sequence[str],
    folder: Path,
    leaks: bool,
    patience_s: float,
    at_exit: bool = False,
    ground: Ground = HERE,
) -> Ran:
    """Runs in `folder`, which keeps its files. `patience_s`: how long no test may begin or end.

    `leaks`: they are looked for, behind each test and perhaps `at_exit`.
    """
    ground.prepare(folder)
    report, output = folder / "report.jsonl", folder / "output.txt"
    settings = {
        name: text.format(leaks=int(leaks), at_exit=int(at_exit))
        for name, text in SANITIZERS.items()
    }
    command = [str(program), "--report", str(report), *arguments]
    with output.open("xb") as out, _fixed_addresses():
        process = ground.start(command, folder, settings, out)
    try:
        silent = not _ended(process, report, patience_s)
        if silent:
            _ask_for_last_words(process, report)
    finally:
        process.kill()
        process.wait()
    logs = sorted(folder.glob("sanitizer.*"))[:MOST_LOGS]
    said = "\n".join(_beginning(file) for file in logs)
    events = ground.events(_beginning(report, LONGEST_REPORT), process.returncode)
    return Ran(process.returncode, events, _beginning(output), said, silent, process.ended)


@contextmanager
def _fixed_addresses() -> Iterator[None]:
    """What this thread starts has the same addresses in each run, unless a container forbids it.

    GCC's thread sanitizer cannot start where they are very random (vm.mmap_rnd_bits above 28).
    """
    personality = ctypes.CDLL(None).personality
    before = personality(ASK)
    personality(before | ADDR_NO_RANDOMIZE)
    try:
        yield
    finally:
        personality(before)


def _ask_for_last_words(process: Child, report: Path) -> None:
    """The machine takes this signal for the end of a test's time, and tells the story."""
    process.send_signal(signal.SIGPROF)
    _ended(process, report, LAST_WORDS_S)


def _beginning(file: Path, most: int = MOST_READ) -> str:
    """Empty for anything but a plain file: what lies there may be somebody's trap."""
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ""
    with os.fdopen(handle, "rb") as content:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return ""
        return content.read(most).decode(errors="replace")


def _ended(process: Child, report: Path, patience_s: float) -> bool:
    """Waits; False once the report has not grown for too long.

    Time in which others had the processors does not count: who is ready to run is not stuck.
    """
    size, grown, hindered_s = 0, time.monotonic(), None
    while process.poll() is None:
        if (now := _size(report)) != size:
            size, grown, hindered_s = now, time.monotonic(), None
        silent_s = time.monotonic() - grown
        if silent_s > NOTICED_S and hindered_s is None:
            hindered_s = waited_s(process.pid)
        if silent_s > patience_s and silent_s - (waited_s(process.pid) - hindered_s) > patience_s:
            return False
        time.sleep(POLL_S)
    return True


def _size(report: Path) -> int:
    try:
        return report.lstat().st_size
    except OSError:
        return 0
