"""Measuring, wrapping and spreading text, and numbers as people write them."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Sequence

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import LOAD_NO_HINTING

from experiments.runner.results.model import Analysis, MeasuredCell

LINE = 1.35
"""Height of a line in units of the font size."""


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Width in inches of one line set in the figures' font."""
    return _width_per_point(text, bold) * size / 72 if text.strip() else 0.0


@lru_cache(maxsize=4096)
def _width_per_point(text: str, bold: bool) -> float:
    # The font engine is asked at 100 points without hinting, so that the answer scales to any size.
    font = get_font(
        findfont(FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal"))
    )
    font.set_size(100, 72)
    font.set_text(text, 0, flags=LOAD_NO_HINTING)
    return font.get_width_height()[0] / 64 / 100


def wrap(text: str, size: float, width: float, bold: bool = False) -> list[str]:
    """Lines no wider than `width` inches, broken at spaces; a longer word stays whole."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, bold) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions at least `gap` apart, in the order wanted, each as near its wish as that allows.

    They stay in [low, high] when there is room for all; otherwise they grow over `high`.
    Neighbours that collide form a block centred on the mean of its members' wishes.
    """
    order = sorted(range(len(wanted)), key=lambda index: (wanted[index], index))
    blocks: list[list[int]] = []
    starts: list[float] = []

    def start_of(block: list[int]) -> float:
        mean = sum(wanted[index] - place * gap for place, index in enumerate(block)) / len(block)
        return max(low, min(mean, high - (len(block) - 1) * gap))

    for index in order:
        blocks.append([index])
        starts.append(start_of([index]))
        while len(blocks) > 1 and starts[-2] + len(blocks[-2]) * gap > starts[-1]:
            merged = blocks[-2] + blocks[-1]
            blocks[-2:], starts[-2:] = [merged], [start_of(merged)]
    result = [0.0] * len(wanted)
    for block, start in zip(blocks, starts):
        for place, index in enumerate(block):
            result[index] = start + place * gap
    return result


def short(value: float | None) -> str:
    """Three digits (four from 1000 to 9999), with k and M; a dash for None.

    0.382, 5.31, 2537, 152k, 1.04M.
    """
    if value is None:
        return "–"
    rounded = round(value) if 1000 <= abs(value) < 9999.5 else float(f"{value:.3g}")
    for divisor, suffix in ((1e6, "M"), (1e3, "k")):
        if abs(rounded) >= max(divisor, 1e4):
            return _digits(rounded / divisor) + suffix
    return _digits(rounded)


def tick(value: float, _place: object = None) -> str:
    """As short(), without zeros that say nothing: 50k, 0.5, 1M. Also a matplotlib formatter."""
    text = short(value)
    digits = text.rstrip("kM")
    plain = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return plain + text[len(digits) :]


def ratio_text(estimate: float, low: float | None, high: float | None) -> str:
    """`1.021 [1.012, 1.030]`, the brackets left out when the interval is missing."""
    places = 3 if estimate < 9.9995 else 1
    if low is None or high is None:
        return f"{estimate:.{places}f}"
    return f"{estimate:.{places}f} [{low:.{places}f}, {high:.{places}f}]"


def log_ticks(low: float, high: float, most: int = 7) -> list[float]:
    """Round values in [low, high] for a logarithmic axis: 1-2-5, or decades if too many."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for digits in (range(1, 10), (1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,)):
        ticks = [digit * 10.0**power for power in range(first, last + 1) for digit in digits]
        ticks = [tick for tick in ticks if low * 0.999 <= tick <= high * 1.001]
        if 2 <= len(ticks) <= most:
            return ticks
    step = math.ceil((last - first + 1) / most)
    decades = [10.0**power for power in range(first, last + 1, step)]
    return [tick for tick in decades if low * 0.999 <= tick <= high * 1.001]


def _digits(value: float) -> str:
    if value == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(value)))
    return f"{value:.{min(max(0, 2 - magnitude), 6)}f}"


def cell_label(analysis: Analysis, cell: MeasuredCell) -> str:
    """The workload in words; the size is named only where sizes differ.

    On a schedule each connection has one request in flight, so an open loop's depth says nothing.
    """
    parts = [cell.protocol, cell.connections_text]
    if not cell.open_loop:
        parts.append(f"depth {cell.depth}")
    if len({other.size for other in analysis.cells}) > 1:
        parts.append(f"{cell.size} B")
    if cell.offered_per_s:
        share = "offered"
        if cell.utilisation is not None:
            share = f"({100 * cell.utilisation:.0f} % of capacity)"
        parts.append(f"{cell.offered_per_s:,.0f}/s {share}")
    return ", ".join(parts)
