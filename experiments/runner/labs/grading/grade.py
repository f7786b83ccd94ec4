"""What a grade consists of, whatever it is written as."""

from dataclasses import dataclass, field
from enum import Enum

from experiments.runner.errors import Failure

EXIT_INFRASTRUCTURE = 3
# Each suite of tests counts as much, and so does each call of the judge.
POINTS_OF_A_PART = 10.0


class Status(str, Enum):
    """`suspicious`: somebody must look at it, and until then there are no points."""

    GRADED = "graded"
    DOES_NOT_COMPILE = "does_not_compile"
    SUSPICIOUS = "suspicious"
    INFRASTRUCTURE_ERROR = "infrastructure_error"


class Infrastructure(Failure):
    """What went wrong is ours: no grade follows from it."""

    def __init__(self, message: str) -> None:
        super().__init__(message, EXIT_INFRASTRUCTURE)


@dataclass(frozen=True)
class GradedTest:
    """`passed` of `runs` with different seeds; of a flaky test, with the same one."""

    name: str
    points: float
    most: float
    passed: int
    runs: int
    flaky: bool = False
    story: str = ""
    hint: str = ""

    @property
    def whole(self) -> bool:
        return self.points == self.most


@dataclass(frozen=True)
class Part:
    """A suite of tests, or the judge with one of its calls."""

    name: str
    tests: tuple[GradedTest, ...]

    @property
    def points(self) -> float:
        return sum((test.points for test in self.tests), 0.0)

    @property
    def most(self) -> float:
        return sum(test.most for test in self.tests)


@dataclass(frozen=True)
class WrittenAnswers:
    """Whether they are filled in; what they are worth, people decide."""

    prediction: bool | None = None
    answered: int = 0
    questions: int = 0


@dataclass(frozen=True)
class Grade:
    """`reasons`: sentences about a status that is not `graded`, and about what hindered tests.

    `confined`: how the submission's code was run. Without a score there is an infrastructure error.
    """

    lab: str
    submission: str
    status: Status
    date: str
    seeds: int = 0
    parts: tuple[Part, ...] = ()
    reasons: tuple[str, ...] = ()
    answers: WrittenAnswers = field(default_factory=WrittenAnswers)
    confined: str = ""
    seconds: float = 0

    @property
    def most(self) -> float:
        return round(sum(part.most for part in self.parts), 2)

    @property
    def score(self) -> float | None:
        if self.status == Status.INFRASTRUCTURE_ERROR:
            return None
        if self.status != Status.GRADED:
            return 0.0
        return round(sum(part.points for part in self.parts), 2)

    @property
    def passed(self) -> bool:
        return self.status == Status.GRADED and all(
            test.whole for part in self.parts for test in part.tests
        )

    @property
    def flaky(self) -> list[GradedTest]:
        return [test for part in self.parts for test in part.tests if test.flaky]
