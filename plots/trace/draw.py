"""Draws a scene on a page: lanes, events, buffers and time; the steps are in steps.py."""

from __future__ import annotations

from matplotlib.patches import PathPatch, Rectangle

from plots.drawing.items import ITEM
from plots.drawing.page import Margins, Page, Row
from plots.trace.buffers import Segment, bars
from plots.trace.labels import LEVEL, Label, fitting
from plots.trace.layout import BAR, LEFT, Layout, Placed, PlacedBar, lay_out
from plots.trace.pen import Pen, outline
from plots.trace.scene import IN_HANDLER, Scene
from plots.trace.steps import draw_steps
from plots.trace.timescale import Timescale, tick

NAMES = f"{ITEM}names"
"""The identity of the names of the lanes, which stay in sight in the page."""
NAMES_AT = -LEFT + 0.04
NAME_SIZE = 8.0


def bar_item(bar: int, segment: int) -> str:
    """The item of a part of a buffer's bar; see drawing/items.py."""
    return f"{ITEM}b{bar}-{segment}"


def draw(page: Page, scene: Scene) -> None:
    """Fills the page, whose width must be that of the layout at least."""
    layout = lay_out(scene, bars(scene.trace, scene.scale))
    margins = Margins(left=LEFT, right=0, above=0.05, below=0.02)
    (panel,) = page.grid([Row(1, 1, layout.height, margins)])
    panel.set_axis_off()
    panel.set_xlim(0, page.layout.width - LEFT)
    panel.set_ylim(layout.height, 0)
    pen = Pen(panel, page.theme)
    _background(pen, scene, layout)
    _events(pen, layout)
    for placed in layout.rows:
        _names(pen, placed)
        _above(pen, placed.above, placed.top)
    draw_steps(pen, scene, layout)
    for number, bar in enumerate(layout.bars):
        _bar(pen, number, bar)
    _axis(pen, scene.scale, layout.axis)


def _background(pen: Pen, scene: Scene, layout: Layout) -> None:
    """A line for each row, and behind a thread's rows the time within a handler."""
    for place, placed in enumerate(layout.rows):
        y = placed.middle
        pen.line([0, scene.scale.width], [y, y], pen.theme.grid, 0.8, zorder=0.6)
        if placed.row.name != IN_HANDLER:
            continue
        top = layout.rows[place - 2].top - 0.03
        for start, end in (piece for mark in placed.row.marks for piece in mark.pieces):
            box = Rectangle((start, top), end - start, placed.bottom - top)
            pen.patch(box, facecolor=pen.colours["within"], linewidth=0, zorder=0.5)


def _events(pen: Pen, layout: Layout) -> None:
    """The lines through all lanes: data arrive, the handler is called."""
    for label in layout.events:
        colour = pen.colours["handler" if label.bold else "network"]
        y = layout.events_bottom - 0.04 - (label.level - 0.5) * LEVEL
        pen.line([label.x, label.x], [y, layout.axis], colour, 1.1, "-" if label.bold else ":")
        pen.text(label.x + 0.04, y, label.text, colour, bold=label.bold)


def _names(pen: Pen, placed: Placed) -> None:
    """The lane in bold, below it what the row shows; beside them why a row is empty."""
    row, y = placed.row, placed.middle
    apart = 0.085 if row.lane and row.name else 0
    lane = {"size": NAME_SIZE, "bold": True, "gid": NAMES}
    pen.text(NAMES_AT, y - apart, row.lane, pen.theme.ink, **lane)
    pen.text(NAMES_AT, y + apart, row.name, pen.theme.muted, gid=NAMES)
    if not row.marks:
        pen.text(0.08, y, row.empty, pen.theme.muted, style="italic", paper=True)


def _above(
    pen: Pen, labels: tuple[Label, ...], top: float, aside: float = 0.035, near: bool = False
) -> None:
    """Texts above a row with their leaders; one that is `near` what it says needs none."""
    for label in labels:
        y = top - 0.02 - (label.level - 0.5) * LEVEL
        if not near or label.level > 1:
            pen.line([label.x, label.x], [y - 0.04, top], pen.theme.muted, 0.5, zorder=2)
        pen.text(label.x + aside, y, label.text, pen.theme.ink, paper=True)


def _bar(pen: Pen, number: int, placed: PlacedBar) -> None:
    """A buffer: whose it is, from the first moment to the last."""
    bar, y = placed.bar, placed.top + BAR / 2
    pen.text(NAMES_AT, y, bar.name, pen.theme.ink, size=NAME_SIZE, bold=True, gid=NAMES)
    if bar.unknown:
        pen.text(0.08, y, bar.unknown, pen.theme.muted, style="italic", paper=True)
    for place, segment in enumerate(bar.segments):
        _segment(pen, segment, placed.top, bar_item(number, place))
    _above(pen, placed.above, placed.top, aside=0.08, near=True)


def _segment(pen: Pen, segment: Segment, top: float, item: str) -> None:
    patch = PathPatch(outline(segment.start, segment.end, top, top + BAR, segment.torn))
    how = {"facecolor": pen.theme.paper, "edgecolor": pen.theme.muted}
    if segment.lent:
        how = {"facecolor": pen.colours["lent"], "edgecolor": pen.colours["kernel"]}
        how["hatch"] = "////"
    pen.patch(patch, item, linewidth=0.8, zorder=3, **how)
    text = fitting(segment.texts, segment.end - segment.start)
    colour = pen.theme.ink if segment.lent else pen.theme.muted
    middle = (segment.start + segment.end) / 2
    how = {"align": "center", "zorder": 5, "paper": segment.lent}
    pen.text(middle, top + BAR / 2, text, colour, **how)


def _axis(pen: Pen, scale: Timescale, y: float) -> None:
    """Ticks at round microseconds, and a break with its duration where nothing happens long."""
    ink, muted = pen.theme.ink, pen.theme.muted
    pen.line([0, scale.width], [y, y], muted, 0.8)
    pen.text(NAMES_AT, y + 0.13, "µs, not to scale", muted, gid=NAMES)
    for at_ns in scale.ticks():
        x = scale.of(at_ns)
        pen.line([x, x], [y, y + 0.05], muted, 0.8)
        pen.text(x, y + 0.13, tick(at_ns), ink, align="center")
    for start_ns, end_ns in scale.breaks():
        x = (scale.of(start_ns) + scale.of(end_ns)) / 2
        for stroke in (x - 0.03, x + 0.03):
            pen.line([stroke - 0.04, stroke + 0.04], [y + 0.07, y - 0.07], muted, 1.0)
        pen.text(x, y + 0.28, f"({(end_ns - start_ns) / 1e6:.0f} ms)", muted, align="center")
