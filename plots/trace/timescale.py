"""Where a moment lies on the picture: short intervals get room, long ones little more.

Every elementary interval, between two neighbouring boundaries of steps, is LEAST wide and grows
with the logarithm of its duration. One that lasts longer than BREAK_NS is not drawn to any scale:
it has one width and is marked as a break. The constants are the same in all pictures.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import Iterable

from plots.drawing.text import text_width

LEAST = 0.12
"""Inches that an interval gets however short it is."""
PER_DECADE = 0.2
"""Inches more for every ten times 1 us."""
BREAK_NS = 1_000_000
BREAK_WIDTH = 0.8
TICK_SIZE = 7.5
TICK_GAP = 0.12
"""Inches between the texts of two ticks at least."""


def width(lasts_ns: int) -> float:
    """Inches for one elementary interval."""
    if lasts_ns > BREAK_NS:
        return BREAK_WIDTH
    return LEAST + PER_DECADE * math.log10(1 + lasts_ns / 1000)


@dataclass(frozen=True)
class Timescale:
    """Boundaries (ns, ascending) and where each lies (inches from the left)."""

    at_ns: tuple[int, ...]
    x: tuple[float, ...]

    def of(self, at_ns: float) -> float:
        """Inches from the left; what lies outside is at the edge."""
        if at_ns <= self.at_ns[0]:
            return self.x[0]
        if at_ns >= self.at_ns[-1]:
            return self.x[-1]
        place = bisect_right(self.at_ns, at_ns) - 1
        start, end = self.at_ns[place], self.at_ns[place + 1]
        share = (at_ns - start) / (end - start)
        return self.x[place] + share * (self.x[place + 1] - self.x[place])

    @property
    def width(self) -> float:
        return self.x[-1]

    @property
    def until_ns(self) -> int:
        return self.at_ns[-1]

    def breaks(self) -> list[tuple[int, int]]:
        """(from, until) in ns of the intervals that are not to scale."""
        pairs = zip(self.at_ns, self.at_ns[1:])
        return [(start, end) for start, end in pairs if end - start > BREAK_NS]

    def ticks(self) -> list[int]:
        """Round moments, ns, that lie far enough apart to be labelled and in no break."""
        broken = self.breaks()
        chosen: dict[int, tuple[float, float]] = {}
        for step_us in (100, 50, 20, 10):
            step = step_us * 1000
            first = max(0, -(-self.at_ns[0] // step) * step)
            for at_ns in _until(range(first, self.until_ns + 1, step), broken):
                x, half = self.of(at_ns), text_width(tick(at_ns), TICK_SIZE) / 2 + TICK_GAP / 2
                if all(x + half <= start or end <= x - half for start, end in chosen.values()):
                    chosen[at_ns] = (x - half, x + half)
        return sorted(chosen)


def tick(at_ns: int) -> str:
    """A round moment in us."""
    return f"{at_ns // 1000:,}"


def _until(moments: Iterable[int], broken: list[tuple[int, int]]) -> list[int]:
    return [one for one in moments if not any(a < one <= b for a, b in broken)]


def timescale(boundaries: Iterable[int]) -> Timescale:
    """From the boundaries of steps and loans, ns, in any order; at least one."""
    at_ns = sorted(set(boundaries))
    if len(at_ns) == 1:
        at_ns.append(at_ns[0] + 1000)
    x = [0.0]
    for start, end in zip(at_ns, at_ns[1:]):
        x.append(x[-1] + width(end - start))
    return Timescale(tuple(at_ns), tuple(x))
