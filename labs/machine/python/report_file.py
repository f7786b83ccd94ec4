"""One JSON line per event of a test, as labs/machine/report_file.cpp writes them.

Each is written at once, so that what happened is known even if the program under test dies.
"""

import json
import os
import signal
import time
import traceback
from pathlib import Path
from typing import NoReturn

from machine.python.lab_test import LabTest
from machine.python.story import Story, TestEnded

ENDLESS = "it used the processor without coming to an end, and was stopped"


class ReportFile:
    """Appends to `path`. `work`: the student's folder; a test may use the processor for `limit_s`.

    One at a time, since there is one timer.
    """

    def __init__(self, path: Path, work: Path, limit_s: float) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
        self._work = work
        self._limit_s = limit_s
        self._present: tuple[LabTest, Story] | None = None
        signal.signal(signal.SIGPROF, self._end)

    def loaded(self, tests: str) -> None:
        """A sign of life before the first test: loading may take a while on a busy machine."""
        self._write({"event": "loaded", "file": tests})

    def run(self, test: LabTest, seed: int) -> bool:
        """Whether it passed."""
        story = Story(seed, self._work)
        self._present = test, story
        self._tell_of("start")
        began_s = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, self._limit_s)
        try:
            self._carry_out(test, story)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        more = {"story": story.text()} if story.failed else {}
        seconds = time.process_time() - began_s
        self._tell_of("end", passed=not story.failed, seconds=seconds, hint=test.hint, **more)
        self._present = None
        return not story.failed

    def _carry_out(self, test: LabTest, story: Story) -> None:
        """What the code under test raises is a failure like any other."""
        try:
            try:
                test.body(story)
            except (Exception, SystemExit) as error:
                story.fail("nothing is raised", self._in_words(error))
        except TestEnded:
            pass

    def _in_words(self, error: BaseException) -> str:
        """With the innermost line that is the student's, or else simply the innermost."""
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if Path(frame.filename).is_relative_to(self._work)]
        place = (own or frames)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}, in {place.name}"
        return f"{type(error).__name__}: {error} ({where})"

    def _end(self, _number: int, _frame: object) -> NoReturn:
        """The time of a test is over, or the runner has lost its patience."""
        if self._present:
            test, story = self._present
            self._tell_of("endless", why=ENDLESS, story=story.text(), hint=test.hint)
        os._exit(1)

    def _tell_of(self, event: str, **more: object) -> None:
        """Of the present test."""
        test, story = self._present
        self._write({"event": event, "test": test.name, "seed": story.seed, **more})

    def _write(self, line: dict[str, object]) -> None:
        os.write(self._file, json.dumps(line).encode() + b"\n")
