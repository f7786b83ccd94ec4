"""Draws a scene on a page; one unit of the panel is an inch, y grows downwards."""

from __future__ import annotations

from functools import partial

from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from plots.drawing.items import ITEM
from plots.drawing.page import Margins, Page, Row
from plots.trace.buffers import Segment, bars
from plots.trace.colours import actors, text_on
from plots.trace.labels import LEVEL, SIZE, Label, fitting
from plots.trace.layout import BAR, LEFT, Layout, Placed, PlacedBar, lay_out
from plots.trace.scene import Mark, Scene
from plots.trace.timescale import tick

NAMES = f"{ITEM}names"
"""The identity of the names of the lanes, which stay in sight in the page."""
TORN = 0.045
"""Inches by which the torn edge of a box goes in and out."""


def name_of(number: int) -> str:
    """What the element of a step is called in the SVG."""
    return f"{ITEM}{number}"


def bar_name(bar: int, segment: int) -> str:
    return f"{ITEM}b{bar}-{segment}"


def draw(page: Page, scene: Scene) -> None:
    """Fills the page, whose width must be that of the layout."""
    layout = lay_out(scene, bars(scene.trace, scene.scale))
    margins = Margins(left=LEFT, right=0, above=0.05, below=0.02)
    (panel,) = page.grid([Row(1, 1, layout.height, margins)])
    panel.set_axis_off()
    panel.set_xlim(0, page.layout.width - LEFT)
    panel.set_ylim(layout.height, 0)
    _Picture(page, panel, scene, layout).draw()


