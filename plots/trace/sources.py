"""The lines of source code that made the calls of a trace, with what stands around them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from experiments.runner.trace.model import Step

ROOT = Path(__file__).resolve().parents[2]
AROUND = 2
"""Lines shown before and after."""


@dataclass(frozen=True)
class Line:
    """A line of a file; `called` is the one that made the call."""

    number: int
    text: str
    called: bool


@dataclass(frozen=True)
class Excerpt:
    """`place` is FILE:LINE, the file relative to the repository."""

    place: str
    lines: tuple[Line, ...]


def excerpts(steps: tuple[Step, ...]) -> list[Excerpt]:
    """One for each place in the steps, by first use; none for files that are not there."""
    places = dict.fromkeys(step.source for step in steps if step.source)
    found = (excerpt(place) for place in places)
    return [each for each in found if each is not None]


def excerpt(place: str, root: Path = ROOT) -> Excerpt | None:
    """The lines around `place` (FILE:LINE), or None if it is not in the repository."""
    name, _, digits = place.rpartition(":")
    file = (root / name).resolve()
    if not digits.isdigit() or not file.is_relative_to(root):
        return None
    try:
        text = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return None
    called = int(digits)
    if not 1 <= called <= len(text):
        return None
    first, last = max(1, called - AROUND), min(len(text), called + AROUND)
    shown = range(first, last + 1)
    return Excerpt(place, tuple(Line(each, text[each - 1], each == called) for each in shown))
