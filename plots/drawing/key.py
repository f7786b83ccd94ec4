"""The key at the head of a figure, and the labels at the ends of lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Sequence

from matplotlib.axes import Axes

from experiments.runner.results.model import Analysis, Result
from plots.drawing.page import KEY_SIZE, KeyItem, Layout, Page
from plots.drawing.text import spread, text_width
from plots.drawing.theme import PATTERN_WORDS, Look, Theme, looks

LABEL_PITCH = KEY_SIZE * 1.3 / 72
FLAGGED = "hollow: flagged, see the warnings"


def key_items(
    analysis: Analysis, theme: Theme, results: Iterable[Result], lines: bool
) -> list[KeyItem]:
    """What colour, marker family and hollow points mean, limited to what these results use."""
    results = list(results)
    all_looks = looks(analysis, theme)
    used = [
        look
        for name, look in all_looks.items()
        if any(result.contestant == name for result in results)
    ]
    items = []
    for kind in dict.fromkeys(look.kind for look in used):
        if kind != "control":
            words = PATTERN_WORDS.get(kind, kind)
            items.append(
                KeyItem(
                    words,
                    theme.pattern(kind),
                    dashes="-" if lines else "",
                    marker="" if lines else "o",
                )
            )
    written = {look.from_scratch for look in used if look.kind != "control"}
    if {True, False} <= written:
        items.append(KeyItem("library", theme.muted, marker="o", dashes="-" if lines else ""))
        items.append(
            KeyItem("from scratch", theme.muted, marker="s", dashes=(0, (4, 1.6)) if lines else "")
        )
    if any(result.flags for result in results):
        items.append(KeyItem(FLAGGED, theme.muted, marker="o", hollow=True))
    return items


def contestant_items(analysis: Analysis, theme: Theme, results: Iterable[Result]) -> list[KeyItem]:
    """One key item per contestant, for pages too narrow to label lines directly."""
    results = list(results)
    present = {result.contestant for result in results}
    items = [
        KeyItem(name, look.colour, marker=look.marker, dashes=look.dashes)
        for name, look in looks(analysis, theme).items()
        if name in present
    ]
    if any(result.flags for result in results):
        items.append(KeyItem(FLAGGED, theme.muted, marker="o", hollow=True))
    return items


def line_key(page: Page, analysis: Analysis, results: Iterable[Result]) -> None:
    """The key of a figure of lines: contestants when narrow, the meaning of looks when wide."""
    results = list(results)
    if page.layout.narrow:
        page.key(contestant_items(analysis, page.theme, results))
    else:
        page.key(key_items(analysis, page.theme, results, lines=True))


def label_room(layout: Layout, names: Iterable[str]) -> float:
    """Inches to keep free right of a panel for the labels of its lines."""
    if layout.narrow:
        return 0.24
    return 0.34 + max((text_width(name, KEY_SIZE) for name in names), default=0.0)


def label_height(layout: Layout, names: Sequence[str], least: float) -> float:
    """Inner height of a panel, at least `least`, beside which the labels of its lines fit."""
    return least if layout.narrow else max(least, len(names) * LABEL_PITCH + 0.1)


@dataclass(frozen=True)
class LineEnd:
    """The last point of a line, data coordinates."""

    name: str
    x: float
    y: float
    look: Look


def label_ends(page: Page, panel: Axes, ends: Sequence[LineEnd]) -> None:
    """Names right of the panel, each level with its line's end as far as they do not overlap.

    Call when the limits of the panel are final. A thin leader joins line and label.
    """
    if page.layout.narrow or not ends:
        return
    height = panel.get_position().height * page.canvas.get_figheight()
    to_axes = panel.transAxes.inverted()
    wanted = []
    points = []
    for end in ends:
        point = to_axes.transform(panel.transData.transform((end.x, end.y)))
        points.append(point)
        wanted.append(float(min(max(point[1], 0.0), 1.0)) * height)
    width = panel.get_position().width * page.canvas.get_figwidth()
    for end, point, place in zip(ends, points, spread(wanted, LABEL_PITCH, 0.02, height - 0.04)):
        y = place / height
        start, stop = 1 + 0.05 / width, 1 + 0.2 / width
        panel.plot(
            [point[0] + 0.04 / width, start, stop],
            [point[1], point[1], y],
            transform=panel.transAxes,
            color=end.look.colour,
            linewidth=0.7,
            clip_on=False,
            zorder=1,
        )
        panel.text(
            1 + 0.23 / width, y, end.name, transform=panel.transAxes, va="center", fontsize=KEY_SIZE
        )
