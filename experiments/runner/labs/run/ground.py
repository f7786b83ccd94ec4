"""Where a lab's test program runs: here, as a student does it, or where a grader puts it."""

import json
import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol

Event = dict


class Child(Protocol):
    """A program that was started, as subprocess.Popen has it. `ended`: why it was ended, or ""."""

    pid: int
    returncode: int
    ended: str

    def poll(self) -> int | None:
        ...

    def send_signal(self, number: int) -> None:
        ...

    def kill(self) -> None:
        ...

    def wait(self) -> int:
        ...


class Ground(Protocol):
    """`exhausted`: no more programs are to be started, whatever is left to do."""

    @property
    def exhausted(self) -> bool:
        ...

    def prepare(self, folder: Path) -> None:
        """Makes the folder in which a program will run, without anything an earlier one left."""

    def start(
        self, command: Sequence[str], folder: Path, settings: Mapping[str, str], output: BinaryIO
    ) -> Child:
        ...

    def events(self, report: str, status: int) -> list[Event]:
        """What the last program that was started has reported. `status`: how it ended."""


class Here:
    """As oneself, with nothing in between."""

    exhausted = False

    def prepare(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for old in (folder / "report.jsonl", folder / "output.txt", *folder.glob("sanitizer.*")):
            old.unlink(missing_ok=True)

    def start(
        self, command: Sequence[str], folder: Path, settings: Mapping[str, str], output: BinaryIO
    ) -> Child:
        return _OwnChild(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env={**os.environ, **settings},
        )

    def events(self, report: str, status: int) -> list[Event]:
        return of_tests(read_events(report.splitlines()))


class _OwnChild(subprocess.Popen):
    ended = ""


def read_events(lines: Iterable[str]) -> Iterable[Event]:
    """A line that the program's death cut off is left out."""
    for line in lines:
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(event, dict):
            yield event


def of_tests(events: Iterable[Event]) -> list[Event]:
    """Others are only signs of life."""
    return [event for event in events if "test" in event]


HERE = Here()
