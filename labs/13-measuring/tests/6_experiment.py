"""The experiment file: does it ask what it says, and could the answer be trusted?"""

import re
from fractions import Fraction

from experiments.runner.errors import Failure
from experiments.runner.plan.catalog import read_experiment
from experiments.runner.plan.experiment import Experiment
from experiments.runner.plan.plan import LEAST_ROUNDS, Cell, share_time
from experiments.runner.units import duration_s
from machine.python.lab_test import lab_test
from machine.python.story import Story

WORK = re.compile(r"--work every=(\d+),block=(\S+)")
LEAST_STALLS = 2  # in a slice of the open loop
LEAST_BEYOND_P99 = 100
LEAST_EPOCHS = 6
MOST_BLOCKED = 0.5  # of the time


def read(story: Story) -> Experiment:
    story.step("the project's own reader reads your experiment.toml")
    try:
        return read_experiment(story.work / "experiment.toml")
    except Failure as failure:
        story.fail("it is an experiment", failure.message)


def the_cell(story: Story, experiment: Experiment, mode: str) -> Cell:
    found = [cell for cell in experiment.cells if cell.mode == mode]
    how = "with a rate" if mode == "open" else "without a rate"
    story.expect_equal(f"cells {how} ({mode} loop)", 1, len(found))
    return found[0]


def blocking(experiment: Experiment) -> dict[str, tuple[int, float]]:
    """By contestant: after how many messages one blocks, and for how many seconds."""
    found = ((one.name, WORK.search(one.options)) for one in experiment.contestants)
    return {name: (int(work[1]), duration_s(work[2])) for name, work in found if work}


@lab_test("Experiment", "format")
def the_projects_reader_accepts_it(story: Story) -> None:
    experiment = read(story)
    story.expect_that(bool(experiment.question), "there is a question", "it is empty")


@lab_test("Experiment", "prediction")
def it_predicts_a_quantity(story: Story) -> None:
    look_for = read(story).look_for
    story.step("look_for is your prediction, and is printed in the report beside what came of it")
    quantity = re.search(r"\d\s*(ms|us|µs|s\b|%|times|messages|requests)", look_for)
    story.expect_that(
        bool(quantity), "it predicts figures, such as 'p99 near 7 ms'", f"“{look_for}”"
    )


@lab_test("Experiment", "two-loops")
def both_loops_ask_the_same_servers_the_same(story: Story) -> None:
    experiment = read(story)
    closed, opened = the_cell(story, experiment, "closed"), the_cell(story, experiment, "open")
    for what in ("protocol", "connections", "size"):
        story.expect_equal(f"{what} in the open loop", getattr(closed, what), getattr(opened, what))
    story.expect_equal("messages in flight on a connection, closed loop", 1, closed.depth)


@lab_test("Experiment", "one-difference")
def contestants_differ_in_one_thing_at_a_time(story: Story) -> None:
    experiment = read(story)
    servers = {one.name: one.server for one in experiment.contestants}
    works = blocking(experiment)
    calm = str(experiment.reference)
    story.step(f"the reference is {calm}")
    story.expect_that(calm not in works, "the reference does not block", "it does")
    blocks = {name: servers[name] for name in works}
    story.expect_that(
        servers[calm] in blocks.values(),
        f"{servers[calm]} takes part once more, and blocks",
        f"these block: {', '.join(works) or 'none'}",
    )
    story.expect_that(
        "thread-per-connection" in blocks.values(),
        "thread-per-connection takes part, and blocks",
        f"these block: {', '.join(works) or 'none'}",
    )
    story.expect_equal("kinds of blocking", 1, len(set(works.values())))


@lab_test("Experiment", "enough-stalls")
def a_slice_holds_several_stalls(story: Story) -> None:
    experiment = read(story)
    cell = the_cell(story, experiment, "open")
    length = cell.slice_s or experiment.slice_s
    requests = round(cell.rate_per_s * length)
    story.step(f"a slice of the open loop has {length:g} s, and {requests:,} requests")
    for name, (every, _) in blocking(experiment).items():
        stalls = Fraction(requests, every)
        story.expect_that(
            stalls >= LEAST_STALLS,
            f"{name} blocks at least {LEAST_STALLS} times in it: its p99 is no lottery",
            f"{float(stalls):g} times",
        )
    story.expect_that(
        requests // 100 >= LEAST_BEYOND_P99,
        f"at least {LEAST_BEYOND_P99} samples beyond its p99",
        f"{requests // 100}",
    )


@lab_test("Experiment", "keeps-up")
def the_server_can_keep_up(story: Story) -> None:
    experiment = read(story)
    rate = the_cell(story, experiment, "open").rate_per_s
    story.step(f"the open loop sends {rate:,} requests per second")
    for name, (every, block_s) in blocking(experiment).items():
        blocked = rate / every * block_s
        story.expect_that(
            blocked <= MOST_BLOCKED,
            f"{name} blocks for less than half of the time: else its queue only grows",
            f"{blocked:.0%} of the time",
        )


@lab_test("Experiment", "rounds")
def there_is_time_for_enough_rounds(story: Story) -> None:
    experiment = read(story)
    contestants = len(experiment.contestants) + 1  # the reference once more: the A/A control
    cells = share_time(
        experiment.cells, experiment.seconds, contestants, experiment.slice_s, LEAST_ROUNDS
    )
    needed = sum(cell.rounds * cell.slice_s for cell in cells) * contestants
    story.step(
        f"{contestants} contestants with the A/A control, {LEAST_ROUNDS} rounds of each cell"
    )
    story.expect_that(
        experiment.seconds >= needed,
        f"it has the {needed:g} s that these take",
        f"seconds = {experiment.seconds:g}",
    )
    story.expect_that(
        experiment.epochs >= LEAST_EPOCHS,
        f"the servers are started afresh at least {LEAST_EPOCHS} times",
        f"epochs = {experiment.epochs}",
    )
