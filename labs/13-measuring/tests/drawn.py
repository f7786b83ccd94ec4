"""What a panel of matplotlib holds, as a reader sees it: curves, ends of intervals, words."""

import re
from collections.abc import Iterable, Sequence
from math import isclose

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

# How many microseconds one of a unit is, as an axis names it.
UNITS_US = {"µs": 1, "us": 1, "ms": 1e3, "s": 1e6}
CLOSE = 1e-3
CAPS = ("_", "|")


def unit_us(label: str) -> float | None:
    """Of the unit in the brackets of an axis label, such as "latency (ms)"."""
    found = re.search(r"[(\[]\s*(µs|us|ms|s)\s*[)\]]", label.replace("μ", "µ"))
    return UNITS_US[found[1]] if found else None


def curve(panel: Axes, values: Sequence[float]) -> str | None:
    """The colour of a line with these heights; None if there is none."""
    for line in panel.get_lines():
        if _equal(line.get_ydata(), values):
            return str(line.get_color())
    return None


def curves(panel: Axes) -> str:
    """The heights of all lines, to be told; without the caps of error bars."""
    lines = [line for line in panel.get_lines() if line.get_marker() not in CAPS]
    heights_of = [", ".join(f"{float(y):.4g}" for y in line.get_ydata()) for line in lines]
    return "; ".join(heights_of) or "no line"


def heights(panel: Axes) -> list[float]:
    """All heights at which a line, the edge of a band or the end of an error bar lies."""
    found: list[float] = []
    for collection in panel.collections:
        for path in collection.get_paths():
            found += [float(y) for _, y in path.vertices]
    return found


def holds(numbers: Iterable[float], wanted: float) -> bool:
    return any(isclose(number, wanted, rel_tol=CLOSE) for number in numbers)


def words(figure: Figure) -> str:
    """Everything that is written anywhere on it."""
    return "\n".join(text.get_text() for text in figure.findobj(Text))


def _equal(found: Iterable[float], wanted: Sequence[float]) -> bool:
    numbers = [float(number) for number in found]
    return len(numbers) == len(wanted) and all(
        isclose(one, other, rel_tol=CLOSE) for one, other in zip(numbers, wanted)
    )
