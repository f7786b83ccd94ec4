"""The recording as a figure of three panels: latency closed, latency open, rate."""

from collections.abc import Sequence
from pathlib import Path

from estimates import Estimate, median_of
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from recording import LOOPS, QUANTILES, Slice

COLOURS = ("#0a4f9c", "#d05300", "#6b6b6b", "#009e73")


def names_of(slices: Sequence[Slice]) -> list[str]:
    """The contestants, in the same order in every panel."""
    return sorted({one.contestant for one in slices})


def title(slices: Sequence[Slice], loop: str) -> str:
    """Of a panel: the loop, and of how many slices of each contestant it tells."""
    count = len({one.round for one in slices if one.loop == loop})
    return f"{loop} loop, {count} slices each"


def latency_ms(slices: Sequence[Slice], loop: str, name: str) -> list[Estimate]:
    """Of one contestant in one loop, by quantile: the median of its slices."""
    # @ solution
    own = [one for one in slices if (one.loop, one.contestant) == (loop, name)]
    return [median_of([one.latency_us[each] / 1000 for one in own]) for each in QUANTILES]
    # @ starter
    # | return []  # TODO: step 8
    # @ wrong microseconds
    # | own = [one for one in slices if (one.loop, one.contestant) == (loop, name)]
    # | return [median_of([one.latency_us[each] for one in own]) for each in QUANTILES]
    # @ end


def rate_per_s(slices: Sequence[Slice], loop: str, name: str) -> Estimate:
    """The same of the replies per second."""
    # @ solution
    own = [one for one in slices if (one.loop, one.contestant) == (loop, name)]
    return median_of([one.rate_per_s for one in own])
    # @ starter
    # | return Estimate(0, 0, 0)  # TODO: step 8
    # @ end


def lengths(estimates: Sequence[Estimate]) -> list[list[float]]:
    """Of error bars, downwards and upwards, as matplotlib wants them."""
    # @ solution
    return [[one.value - one.low for one in estimates], [one.high - one.value for one in estimates]]
    # @ starter
    # | return [[], []]  # TODO: step 8
    # @ wrong ends-instead-of-lengths
    # | return [[one.low for one in estimates], [one.high for one in estimates]]
    # @ end


def draw_latency(panel: Axes, slices: Sequence[Slice], loop: str) -> None:
    """One line for each contestant, by quantile, with its intervals."""
    # @ solution
    places = range(len(QUANTILES))
    for name, colour in zip(names_of(slices), COLOURS):
        found = latency_ms(slices, loop, name)
        values = [one.value for one in found]
        panel.errorbar(
            places, values, lengths(found), marker="o", capsize=3, color=colour, label=name
        )
    panel.set_yscale("log")
    panel.set_xticks(places, QUANTILES)
    panel.set_xlabel("quantile of the response time in a slice")
    panel.set_ylabel("response time (ms)")
    panel.set_title(title(slices, loop))
    # @ starter
    # | # TODO: step 8
    # @ wrong linear-axis
    # | places = range(len(QUANTILES))
    # | for name, colour in zip(names_of(slices), COLOURS):
    # |     found = latency_ms(slices, loop, name)
    # |     values = [one.value for one in found]
    # |     panel.errorbar(places, values, lengths(found), marker="o", color=colour, label=name)
    # | panel.set_xticks(places, QUANTILES)
    # | panel.set_xlabel("quantile of the response time in a slice")
    # | panel.set_ylabel("response time (ms)")
    # | panel.set_title(title(slices, loop))
    # @ wrong without-intervals
    # | places = range(len(QUANTILES))
    # | for name, colour in zip(names_of(slices), COLOURS):
    # |     values = [one.value for one in latency_ms(slices, loop, name)]
    # |     panel.plot(places, values, marker="o", color=colour, label=name)
    # | panel.set_yscale("log")
    # | panel.set_xticks(places, QUANTILES)
    # | panel.set_xlabel("quantile of the response time in a slice")
    # | panel.set_ylabel("response time (ms)")
    # | panel.set_title(title(slices, loop))
    # @ end


def draw_rate(panel: Axes, slices: Sequence[Slice]) -> None:
    """One bar for each contestant: its rate in the closed loop, with its interval."""
    # @ solution
    names = names_of(slices)
    found = [rate_per_s(slices, "closed", name) for name in names]
    values = [one.value for one in found]
    panel.bar(names, values, yerr=lengths(found), capsize=3, color=COLOURS[: len(names)])
    panel.set_ylim(bottom=0)
    panel.set_ylabel("replies (1/s)")
    panel.set_title(title(slices, "closed"))
    panel.tick_params(axis="x", rotation=20)
    # @ starter
    # | # TODO: step 8
    # @ wrong cut-off-axis
    # | names = names_of(slices)
    # | found = [rate_per_s(slices, "closed", name) for name in names]
    # | values = [one.value for one in found]
    # | panel.bar(names, values, yerr=lengths(found), capsize=3, color=COLOURS[: len(names)])
    # | panel.set_ylim(min(values) * 0.95, max(values) * 1.05)
    # | panel.set_ylabel("replies (1/s)")
    # | panel.set_title(title(slices, "closed"))
    # @ end


def draw(slices: Sequence[Slice]) -> Figure:
    """Three panels, in this order: latency in the closed loop, in the open loop, and the rate."""
    # @ solution
    figure = Figure(figsize=(11, 4.5), layout="constrained")
    # @ wrong figures-stay-open
    # | from matplotlib import pyplot
    # |
    # | figure = pyplot.figure(figsize=(11, 4.5), layout="constrained")
    # @ end
    # @ solution
    closed, open_, rate = figure.subplots(1, 3, width_ratios=(3, 3, 2))
    open_.sharey(closed)
    for panel, loop in zip((closed, open_), LOOPS):
        draw_latency(panel, slices, loop)
    closed.legend(frameon=False)
    draw_rate(rate, slices)
    figure.supxlabel("medians of slices with their 95 % intervals", fontsize="small")
    # @ starter
    # | # TODO: step 8
    # @ wrong each-its-own-scale
    # | closed, open_, rate = figure.subplots(1, 3, width_ratios=(3, 3, 2))
    # | for panel, loop in zip((closed, open_), LOOPS):
    # |     draw_latency(panel, slices, loop)
    # | closed.legend(frameon=False)
    # | draw_rate(rate, slices)
    # | figure.supxlabel("medians of slices with their 95 % intervals", fontsize="small")
    # @ wrong unexplained-bars
    # | closed, open_, rate = figure.subplots(1, 3, width_ratios=(3, 3, 2))
    # | open_.sharey(closed)
    # | for panel, loop in zip((closed, open_), LOOPS):
    # |     draw_latency(panel, slices, loop)
    # | closed.legend(frameon=False)
    # | draw_rate(rate, slices)
    # @ end
    return figure


def write(slices: Sequence[Slice], file: Path) -> None:
    """Draws into `file`; the suffix says in which format."""
    # @ solution
    draw(slices).savefig(file)
    # @ starter
    # | # TODO: step 8
    # @ end
