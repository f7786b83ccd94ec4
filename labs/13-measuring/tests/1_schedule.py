"""When requests are due."""

from importlib import import_module
from itertools import pairwise
from math import exp, sqrt
from random import Random

from machine.python.lab_test import lab_test
from machine.python.story import Story

RATE_PER_S, SECONDS = 1000, 10.0
TIMES = 400


@lab_test("Schedule", "uniform")
def a_thousand_per_second(story: Story) -> None:
    story.step(f"your uniform({RATE_PER_S}, {SECONDS:g})")
    due = import_module("loops").uniform(RATE_PER_S, SECONDS)
    story.expect_equal("requests", 10_000, len(due))
    for number in (0, 1, 5_000, 9_999):
        story.expect_near(f"request {number} is due at", number / RATE_PER_S, due[number], "s")


@lab_test("Schedule", "poisson")
def poisson_comes_irregularly(story: Story) -> None:
    story.step(f"your poisson({RATE_PER_S}, {SECONDS:g}, …)")
    due = import_module("loops").poisson(RATE_PER_S, SECONDS, Random(story.seed))
    story.expect_that(
        abs(len(due) - 10_000) < 5 * sqrt(10_000), "9,500 to 10,500 requests", f"{len(due):,}"
    )
    story.expect_that(
        list(due) == sorted(due) and due[0] >= 0 and due[-1] < SECONDS,
        "in order, from 0 to 10 s",
        f"the first at {due[0]:g}, the last at {due[-1]:g} s, or not in order",
    )
    long_gaps = sum(later - earlier > 1 / RATE_PER_S for earlier, later in pairwise(due))
    expected = len(due) * exp(-1)
    story.expect_that(
        abs(long_gaps - expected) < 5 * sqrt(expected),
        f"about {expected:,.0f} distances longer than the mean one, as of exponential ones",
        f"{long_gaps:,}",
    )


@lab_test("Schedule", "poisson")
def the_first_user_comes_at_random_as_well(story: Story) -> None:
    poisson = import_module("loops").poisson
    story.step(f"your poisson(1, 50, …), {TIMES} times, each with another seed")
    first = [poisson(1, 50.0, Random(story.seed + number))[0] for number in range(TIMES)]
    story.expect_near(
        "the first request is due, on average", 1, sum(first) / TIMES, "s", within=5 / sqrt(TIMES)
    )


@lab_test("Schedule", "same-seed")
def the_same_seed_gives_the_same_requests(story: Story) -> None:
    loops = import_module("loops")
    first, second = (loops.poisson(50, SECONDS, Random(story.seed)) for _ in range(2))
    other = loops.poisson(50, SECONDS, Random(story.seed + 1))
    story.step("your poisson() three times, the third time with another seed")
    story.expect_that(first == second, "the first two are equal", "they are not")
    story.expect_that(first != other, "the third is another", "it is not")
