"""One run of a lab's test program: its report, its words, and an end even if it finds none.

Unlike system/processes this works in any thread, since several programs are verified at a time.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SANITIZERS = {
    # Paths are relative to where the program runs: a blank or a colon would end a setting.
    "ASAN_OPTIONS": "log_path=sanitizer:abort_on_error=1:handle_abort=0:color=never:"
    "detect_stack_use_after_return=1:detect_leaks={leaks}:leak_check_at_exit={at_exit}",
    # It has a log of its own, which may not be the same file.
    "UBSAN_OPTIONS": "print_stacktrace=1:color=never",
    "TSAN_OPTIONS": "log_path=sanitizer:abort_on_error=1:halt_on_error=1:handle_abort=0:color=never",
    "LSAN_OPTIONS": "report_objects=0:max_leaks=20",
}
POLL_S = 0.01
LAST_WORDS_S = 1.0
# A program that prints in a loop fills a file, but nobody's memory.
MOST_READ = 2**20


@dataclass(frozen=True)
class Ran:
    """What is left of a run. `silent`: it was ended, since nothing had happened for too long.

    `output` is what it printed, `sanitizers` what they reported.
    """

    status: int
    events: list[dict]
    output: str
    sanitizers: str
    silent: bool


def run_program(
    program: Path,
    arguments: Sequence[str],
    folder: Path,
    leaks: bool,
    patience_s: float,
    at_exit: bool = False,
) -> Ran:
    """Runs in `folder`, which keeps its files. `patience_s`: how long no test may begin or end.

    `leaks`: they are looked for, behind each test and perhaps `at_exit`.
    """
    report, output = _fresh_files(folder)
    settings = {
        name: text.format(leaks=int(leaks), at_exit=int(at_exit))
        for name, text in SANITIZERS.items()
    }
    with output.open("wb") as out:
        process = subprocess.Popen(
            [str(program), "--report", str(report), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env={**os.environ, **settings},
        )
        try:
            silent = not _ended(process, report, patience_s)
            if silent:
                _ask_for_last_words(process, report)
        finally:
            process.kill()
            process.wait()
    logs = "\n".join(_beginning(file) for file in folder.glob("sanitizer.*"))
    return Ran(process.returncode, _events(report), _beginning(output), logs, silent)


def _fresh_files(folder: Path) -> tuple[Path, Path]:
    """For the report and for the output. What an earlier run has left goes."""
    folder.mkdir(parents=True, exist_ok=True)
    report = folder / "report.jsonl"
    for old in (report, *folder.glob("sanitizer.*")):
        old.unlink(missing_ok=True)
    report.touch()
    return report, folder / "output.txt"


def _ask_for_last_words(process: subprocess.Popen, report: Path) -> None:
    """The machine takes this signal for the end of a test's time, and tells the story."""
    process.send_signal(signal.SIGPROF)
    _ended(process, report, LAST_WORDS_S)


def _beginning(file: Path) -> str:
    with file.open("rb") as content:
        return content.read(MOST_READ).decode(errors="replace")


def _ended(process: subprocess.Popen, report: Path, patience_s: float) -> bool:
    """Waits; False once the report has not grown for too long."""
    size, grown = 0, time.monotonic()
    while process.poll() is None:
        if (now := report.stat().st_size) != size:
            size, grown = now, time.monotonic()
        if time.monotonic() - grown > patience_s:
            return False
        time.sleep(POLL_S)
    return True


def _events(report: Path) -> list[dict]:
    """A line that the program's death cut off is left out."""
    found = []
    for line in report.read_text(errors="replace").splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            found.append(event)
    return found
