"""The wrong solutions of a lab, for its author: wrong.toml. A student's repository has none."""

from dataclasses import dataclass
from pathlib import Path

import tomllib

from experiments.runner.errors import Failure
from experiments.runner.labs.course.catalogue import Lab
from experiments.runner.labs.places import shown
from experiments.runner.typed_json import from_json


@dataclass(frozen=True)
class Wrong:
    """A mistake: what it does, which test names it, where somebody made it.

    `race`: it is one of timing, and its test must catch it with every seed.
    """

    name: str
    says: str
    caught_by: str
    seen: str
    race: bool = False


@dataclass(frozen=True)
class _File:
    wrong: tuple[Wrong, ...] = ()


def wrong_file(lab: Lab) -> Path:
    return lab.folder / "wrong.toml"


def has_solution(lab: Lab) -> bool:
    """Whether source/ holds the solution. In a student's repository it holds the starter."""
    return wrong_file(lab).is_file()


def read_wrongs(lab: Lab) -> tuple[Wrong, ...]:
    """In the order of the file. Raises Failure, one line, for a file that is not as it must be."""
    file = wrong_file(lab)
    try:
        text = tomllib.loads(file.read_text(encoding="utf-8"))
        wrongs = from_json(_File, text).wrong
    except OSError as error:
        raise Failure(f"cannot read {shown(file)}: {error.strerror}") from error
    except ValueError as error:
        raise Failure(f"{shown(file)}: {error}") from error
    names = [wrong.name for wrong in wrongs]
    if twice := {name for name in names if names.count(name) > 1}:
        raise Failure(f"{shown(file)}: '{min(twice)}' stands there twice")
    for wrong in wrongs:
        if not wrong.seen.startswith(("http://", "https://")):
            raise Failure(f"{shown(file)}: '{wrong.name}' was seen nowhere: it needs a URL")
    return wrongs
