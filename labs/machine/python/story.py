"""What one test tells when it fails: the steps so far, what was expected, what came instead."""

from dataclasses import dataclass
from pathlib import Path

FIRST_LINES = 14  # of a long story
LAST_LINES = 20


class TestEnded(BaseException):
    """Ends a test whose story has failed. No Exception: code under test may catch those."""


@dataclass
class _Step:
    sentence: str
    times: int = 1


class Story:
    """One for each test. `seed`: for whatever is random in it, another in each repetition.

    `work`: the student's folder; its modules can be imported.
    """

    def __init__(self, seed: int, work: Path) -> None:
        self.seed = seed
        self.work = work
        self._steps: list[_Step] = []
        self._expected = self._received = ""

    @property
    def failed(self) -> bool:
        return bool(self._expected)

    def step(self, sentence: str) -> None:
        """One more thing that happened, without a number or a full stop.

        A step equal to the last one is counted, not repeated.
        """
        if self._steps and self._steps[-1].sentence == sentence:
            self._steps[-1].times += 1
        elif not self.failed:
            self._steps.append(_Step(sentence))

    def fail(self, expected: str, received: str) -> None:
        """Only the first failure is kept: those after it are its consequences. Ends the test."""
        if not self.failed:
            self._expected, self._received = expected, received
        raise TestEnded

    def expect_that(self, holds: bool, expected: str, received: str) -> None:
        """Both are sentences, such as "all are sent" and "3 are not"."""
        if not holds:
            self.fail(expected, received)

    def expect_equal(self, what: str, expected: object, received: object) -> None:
        """`what` is a noun, such as "requests sent"."""
        self.expect_that(expected == received, f"{what}: {expected}", f"{what}: {received}")

    def expect_near(
        self, what: str, expected: float, received: object, unit: str, within: float = 1e-6
    ) -> None:
        """The same for a measured value; `within`: how far it may be off, in the same unit."""
        near = isinstance(received, (int, float)) and abs(received - expected) <= within
        shown = f"{received:.6g}" if isinstance(received, (int, float)) else str(received)
        self.expect_that(near, f"{what}: {expected:.6g} {unit}", f"{what}: {shown} {unit}")

    def text(self) -> str:
        """The numbered steps, the last of a failed story marked, then expected and received."""
        lines = [
            f"{number:4}. {step.sentence}" + (f" ({step.times:,} times)" if step.times > 1 else "")
            for number, step in enumerate(self._steps, 1)
        ]
        if self.failed and lines:
            lines[-1] += "   <-- then it failed"
        if (left_out := len(lines) - FIRST_LINES - LAST_LINES) > 1:
            lines[FIRST_LINES:-LAST_LINES] = [f"      … {left_out} lines …"]
        if self.failed:
            lines += [f"  expected: {self._expected}", f"  received: {self._received}"]
        return "".join(f"{line}\n" for line in lines)
