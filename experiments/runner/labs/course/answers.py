"""answers.md of a student: which headings have still their empty place."""

import re
from dataclasses import dataclass
from pathlib import Path

from experiments.runner.labs.course.catalogue import ANSWERS

EMPTY = "(your answer)"
PREDICTION = "prediction"


@dataclass(frozen=True)
class Answers:
    """`predicted` is None where nothing was to be predicted."""

    predicted: bool | None
    answered: int
    questions: int


def read_answers_of(folder: Path, form: str) -> Answers:
    """What is written under the headings of `form`, which is the file as it was at the start.

    A file that is not there counts as empty.
    """
    try:
        text = (folder / ANSWERS).read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    own = dict(sections(text))
    filled = {name: _is_filled(own.get(name, ""), body) for name, body in sections(form)}
    predictions = [done for name, done in filled.items() if name.lower() == PREDICTION]
    questions = [done for name, done in filled.items() if name.lower() != PREDICTION]
    return Answers(all(predictions) if predictions else None, sum(questions), len(questions))


def sections(text: str) -> list[tuple[str, str]]:
    """What stands under each `## ` heading, in order."""
    parts = re.split(r"^## +(.+)$", text, flags=re.MULTILINE)
    return [(name.strip(), body) for name, body in zip(parts[1::2], parts[2::2])]


def _is_filled(own: str, form: str) -> bool:
    """Something was added, and the place for it is not empty any more."""
    asked = form.replace(EMPTY, "").split()
    return EMPTY not in own and len(own.split()) > 0 and own.split() != asked
