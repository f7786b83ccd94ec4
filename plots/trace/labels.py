"""Texts that find no room on their marks: levels above the row, with leaders that never cross."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

from plots.drawing.text import text_width

SIZE = 7.5
LEVEL = SIZE * 1.42 / 72
"""Inches from one level to the next."""
MOST_LEVELS = 5
GAP = 0.1
"""Inches between a text and the next leader."""


@dataclass(frozen=True)
class Wish:
    """A text that wants to begin at `x` inches; `number` may stand for it if need be."""

    x: float
    texts: tuple[str, ...]
    number: int = 0
    bold: bool = False


@dataclass(frozen=True)
class Label:
    """A text with its place; level 1 is next to the row."""

    x: float
    text: str
    level: int
    bold: bool = False


def width(text: str, size: float = SIZE, bold: bool = False) -> float:
    """Inches of the widest line."""
    return max(text_width(line, size, bold) for line in text.split("\n"))


def fitting(texts: Sequence[str], room: float, size: float = SIZE) -> str:
    """The first (longest) of the texts that fits into `room` inches, or none."""
    return next((each for each in texts if width(each, size) + 0.06 <= room), "")


def levels(wishes: Sequence[Wish], right: float, most: int = MOST_LEVELS) -> list[Label]:
    """Each text at the lowest level where no leader of a later one would run through it.

    A text begins at its mark and runs to the right, so it must lie above all labels that begin
    below it. One that would lie above `most` levels, or leave the paper at `right`, is shortened,
    then replaced by its number, then left out.
    """
    placed: list[Label] = []
    for wish in sorted(wishes, key=lambda each: -each.x):
        texts = (*wish.texts, str(wish.number)) if wish.number else wish.texts
        for text in texts:
            end = wish.x + text_width(text, SIZE, wish.bold) + GAP
            below = [each.level for each in placed if each.x < end]
            level = 1 + max(below, default=0)
            if level <= most and end <= right:
                placed.append(Label(wish.x, text, level, wish.bold))
                break
    return placed[::-1]
