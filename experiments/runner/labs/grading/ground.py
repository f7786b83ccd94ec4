"""Where a submission's tests run: in a sandbox, with a report that only the tests can write."""

import os
import resource
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from experiments.runner.labs.grading.confined import Confined
from experiments.runner.labs.grading.limits import TESTS
from experiments.runner.labs.grading.sandbox import Sandbox, remove
from experiments.runner.labs.grading.seal import KEY_SIZE, canary, genuine
from experiments.runner.labs.run.ground import Event, of_tests, read_events

# Of all tests of one submission together.
ALL_TESTS_S = 900.0
# A submission that used the processor less than this while its time went by was hindered by others.
BUSY = 0.5
FORGED = "the report of the tests has lines that the tests have not written"
LET_PASS = "a test that must fail for every program has passed"
LEFT_OUT = "tests that must fail for every program did not run"
LEFT_EARLY = "the program ended by itself before its tests had run; did it call exit()?"


@dataclass
class SealedGround:
    """`suites`: those of the lab. `suspicions`: sentences, collected from run to run."""

    sandbox: Sandbox
    suites: tuple[str, ...]
    suspicions: list[str] = field(default_factory=list)
    key: bytes = b""
    began: float = field(default_factory=time.monotonic)
    processor_began: float = field(default_factory=lambda: _processor_of_children())

    @property
    def exhausted(self) -> bool:
        return time.monotonic() - self.began > ALL_TESTS_S

    @property
    def was_busy(self) -> bool:
        """Whether the time that has passed was mostly the submission's own."""
        used = _processor_of_children() - self.processor_began
        return used > BUSY * (time.monotonic() - self.began)

    def prepare(self, folder: Path) -> None:
        remove(folder)
        folder.mkdir(parents=True)

    def start(
        self, command: Sequence[str], folder: Path, settings: Mapping[str, str], output: BinaryIO
    ) -> Confined:
        """The key goes into a pipe that the program finds as its standard input."""
        self.key = os.urandom(KEY_SIZE)
        reading, writing = os.pipe()
        try:
            os.write(writing, self.key)
            os.close(writing)
            return self.sandbox.start(command, folder, settings, output, TESTS, stdin=reading)
        finally:
            os.close(reading)

    def events(self, report: str, status: int) -> list[Event]:
        lines = list(genuine(report, self.key))
        if None in lines:
            self._suspect(FORGED)
        events = list(read_events(line for line in lines if line is not None))
        self._look_at_canaries(events)
        told = [one for one in of_tests(events) if one["test"] not in self._canaries]
        if status >= 0 and not _finished(events) and not _within_a_test(told):
            self._suspect(LEFT_EARLY)
        return told

    @property
    def _canaries(self) -> set[str]:
        return {canary(self.key, suite) for suite in self.suites}

    def _look_at_canaries(self, events: list[Event]) -> None:
        """Each must have failed, once with each seed."""
        names = self._canaries
        ends = [one for one in events if one.get("event") == "end" and one["test"] in names]
        if any(one["passed"] for one in ends):
            self._suspect(LET_PASS)
        seeds = {one["seed"] for one in events if "seed" in one}
        counts = Counter(one["test"] for one in ends)
        if _finished(events) and (not seeds or any(counts[n] != len(seeds) for n in names)):
            self._suspect(LEFT_OUT)

    def _suspect(self, sentence: str) -> None:
        if sentence not in self.suspicions:
            self.suspicions.append(sentence)


def _finished(events: list[Event]) -> bool:
    return any(one.get("event") == "finished" for one in events)


def _within_a_test(events: list[Event]) -> bool:
    return bool(events) and events[-1].get("event") in ("start", "crash", "endless")


def _processor_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