class _Picture:
    """One drawing; it only keeps together what every part needs."""

    def __init__(self, page: Page, panel: Axes, scene: Scene, layout: Layout):
        self.theme, self.panel, self.scene, self.layout = page.theme, panel, scene, layout
        self.colours = actors(page.theme)

    def draw(self) -> None:
        self._background()
        self._events()
        for placed in self.layout.rows:
            self._names(placed)
            self._above(placed.above, placed.top)
        self._steps()
        for number, bar in enumerate(self.layout.bars):
            self._bar(number, bar)
        self._axis()

    # What lies behind: lanes, the time within a handler, breaks.

    def _background(self) -> None:
        width = self.scene.scale.width
        for placed in self.layout.rows:
            y = (placed.top + placed.bottom) / 2
            self._line([0, width], [y, y], self.theme.grid, 0.8, zorder=0.6)
        rows = [placed for placed in self.layout.rows if placed.row.name == "in the handler"]
        for placed in rows:
            place = self.layout.rows.index(placed)
            calls = self.layout.rows[place - 2]
            for mark in placed.row.marks:
                for start, end in mark.pieces:
                    box = Rectangle(
                        (start, calls.top - 0.03), end - start, placed.bottom - calls.top + 0.03
                    )
                    self._add(box, facecolor=self.colours["within"], linewidth=0, zorder=0.5)

    def _events(self) -> None:
        """The lines through all lanes: data arrive, the handler is called."""
        bottom = self.layout.axis
        for label in self.layout.events:
            colour = self.colours["handler" if label.bold else "network"]
            y = self.layout.events_bottom - 0.04 - (label.level - 0.5) * LEVEL
            self._line([label.x, label.x], [y, bottom], colour, 1.1, "-" if label.bold else ":")
            self._text(label.x + 0.04, y, label.text, colour, bold=label.bold)

    # The lanes.

    def _names(self, placed: Placed) -> None:
        row, y = placed.row, (placed.top + placed.bottom) / 2
        first = bool(row.lane and row.name)
        if row.lane:
            up = 0.085 if row.name else 0
            self._text(-LEFT + 0.04, y - up, row.lane, self.theme.ink, 8, bold=True, gid=NAMES)
        if row.name:
            down = 0.085 if first else 0
            self._text(-LEFT + 0.04, y + down, row.name, self.theme.muted, gid=NAMES)
        if row.empty and not row.marks:
            self._text(0.08, y, row.empty, self.theme.muted, style="italic", paper=True)

    def _above(self, labels: tuple[Label, ...], top: float, aside: float = 0.035) -> None:
        for label in labels:
            y = top - 0.02 - (label.level - 0.5) * LEVEL
            self._line([label.x, label.x], [y - 0.04, top], self.theme.muted, 0.5, zorder=2)
            self._text(label.x + aside, y, label.text, self.theme.ink, paper=True)

    def _steps(self) -> None:
        """In the order of time over all lanes, so that the tabulator goes through it so."""
        how = {"moment": self._moment, "gap": self._gap, "box": self._box, "strip": self._box}
        strokes = [
            (mark, partial(how[mark.form], mark, placed))
            for placed in self.layout.rows
            for mark in placed.row.marks
        ]
        for bar in self.layout.bars:
            strokes += [(mark, partial(self._copy, mark, bar.top)) for mark in bar.copies]
        for _, stroke in sorted(strokes, key=lambda each: (each[0].step.at_ns, each[0].number)):
            stroke()

    def _box(self, mark: Mark, placed: Placed) -> None:
        step, colour = mark.step, self.colours[mark.role]
        left = step.cut and step.at_ns <= 0
        right = step.cut and not left or step.until_ns > self.scene.scale.until_ns
        if mark.pieces[0][0] > self.scene.scale.of(step.at_ns):
            self._asleep(mark.pieces[0][0], placed)
            left = False
        right = right and mark.pieces[-1][1] >= self.scene.scale.width
        outlines = []
        for place, (start, end) in enumerate(mark.pieces):
            torn = left and place == 0, right and place == len(mark.pieces) - 1
            outlines.append(_outline(start, end, placed.top, placed.bottom, torn))
        edge = self.colours["call"] if mark.role == "wait" else colour
        patch = PathPatch(Path.make_compound_path(*outlines))
        self._add(patch, mark, facecolor=colour, edgecolor=edge, linewidth=0.9, zorder=3)
        text = placed.inside.get(mark.number)
        if text:
            start, end = max(mark.pieces, key=lambda piece: piece[1] - piece[0])
            y, ink = (placed.top + placed.bottom) / 2, text_on(mark.role, self.theme)
            self._text((start + end) / 2, y, text, ink, align="center", zorder=5)

    def _asleep(self, until: float, placed: Placed) -> None:
        """The sleep in which the trace found the thread."""
        y, muted = (placed.top + placed.bottom) / 2, self.theme.muted
        for edge in (placed.top, placed.bottom):
            self._line([0, until], [edge, edge], muted, 0.9, (0, (1, 2)))
        text = fitting(("sleeps in its waiting call", "sleeps"), until)
        self._text(until / 2, y, text, muted, align="center", paper=True)

    def _gap(self, mark: Mark, placed: Placed) -> None:
        """Sleep: a dotted line where a box would be."""
        (start, end), y = mark.pieces[0], (placed.top + placed.bottom) / 2
        area = Rectangle((start, placed.top), end - start, placed.bottom - placed.top)
        how = {"linestyle": (0, (1, 2)), "linewidth": 0.9, "facecolor": self.theme.paper}
        self._add(area, mark, edgecolor=self.theme.muted, zorder=3, **how)
        text = placed.inside.get(mark.number)
        if text:
            self._text((start + end) / 2, y, text, self.theme.muted, align="center", zorder=5)

    def _moment(self, mark: Mark, placed: Placed) -> None:
        self._diamond(mark, (placed.top + placed.bottom) / 2, self.colours[mark.role])

    def _diamond(self, mark: Mark, y: float, colour: str, size: float = 0.062) -> None:
        x = mark.x
        corners = [(x - size, y), (x, y - size), (x + size, y), (x, y + size), (x - size, y)]
        how = {"facecolor": colour, "edgecolor": self.theme.paper, "linewidth": 0.6}
        self._add(PathPatch(Path(corners, closed=True)), mark, zorder=3, **how)

    # The buffers.

    def _bar(self, number: int, placed: PlacedBar) -> None:
        y = placed.top + BAR / 2
        self._text(-LEFT + 0.04, y, placed.bar.name, self.theme.ink, 8, bold=True, gid=NAMES)
        if placed.bar.unknown:
            self._text(0.08, y, placed.bar.unknown, self.theme.muted, style="italic", paper=True)
        for place, segment in enumerate(placed.bar.segments):
            self._segment(segment, placed.top, bar_name(number, place))
        self._above(placed.above, placed.top, aside=0.08)

    def _segment(self, segment: Segment, top: float, name: str) -> None:
        outline = _outline(segment.start, segment.end, top, top + BAR, segment.torn)
        kernel, muted = self.colours["kernel"], self.theme.muted
        patch = PathPatch(outline)
        patch.set_gid(name)
        if segment.lent:
            how = {"facecolor": self.colours["lent"], "edgecolor": kernel, "hatch": "////"}
        else:
            how = {"facecolor": self.theme.paper, "edgecolor": muted}
        self._add(patch, linewidth=0.8, zorder=3, **how)
        text = fitting(segment.texts, segment.end - segment.start)
        middle = (segment.start + segment.end) / 2
        if text:
            self._text(
                middle,
                top + BAR / 2,
                text,
                self.theme.ink if segment.lent else muted,
                align="center",
                zorder=5,
                paper=segment.lent,
            )

    def _copy(self, mark: Mark, top: float) -> None:
        """An arrow from who copies into the buffer."""
        kernel = mark.step.lane == "kernel"
        source = next(
            placed
            for placed in self.layout.rows
            if placed.row.name.startswith("performs" if kernel else "in system calls")
        )
        colour = self.colours["kernel" if kernel else "call"]
        self._line([mark.x, mark.x], [source.bottom, top - 0.06], colour, 1.4, zorder=2.5)
        size = 0.05
        corners = [(mark.x - size, top - 0.09), (mark.x + size, top - 0.09), (mark.x, top - 0.01)]
        how = {"facecolor": colour, "edgecolor": colour, "linewidth": 0.5}
        patch = PathPatch(Path([*corners, corners[0]], closed=True))
        self._add(patch, mark, zorder=3, **how)

    # Time.

    def _axis(self) -> None:
        scale, y = self.scene.scale, self.layout.axis
        self._line([0, scale.width], [y, y], self.theme.muted, 0.8)
        for at_ns in scale.ticks():
            x = scale.of(at_ns)
            self._line([x, x], [y, y + 0.05], self.theme.muted, 0.8)
            self._text(x, y + 0.13, tick(at_ns), self.theme.ink, align="center")
        self._text(-LEFT + 0.04, y + 0.13, "µs, not to scale", self.theme.muted, gid=NAMES)
        for start_ns, end_ns in scale.breaks():
            self._break(scale.of(start_ns), scale.of(end_ns), end_ns - start_ns)

    def _break(self, start: float, end: float, lasts_ns: int) -> None:
        y, middle = self.layout.axis, (start + end) / 2
        for x in (middle - 0.03, middle + 0.03):
            self._line([x - 0.04, x + 0.04], [y + 0.07, y - 0.07], self.theme.muted, 1.0)
        text = f"{lasts_ns / 1e6:.0f} ms"
        self._text(middle, y + 0.28, f"({text})", self.theme.muted, align="center")

    # Strokes.

    def _add(self, patch: object, mark: Mark | None = None, **how: object) -> None:
        patch.set(**how)
        if mark is not None:
            patch.set_gid(name_of(mark.number))
        patch.set_clip_on(False)
        self.panel.add_patch(patch)

    def _line(self, x, y, colour, width, dashes="-", zorder=1.0) -> None:  # type: ignore[no-untyped-def]
        how = {"color": colour, "linewidth": width, "linestyle": dashes, "clip_on": False}
        self.panel.plot(x, y, zorder=zorder, **how)

    def _text(  # type: ignore[no-untyped-def]
        self,
        x,
        y,
        text,
        colour,
        size=SIZE,
        bold=False,
        align="left",
        paper=False,
        zorder=4.5,
        **how,
    ) -> None:
        if paper:
            how["bbox"] = {"facecolor": self.theme.paper, "edgecolor": "none", "pad": 0.6}
        how.update(color=colour, fontsize=size, fontweight="bold" if bold else "normal")
        self.panel.text(x, y, text, ha=align, va="center_baseline", zorder=zorder, **how)


def _outline(start: float, end: float, top: float, bottom: float, torn: tuple[bool, bool]) -> Path:
    """A rectangle whose left or right edge may be torn: it goes on beyond the trace."""
    third = (bottom - top) / 4
    corners = [(start, top), (end, top)]
    if torn[1]:
        corners += [(end + (TORN if k % 2 else 0), top + k * third) for k in range(1, 4)]
    corners += [(end, bottom), (start, bottom)]
    if torn[0]:
        corners += [(start - (TORN if k % 2 else 0), bottom - k * third) for k in range(1, 4)]
    return Path([*corners, corners[0]], closed=True)
