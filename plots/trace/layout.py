"""Which row lies where on the paper, and which text stands where: inches, before any drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

from plots.trace.buffers import Bar, filled_by
from plots.trace.labels import LEVEL, SIZE, Label, Wish, fitting, levels
from plots.trace.marks import Mark
from plots.trace.scene import Row, Scene

BOX = 0.23
FLAT = 0.17
BAR = 0.31
BETWEEN_LANES = 0.13
BETWEEN_ROWS = 0.04
LEFT = 1.42
"""Inches for the names of the lanes."""
RIGHT = 0.75
"""Room for the texts of the last marks."""
AXIS = 0.42
SAID_AGAIN = 1.4
"""Inches between two copies from which both say who makes them."""


@dataclass(frozen=True)
class Placed:
    """A row with the upper edge and the height of its marks, and what is written on and above."""

    row: Row
    top: float
    height: float
    inside: dict[int, str]
    above: tuple[Label, ...]

    @property
    def bottom(self) -> float:
        return self.top + self.height

    @property
    def middle(self) -> float:
        return self.top + self.height / 2


@dataclass(frozen=True)
class PlacedBar:
    """A bar likewise; `above` are the copies that fill the buffer."""

    bar: Bar
    top: float
    above: tuple[Label, ...]
    copies: tuple[Mark, ...]


@dataclass(frozen=True)
class Layout:
    """The whole picture. `events` are the texts of the lines through all lanes."""

    events: tuple[Label, ...]
    events_bottom: float
    rows: tuple[Placed, ...]
    bars: tuple[PlacedBar, ...]
    axis: float
    height: float
    width: float


def lay_out(scene: Scene, bars: list[Bar]) -> Layout:
    """From top to bottom: the events, the lanes, the buffers, the axis."""
    right = scene.scale.width + RIGHT
    events = levels(_events(scene), right, most=3)
    y = events_bottom = LEVEL * max((each.level for each in events), default=0) + 0.04
    rows = []
    for row in scene.rows:
        placed = _place(row, y + (BETWEEN_LANES if row.lane else BETWEEN_ROWS), right)
        rows.append(placed)
        y = placed.bottom
    y += BETWEEN_LANES
    placed_bars = []
    filled = filled_by(scene.copies, bars)
    for bar in bars:
        copies = tuple(filled[bar.name])
        texts = levels(_copied(copies), right, most=3)
        y += LEVEL * max((each.level for each in texts), default=0) + BETWEEN_ROWS + 0.05
        placed_bars.append(PlacedBar(bar, y, tuple(texts), copies))
        y += BAR
    return Layout(
        events=tuple(events),
        events_bottom=events_bottom,
        rows=tuple(rows),
        bars=tuple(placed_bars),
        axis=y + 0.1,
        height=y + 0.1 + AXIS,
        width=LEFT + right,
    )


def _events(scene: Scene) -> list[Wish]:
    """The arrivals of requests and the calls of handlers."""
    wishes = []
    for mark in scene.of("arrive") + scene.of("handler"):
        if mark.step.kind == "handler":
            wishes.append(Wish(mark.x, ("the handler is called", "handler"), bold=True))
        elif mark.step.name == "request":
            wishes.append(Wish(mark.x, ("data arrive", "data")))
    return wishes


def _copied(copies: Sequence[Mark]) -> list[Wish]:
    """Who fills the buffer, said once for copies that follow each other closely."""
    wishes: list[Wish] = []
    for place, mark in enumerate(copies):
        before = copies[place - 1] if place else None
        near = before is not None and mark.x - before.x < SAID_AGAIN
        if before is None or not near or before.step.lane != mark.step.lane:
            wishes.append(Wish(mark.x, mark.texts))
    return wishes


def _place(row: Row, top: float, right: float) -> Placed:
    inside, wishes = {}, []
    for mark in row.marks:
        text = "" if mark.form == "moment" else _within(mark)
        if text:
            inside[mark.number] = text
        elif not row.flat and mark.form != "gap":
            wishes.append(Wish(mark.x, mark.texts, mark.number))
    above = levels(wishes, right)
    top += LEVEL * max((each.level for each in above), default=0) + (0.03 if above else 0)
    return Placed(row, top, FLAT if row.flat else BOX, inside, tuple(above))


def _within(mark: Mark) -> str:
    widest = max(end - start for start, end in mark.pieces)
    return fitting(mark.texts, widest, SIZE)
