"""Colours of the two themes and the look of a contestant.

Colour says the pattern; line style and the family of markers say how the server was
written (solid and round: library; dashed and angular: from scratch). Contestants alike
in both get another marker of the family and a shade nearer to the ink, so eight differ.
A program that is none of ours has a colour, a line and a family of markers of its own:
nobody knows how it was written.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

import matplotlib
import matplotlib.colors

from experiments.runner.results.model import Analysis

PATTERN_WORDS = {
    "reactor": "Reactor",
    "proactor": "Proactor",
    "emulated": "emulated Proactor",
    "baseline": "baseline",
    "floor": "floor",
    "foreign": "a program of yours",
}
LIBRARY_MARKERS = ("o", "p", "8", "h")
SCRATCH_MARKERS = ("s", "D", "^", "v")
FOREIGN_MARKERS = ("X", "P", "*", "H")
STYLE_SHEET = Path(__file__).with_name("iolab.mplstyle")


@dataclass(frozen=True)
class Theme:
    """Colours as #rrggbb."""

    name: str
    paper: str
    ink: str
    muted: str
    grid: str
    band: str
    patterns: dict[str, str]

    def pattern(self, name: str) -> str:
        """The colour of a pattern; an unknown one is drawn in the ink of notes."""
        return self.patterns.get(name, self.muted)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The style sheet with this theme's colours, for the duration of the block."""
        colours = {
            "figure.facecolor": self.paper,
            "savefig.facecolor": self.paper,
            "axes.facecolor": self.paper,
            "axes.edgecolor": self.muted,
            "axes.labelcolor": self.ink,
            "axes.titlecolor": self.ink,
            "text.color": self.ink,
            "xtick.color": self.muted,
            "ytick.color": self.muted,
            "xtick.labelcolor": self.ink,
            "ytick.labelcolor": self.ink,
            "grid.color": self.grid,
        }
        with matplotlib.rc_context():
            matplotlib.rcdefaults()
            matplotlib.style.use(STYLE_SHEET)
            matplotlib.rcParams.update(colours)
            yield


# Near the hues of Okabe and Ito (jfly.uni-koeln.de/color), blue and green moved apart in lightness
# for tritanopia; tests/python/test_plots_theme.py checks every eye and a contrast of 3:1 to the
# paper.
LIGHT = Theme(
    name="light",
    paper="#ffffff",
    ink="#1b1f24",
    muted="#5b636d",
    grid="#e4e7eb",
    band="#e9edf2",
    patterns={
        "reactor": "#0a4f9c",
        "proactor": "#d05300",
        "emulated": "#009e73",
        "baseline": "#a8558a",
        "floor": "#6b6b6b",
        "foreign": "#7d6a45",
    },
)
DARK = Theme(
    name="dark",
    paper="#14171a",
    ink="#e6e9ed",
    muted="#a2abb5",
    grid="#2b3036",
    band="#262c33",
    patterns={
        "reactor": "#5a9cf0",
        "proactor": "#f28a45",
        "emulated": "#4ed8a8",
        "baseline": "#e09cc7",
        "floor": "#b5b5b5",
        "foreign": "#cdbb92",
    },
)
THEMES = (LIGHT, DARK)


@dataclass(frozen=True)
class Look:
    """How one contestant is drawn."""

    colour: str
    marker: str
    dashes: str | tuple[int, tuple[float, ...]]
    kind: str
    from_scratch: bool | None


# (line, markers) by how a server was written: None for what is not known.
_FAMILIES = {
    False: ("-", LIBRARY_MARKERS),
    True: ((0, (4, 1.6)), SCRATCH_MARKERS),
    None: ((0, (6, 1.6, 1, 1.6)), FOREIGN_MARKERS),
}


def looks(analysis: Analysis, theme: Theme) -> dict[str, Look]:
    """The look of every contestant by name, the same in each figure of the report."""
    seen: Counter[tuple[str, bool | None]] = Counter()
    found: dict[str, Look] = {}
    for one in analysis.compared:
        place = seen[one.kind, one.from_scratch]
        seen[one.kind, one.from_scratch] += 1
        dashes, markers = _FAMILIES[one.from_scratch]
        found[one.name] = Look(
            colour=_towards(theme.pattern(one.kind), theme.ink, 0.3 * min(place, 2)),
            marker=markers[place % len(markers)],
            dashes=dashes,
            kind=one.kind,
            from_scratch=one.from_scratch,
        )
    if analysis.control:
        found[analysis.control] = Look(theme.ink, "d", ":", "control", False)
    return found


def recolouring(analysis: Analysis, source: Theme, target: Theme) -> dict[str, str]:
    """Every colour a figure in `source` may contain, and what it is in `target`.

    Colours alone distinguish the themes, so a drawing in one becomes the other by replacing them.
    """
    pairs = [
        (getattr(source, name), getattr(target, name))
        for name in ("paper", "ink", "muted", "grid", "band")
    ]
    pairs += [(colour, target.pattern(name)) for name, colour in source.patterns.items()]
    mine, other = looks(analysis, source), looks(analysis, target)
    pairs += [(look.colour, other[name].colour) for name, look in mine.items()]
    return dict(pairs)


def _towards(colour: str, target: str, share: float) -> str:
    """`colour` with `share` of `target` mixed in."""
    start, end = (matplotlib.colors.to_rgb(each) for each in (colour, target))
    return matplotlib.colors.to_hex([a + (b - a) * share for a, b in zip(start, end)])
