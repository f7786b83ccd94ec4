"""Fixed texts of the report: the method and what each flag means."""

import math

from experiments.runner.results.model import (
    SAMPLES_BEYOND,
    Analysis,
    Estimate,
    Flag,
    MeasuredCell,
    Quantity,
    Result,
)
from plots.drawing.text import cell_label, ratio_text, short

METHOD = (
    "All servers run at once on their own cores and idle but for the one being measured; one load "
    "generator on other cores holds connections to all of them and visits them in short slices.",
    "A round visits every server once in an order shuffled by a recorded seed; an epoch is a "
    "fresh start of all processes; the number of rounds is fixed beforehand and no round is "
    "dropped.",
    "Servers are compared within a round, so that what the machine does to all of them cancels: "
    "the ratio is the Hodges-Lehmann estimate over the rounds' log-ratios to the reference, its "
    "95 % interval an exact signed-rank interval widened by the spread between epochs.",
    "Margins are declared beforehand ({margins}): equivalent means that the 90 % interval lies "
    "inside the margin, faster or slower that the 95 % interval lies wholly beyond it, a small "
    "difference that it only excludes 1 (with Holm's correction for the number of comparisons), "
    "and inconclusive anything else.",
    "The reference is entered twice under two names (the A/A control), and if that control "
    "differs from itself the measurement is invalid.",
)

FLAGS = {
    Flag.CLIENT_BOUND: "the load generator, not the server, was the limit",
    Flag.SATURATED: "the server was at its limit, so what is late is late because of it",
    Flag.LITTLE: "connections × depth disagrees with rate × mean service time",
    Flag.UNSTABLE: "a trend within the measurement, or rounds in two groups",
    Flag.NOISY: "the machine was busy with something else",
    Flag.SAMPLE: "too few samples for what is shown",
    Flag.ERRORS: "requests failed",
    Flag.VERIFY: "wrong bytes in a reply",
    Flag.UNFAIR: "connections were served unequally",
    Flag.UNEVEN: "stalls left out more of its requests than of the reference's, or fewer",
    Flag.UNAVAILABLE: "the engine is refused on this machine",
    Flag.UNCHARGED: "CPU, memory and system calls are unknown",
    Flag.ENV: "machine, kernel or build differs from what it is compared with",
}

PERCENTILE_RULE = (
    f"A percentile is shown only where at least {SAMPLES_BEYOND} samples lie beyond it; "
    "a dash means that there were fewer."
)


def two_tails(analysis: Analysis) -> list[str]:
    """Which p99 to quote for what, with an example; nothing where the two were not measured."""
    cell = _example_cell(analysis)
    if cell is None:
        return []
    paragraphs = [
        "This report tells the tail twice, because a machine stalls now and then: for some "
        "milliseconds a core does nothing, whoever is being measured. The p99 of a typical slice "
        "leaves out the requests that a stall disturbed. It shows what the server does, and it can "
        "be told closely. The p99 as seen is of all requests. It shows what a client got, most of "
        "it is the machine, and it can be told only roughly.",
        "To compare servers, quote the ratio of the typical, undisturbed p99 with its interval. To "
        "promise a latency to users, quote the p99 as seen, and name the machine. Never mix them: "
        "a ratio of the first says nothing about how late a reply may be, and a difference of the "
        "second may be nothing but luck.",
    ]
    return [*paragraphs, *_example(analysis, cell)]


def _example_cell(analysis: Analysis) -> MeasuredCell | None:
    """The workload with both tails that has most rounds, rather at a share of the capacity."""
    cells = [
        cell
        for cell in analysis.cells
        if cell.open_loop and any(one.p99_us and one.seen_p99_us for one in cell.results)
    ]
    return max(
        cells,
        key=lambda cell: (max(one.rounds for one in cell.results), cell.utilisation is not None),
        default=None,
    )


def _example(analysis: Analysis, cell: MeasuredCell) -> list[str]:
    """Both sentences for the contestant whose ratio is farthest from 1."""
    told = [
        one
        for one in analysis.compared_in(cell)
        if one.ratio(Quantity.P99) and one.seen_p99_us and one.seen_p99_us.high
    ]
    if not told:
        return []
    one = max(told, key=lambda each: abs(math.log(each.ratio(Quantity.P99).estimate)))
    ratio = one.ratio(Quantity.P99)
    return [
        f"For example, in {cell_label(analysis, cell)}: compared, the p99 of {one.contestant} is "
        f"{ratio_text(ratio.estimate, ratio.low, ratio.high)} times that of {analysis.reference} "
        f"({ratio.verdict}){_left_out(one)}. Promised, 99 % of its replies on this machine came "
        f"within {_interval(one.seen_p99_us)}."
    ]


def _left_out(one: Result) -> str:
    if one.undisturbed_share is None:
        return ""
    return f", in the {100 * one.undisturbed_share:.0f} % of requests that no stall disturbed"


def _interval(value: Estimate) -> str:
    return f"{short(value.median)} µs (95 % interval {short(value.low)} to {short(value.high)})"
