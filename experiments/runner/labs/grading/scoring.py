"""From what tests and judge found to points.

Each suite of tests counts the same, and so does the judge; within it, each test.
"""

from collections.abc import Iterator, Mapping, Sequence

from experiments.runner.labs.course.named_tests import NamedTest
from experiments.runner.labs.grading.flaky import Runs
from experiments.runner.labs.grading.grade import POINTS_OF_A_PART, GradedTest, Part
from experiments.runner.labs.run.judge import Trial, Verdict
from experiments.runner.labs.run.results import Results, TestFailure

# A flaky test gets this much of its points times the part of its runs that passed. None at all
# would make a grade depend on whether a race shows today: asked for again it would be another.
FLAKY_CREDIT = 1.0
DID_NOT_RUN = "it did not run"


def suites_of(tests: Sequence[NamedTest]) -> tuple[str, ...]:
    """In the order of the sources."""
    return tuple(dict.fromkeys(test.suite for test in tests))


def parts_of_tests(
    tests: Sequence[NamedTest], results: Results | None, flaky: Mapping[str, Runs], seeds: int
) -> Iterator[Part]:
    """`results` is None if nothing ran. What the lab's sources name counts, and nothing else."""
    for suite in suites_of(tests):
        own = [test for test in tests if test.suite == suite]
        most = POINTS_OF_A_PART / len(own)
        grades = (_test(test, most, results or Results(), flaky, seeds) for test in own)
        yield Part(suite, tuple(grades))


def _test(
    test: NamedTest, most: float, results: Results, flaky: Mapping[str, Runs], seeds: int
) -> GradedTest:
    name, failure = test.name, results.failures.get(test.name)
    if runs := flaky.get(name):
        points = most * FLAKY_CREDIT * runs.passed / runs.total
        story = _story(failure)
        return GradedTest(name, points, most, runs.passed, runs.total, True, story, test.hint)
    passed = min(results.passes[name], seeds)
    if failure is None and passed == seeds:
        return GradedTest(name, most, most, seeds, seeds)
    story = _story(failure) if failure else DID_NOT_RUN
    return GradedTest(name, 0, most, passed, seeds, False, story, test.hint)


def _story(failure: TestFailure) -> str:
    why = [f"the program ended here: {failure.why}"] if failure.why else []
    return "\n".join([failure.story, *why, *failure.memory]).strip("\n")


def part_of_judge(trials: Sequence[Trial], verdicts: Sequence[Verdict]) -> Part:
    """What has no verdict, since the program was not built, has no points."""
    known = {verdict.trial.name: verdict for verdict in verdicts}
    most = POINTS_OF_A_PART / len(trials)
    grades = []
    for trial in trials:
        verdict = known.get(trial.name)
        passed = verdict is not None and verdict.passed
        said = "" if passed else verdict.said if verdict else DID_NOT_RUN
        grades.append(
            GradedTest(trial.name, most if passed else 0, most, int(passed), 1, story=said)
        )
    return Part("judge", tuple(grades))
