"""Draws the steps of a scene: boxes, gaps, moments, and arrows into the receive buffer."""

from __future__ import annotations

from functools import partial

from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from plots.drawing.items import ITEM
from plots.trace.colours import text_on
from plots.trace.layout import Layout, Placed, PlacedBar
from plots.trace.marks import Mark
from plots.trace.pen import Pen, outline
from plots.trace.scene import Scene

DOTTED = (0, (1, 2))
DIAMOND = 0.062
ARROW = 0.05


def item_of(number: int) -> str:
    """The item of a step; see drawing/items.py."""
    return f"{ITEM}{number}"


def draw_steps(pen: Pen, scene: Scene, layout: Layout) -> None:
    """In the order of time over all lanes, so that the tabulator goes through them so."""
    steps = _Steps(pen, scene, layout)
    how = {"moment": steps.moment, "gap": steps.gap, "box": steps.box, "strip": steps.box}
    strokes = [
        (mark, partial(how[mark.form], mark, placed))
        for placed in layout.rows
        for mark in placed.row.marks
    ]
    for bar in layout.bars:
        strokes += [(mark, partial(steps.copy, mark, bar)) for mark in bar.copies]
    for _, stroke in sorted(strokes, key=lambda each: (each[0].step.at_ns, each[0].number)):
        stroke()


class _Steps:
    """Keeps together what every kind of mark needs."""

    def __init__(self, pen: Pen, scene: Scene, layout: Layout):
        self._pen, self._scene, self._layout = pen, scene, layout

    def box(self, mark: Mark, placed: Placed) -> None:
        """A box in as many pieces as sleep leaves of it; torn where it goes on."""
        colours, pieces = self._pen.colours, mark.pieces
        left, right = self._torn(mark)
        outlines = []
        for place, (start, end) in enumerate(pieces):
            torn = left and place == 0, right and place == len(pieces) - 1
            outlines.append(outline(start, end, placed.top, placed.bottom, torn))
        self._pen.patch(
            PathPatch(Path.make_compound_path(*outlines)),
            item_of(mark.number),
            facecolor=colours[mark.role],
            edgecolor=colours["call" if mark.role == "other" else mark.role],
            linewidth=0.9,
            zorder=3,
        )
        start, end = max(pieces, key=lambda piece: piece[1] - piece[0])
        self._inside(mark, placed, (start + end) / 2, text_on(mark.role, self._pen.theme))

    def _torn(self, mark: Mark) -> tuple[bool, bool]:
        """Does it go on before the picture, and after it? A sleep at its edge goes on instead."""
        step, scale = mark.step, self._scene.scale
        before = step.cut and step.at_ns <= 0
        after = step.cut and not before or step.until_ns > scale.until_ns
        first, last = mark.pieces[0][0], mark.pieces[-1][1]
        return before and first <= scale.of(step.at_ns), after and last >= scale.width

    def gap(self, mark: Mark, placed: Placed) -> None:
        """Sleep: dots where a box would be."""
        start, end = mark.pieces[0]
        self._pen.patch(
            Rectangle((start, placed.top), end - start, placed.height),
            item_of(mark.number),
            linestyle=DOTTED,
            linewidth=0.9,
            facecolor=self._pen.theme.paper,
            edgecolor=self._pen.theme.muted,
            zorder=3,
        )
        self._inside(mark, placed, (start + end) / 2, self._pen.theme.muted)

    def _inside(self, mark: Mark, placed: Placed, x: float, colour: str) -> None:
        text = placed.inside.get(mark.number, "")
        self._pen.text(x, placed.middle, text, colour, align="center", zorder=5)

    def moment(self, mark: Mark, placed: Placed) -> None:
        """A diamond."""
        x, y, size = mark.x, placed.middle, DIAMOND
        corners = [(x - size, y), (x, y - size), (x + size, y), (x, y + size), (x - size, y)]
        self._pen.patch(
            PathPatch(Path(corners, closed=True)),
            item_of(mark.number),
            facecolor=self._pen.colours[mark.role],
            edgecolor=self._pen.theme.paper,
            linewidth=0.6,
            zorder=3,
        )

    def copy(self, mark: Mark, bar: PlacedBar) -> None:
        """An arrow from who copies into the buffer."""
        colour = self._pen.colours["kernel" if mark.step.lane == "kernel" else "call"]
        x, top = mark.x, bar.top - 0.01
        self._pen.line([x, x], [self._copier(mark, top), top - 0.06], colour, 1.4, zorder=2.5)
        corners = [(x - ARROW, top - 0.08), (x + ARROW, top - 0.08), (x, top)]
        self._pen.patch(
            PathPatch(Path([*corners, corners[0]], closed=True)),
            item_of(mark.number),
            facecolor=colour,
            edgecolor=colour,
            linewidth=0.5,
            zorder=3,
        )

    def _copier(self, copy: Mark, top: float) -> float:
        """The lower edge of the box within which it is copied; without one, just above the bar."""
        for placed in self._layout.rows:
            for mark in placed.row.marks:
                step = mark.step
                within = step.at_ns <= copy.step.at_ns <= step.until_ns
                if within and step.kind == "receive" and step.lane == copy.step.lane:
                    if step.thread == copy.step.thread:
                        return placed.bottom
        return top - 0.25
