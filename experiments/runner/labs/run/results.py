"""What a lab's tests found, over all seeds."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True)
class TestFailure:
    """A test with the first seed with which it failed, and what it told."""

    test: str
    seed: int
    story: str
    hint: str
    why: str = ""
    memory: tuple[str, ...] = ()


@dataclass
class Results:
    """`tests`: those that were run, in their order, which is that in which one would build."""

    tests: list[str] = field(default_factory=list)
    failures: dict[str, TestFailure] = field(default_factory=dict)
    # With how many seeds each has passed.
    passes: Counter[str] = field(default_factory=Counter)
    # Of the processor: what one test may take, and what the slowest took.
    limit_s: float = 0
    slowest_s: float = 0
    slowest: str = ""
    # What went wrong outside every test.
    outside: list[str] = field(default_factory=list)
    # Whether leaks were looked for.
    leaks: bool = True
    # What the program printed, of whatever test.
    output: str = ""

    @property
    def ok(self) -> bool:
        return bool(self.tests) and not self.failures and not self.outside

    @property
    def passed(self) -> int:
        return len(self.tests) - len(self.failures)

    def failed_in_order(self) -> list[TestFailure]:
        return [self.failures[test] for test in self.tests if test in self.failures]

    def suites(self) -> dict[str, list[str]]:
        """The tests of each suite."""
        found: dict[str, list[str]] = {}
        for test in self.tests:
            found.setdefault(test.split(".")[0], []).append(test)
        return found

    def began(self, test: str) -> None:
        if test not in self.tests:
            self.tests.append(test)

    def ended(self, test: str, seconds: float, passed: bool) -> None:
        self.passes[test] += passed
        if seconds > self.slowest_s:
            self.slowest_s, self.slowest = seconds, test

    def failed(self, failure: TestFailure) -> None:
        self.failures.setdefault(failure.test, failure)
