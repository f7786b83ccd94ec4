"""The figure: is what was measured drawn, and can a reader be misled?"""

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from drawn import curve, curves, heights, holds, unit_us, words
from made_up_recording import NAMES, latencies, make_up, rates
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from recording import LOOPS, QUANTILES, Slice, read_recording

from machine.python.lab_test import lab_test
from machine.python.story import Story

PANELS = ("latency, closed loop", "latency, open loop", "rate")
PNG = b"\x89PNG"


@cache
def drawn(seed: int) -> tuple[Figure, list[Slice]]:
    """The student's figure of a recording that is made up; drawing takes a while, so only once."""
    slices = make_up(seed)
    figure = import_module("figure").draw(slices)
    figure.canvas.draw()  # limits and ticks are only known then
    return figure, slices


def draw(story: Story) -> tuple[Figure, list[Axes], list[Slice]]:
    story.step("your draw(), of a recording that is made up")
    figure, slices = drawn(story.seed)
    panels = list(figure.axes)
    story.expect_equal(f"panels ({'; '.join(PANELS)})", len(PANELS), len(panels))
    return figure, panels, slices


def latency_unit(story: Story, panels: Sequence[Axes]) -> float:
    """Of the first panel, whose axis the second may share."""
    label = panels[0].get_ylabel()
    unit = unit_us(label)
    story.expect_that(
        unit is not None, "the axis of the latency names its unit, such as (ms)", f"“{label}”"
    )
    return unit or 1


@lab_test("Figure", "panels")
def axes_say_what_they_show(story: Story) -> None:
    _, panels, _ = draw(story)
    latency_unit(story, panels)
    for panel, name in zip(panels, PANELS):
        written = [text.get_text() for text in panel.get_xticklabels()]
        wanted = NAMES if name == "rate" else QUANTILES
        missing = [each for each in wanted if each not in written]
        story.expect_equal(f"missing at the x axis of the panel {name}", [], missing)
    rate = panels[2].get_ylabel()
    named = any(each in rate for each in ("/s", "per second"))
    story.expect_that(named, "the axis of the rate names its unit, such as (1/s)", f"“{rate}”")


@lab_test("Figure", "medians")
def medians_stand_at_their_height(story: Story) -> None:
    _, panels, slices = draw(story)
    unit = latency_unit(story, panels)
    for panel, loop in zip(panels, LOOPS):
        for name in NAMES:
            values = [one.value / unit for one in latencies(slices, loop, name)]
            shown = ", ".join(f"{value:.4g}" for value in values)
            story.expect_that(
                curve(panel, values) is not None,
                f"a line of {name}, {loop} loop, in the unit of the axis: {shown}",
                curves(panel),
            )
    bars = [bar.get_height() for bar in panels[2].patches]
    for name in NAMES:
        value = rates(slices, name).value
        story.expect_that(holds(bars, value), f"a bar of {name}: {value:.6g}/s", f"{bars}")


@lab_test("Figure", "intervals")
def intervals_are_drawn(story: Story) -> None:
    _, panels, slices = draw(story)
    unit = latency_unit(story, panels)
    wanted = [
        (panel, f"{name}, {each}, {loop} loop", one.low / unit, one.high / unit)
        for panel, loop in zip(panels, LOOPS)
        for name in NAMES
        for each, one in zip(QUANTILES, latencies(slices, loop, name))
    ]
    wanted += [
        (panels[2], f"{name}, rate", rates(slices, name).low, rates(slices, name).high)
        for name in NAMES
    ]
    for panel, what, low, high in wanted:
        drawn = heights(panel)
        story.expect_that(
            holds(drawn, low) and holds(drawn, high),
            f"an error bar or band of {what}: from {low:.4g} to {high:.4g}",
            "there is none" if drawn else "the panel has no error bars",
        )


@lab_test("Figure", "what-bars-are")
def it_says_what_the_intervals_are(story: Story) -> None:
    figure, _, _ = draw(story)
    story.expect_that(
        "95" in words(figure), "somewhere it says that they are 95 % intervals", "nowhere"
    )


@lab_test("Figure", "names")
def every_curve_has_a_name_and_a_colour_of_its_own(story: Story) -> None:
    figure, panels, slices = draw(story)
    unit = latency_unit(story, panels)
    legends = [*figure.legends, *(one for p in panels[:2] if (one := p.get_legend()))]
    written = [text.get_text() for legend in legends for text in legend.get_texts()]
    written += [text.get_text() for panel in panels[:2] for text in panel.texts]
    for name in NAMES:
        story.expect_that(
            any(name in one for one in written),
            f"{name} is named beside its curve or in a legend",
            f"{written}",
        )
    colours = [
        [
            curve(panel, [one.value / unit for one in latencies(slices, loop, name)])
            for name in NAMES
        ]
        for panel, loop in zip(panels, LOOPS)
    ]
    story.expect_equal("different colours", len(NAMES), len(set(colours[0])))
    story.expect_equal("colours in the open loop", colours[0], colours[1])


@lab_test("Figure", "scale")
def two_decades_need_a_logarithmic_axis(story: Story) -> None:
    _, panels, _ = draw(story)
    for panel, name in zip(panels[:2], PANELS):
        story.expect_equal(f"scale of the panel {name}", "log", panel.get_yscale())


@lab_test("Figure", "same-limits")
def both_loops_have_one_scale(story: Story) -> None:
    _, panels, _ = draw(story)
    closed, opened = ([round(float(y), 6) for y in panel.get_ylim()] for panel in panels[:2])
    story.expect_equal("limits of the latency, open loop", closed, opened)


@lab_test("Figure", "zero")
def bars_begin_at_zero(story: Story) -> None:
    _, panels, _ = draw(story)
    story.expect_equal("scale of the rate", "linear", panels[2].get_yscale())
    story.expect_equal("lowest rate of the axis", 0.0, float(panels[2].get_ylim()[0]))


@lab_test("Figure", "file")
def the_recording_is_written_to_a_file(story: Story) -> None:
    slices = read_recording()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "latency.png"
        story.step("your write(), of the recording, to latency.png")
        import_module("figure").write(slices, file)
        story.expect_that(file.is_file(), "there is a file", "there is none")
        begin = file.read_bytes()[: len(PNG)]
        story.expect_that(begin == PNG, "it is a PNG", f"it begins with {begin!r}")
    story.expect_equal("figures that pyplot still keeps in memory", [], pyplot.get_fignums())
