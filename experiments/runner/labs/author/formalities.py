"""What can be said of a lab's files without compiling anything."""

import re
from collections.abc import Iterator

from experiments.runner.labs.course.answers import sections
from experiments.runner.labs.course.catalogue import ANSWERS, Lab
from experiments.runner.labs.course.hints import own_hints, read_hints
from experiments.runner.labs.course.named_tests import tests_of
from experiments.runner.labs.course.variants import read_answers
from experiments.runner.labs.course.wrong import read_wrongs
from experiments.runner.labs.places import shown

LEAST_WRONGS = 5
LEAST_WRONGS_OF_A_STEP = 2
# For the instructor: what answers.md asks, answered, and what goes wrong most often.
MODEL_ANSWERS = "model-answers.md"
COMMON_MISTAKES = "Common mistakes"
# As a text names one: `Suite.Name`, both with a capital, or, in Python, `Suite.its_name`, unlike a
# file's or a member's name.
_NAMED_IN_TEXT = re.compile(r"`([A-Z]\w*\.(?:[A-Z]\w*|[a-z]+_\w+))`")


def complaints_about(lab: Lab) -> Iterator[str]:
    """One line for each; raises Failure for a file that cannot be read at all."""
    tests, hints, wrongs = tests_of(lab), read_hints(lab), read_wrongs(lab)
    for test in tests:
        if test.hint not in hints:
            yield f"{shown(test.file)}: {test.name} names the hint '{test.hint}': there is none"
    if unused := set(own_hints(lab)) - {test.hint for test in tests}:
        yield f"{shown(lab.folder / 'hints.md')}: no test names the hint '{min(unused)}'"
    names = {test.name for test in tests}
    for wrong in wrongs:
        if wrong.caught_by not in names:
            yield f"{lab.name}: there is no test {wrong.caught_by} that could catch '{wrong.name}'"
    least = LEAST_WRONGS_OF_A_STEP if lab.is_step else LEAST_WRONGS
    if len(wrongs) < least:
        yield f"{lab.name} has {len(wrongs)} wrong solutions, not {least}"
    yield from _complaints_about_model_answers(lab, names)


def _complaints_about_model_answers(lab: Lab, tests: set[str]) -> Iterator[str]:
    file = lab.folder / MODEL_ANSWERS
    if not file.is_file():
        yield f"{lab.name} has no {MODEL_ANSWERS}"
        return
    text = file.read_text(encoding="utf-8")
    asked = [heading for heading, _ in sections(read_answers(lab).get(ANSWERS, ""))]
    wanted = [*asked, COMMON_MISTAKES]
    if [heading for heading, _ in sections(text)] != wanted:
        yield f"{shown(file)}: its headings should be: {', '.join(wanted)}"
    for name in sorted(set(_NAMED_IN_TEXT.findall(text)) - tests):
        yield f"{shown(file)}: there is no test {name}"
