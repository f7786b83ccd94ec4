"""Logarithmic axes with few, round labels."""

from __future__ import annotations

from typing import Callable, Iterable, Sequence

from matplotlib.axes import Axes

from plots.drawing.text import log_ticks, tick

PERCENTILES = (
    (0.0, "0 %"),
    (90.0, "90 %"),
    (99.0, "99 %"),
    (99.9, "99.9 %"),
    (99.99, "99.99 %"),
    (99.999, "99.999 %"),
)


def log_limits(values: Iterable[float], room: float = 0.06) -> tuple[float, float]:
    """Limits around the positive values, at least a factor of 2 apart, plus `room` of the span."""
    positive = [value for value in values if value > 0] or [1.0]
    low, high = min(positive), max(positive)
    if high / low < 2:
        middle = (low * high) ** 0.5
        low, high = middle / 2**0.5, middle * 2**0.5
    edge = (high / low) ** room
    return low / edge, high * edge


def log_y(panel: Axes, limits: tuple[float, float], label: Callable[[float], str] = tick) -> None:
    """Makes the vertical axis logarithmic."""
    panel.set_yscale("log")
    panel.set_ylim(*limits)
    ticks = log_ticks(*limits)
    panel.set_yticks(ticks, [label(each) for each in ticks])
    panel.set_yticks([], minor=True)
    panel.grid(axis="y", linewidth=0.7)


def log_x(panel: Axes, limits: tuple[float, float], most: int = 7) -> None:
    """Makes the horizontal axis logarithmic."""
    panel.set_xscale("log")
    panel.set_xlim(*limits)
    ticks = log_ticks(*limits, most=most)
    panel.set_xticks(ticks, [tick(each) for each in ticks])
    panel.set_xticks([], minor=True)


def beyond(percentile: float) -> float:
    """HdrHistogram's abscissa 1 / (1 - p): 1 for the minimum, 100 for p99; p in percent."""
    return 100.0 / (100.0 - percentile)


def percentile_x(panel: Axes, highest: float, narrow: bool) -> None:
    """A logarithmic axis of 1 / (1 - p), labelled in percentiles up to `highest` (percent)."""
    panel.set_xscale("log")
    panel.set_xlim(1, beyond(highest) * 1.12)
    shown = [(value, text) for value, text in PERCENTILES if value <= highest * (1 + 1e-9)]
    if highest < 99.1:
        shown.insert(1, (50.0, "50 %"))
    if narrow and len(shown) > 4:
        shown = shown[:1] + shown[2::1] if len(shown) == 5 else shown[::2]
    panel.set_xticks([beyond(value) for value, _ in shown], [text for _, text in shown])
    panel.set_xticks([], minor=True)
    panel.grid(axis="x", linewidth=0.7)


def mark_every_decade(points: Sequence[float]) -> list[int]:
    """Indices of the first values from 10, 100, 1000, ... in an ascending list.

    Markers at these stay apart.
    """
    wanted, found = 10.0, []
    for index, point in enumerate(points):
        if point >= wanted * 0.999:
            found.append(index)
            while wanted <= point * 1.001:
                wanted *= 10
    return found
