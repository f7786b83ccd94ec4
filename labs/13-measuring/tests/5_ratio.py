"""Comparing in pairs, with an interval."""

from importlib import import_module
from random import Random

from machine.python.lab_test import lab_test
from machine.python.story import Story


@lab_test("Interval", "ranks")
def it_ends_at_the_right_ranks(story: Story) -> None:
    # Of n values: the k-th from either end.
    for count, rank in ((6, 1), (9, 2), (12, 3), (25, 8), (100, 40)):
        values = [float(number) for number in range(1, count + 1)]
        Random(story.seed).shuffle(values)
        story.step(f"your median_of() of the numbers 1 to {count}, in any order")
        found = import_module("estimates").median_of(values)
        story.expect_that(found is not None, "it has an interval", "None")
        story.expect_near("value", (count + 1) / 2, found.value, "")
        story.expect_near("low", rank, found.low, "")
        story.expect_near("high", count + 1 - rank, found.high, "")


@lab_test("Interval", "few-pairs")
def of_five_it_says_nothing(story: Story) -> None:
    for count in (0, 1, 5):
        story.step(f"your median_of() of {count} values")
        found = import_module("estimates").median_of([1.0] * count)
        story.expect_equal("estimate", None, found)


@lab_test("Ratio", "pairs")
def what_moves_both_does_not_matter(story: Story) -> None:
    random = Random(story.seed)
    reference = [100 * random.uniform(0.5, 2) for _ in range(30)]
    ours = [1.1 * value * random.uniform(0.99, 1.01) for value in reference]
    story.step("30 rounds; the machine is up to four times as slow in some as in others")
    story.step("in each of them ours takes 1.10 times as long, give or take 1 %: your ratio()")
    found = import_module("estimates").ratio(ours, reference)
    story.expect_that(found is not None, "there is an estimate", "None")
    story.expect_near("ratio", 1.1, found.value, "", within=0.011)
    story.expect_near("low end of the interval", 1.1, found.low, "", within=0.0111)
    story.expect_near("high end of the interval", 1.1, found.high, "", within=0.0111)


@lab_test("Ratio", "no-pairs")
def what_has_no_partner_is_refused(story: Story) -> None:
    story.step("your ratio() of 30 slices and 29 of the reference")
    try:
        found = import_module("estimates").ratio([1.0] * 30, [1.0] * 29)
    except ValueError:
        return
    story.fail("ValueError", str(found))


@lab_test("Ratio", "a-a")
def the_same_against_itself_is_no_difference(story: Story) -> None:
    random = Random(story.seed)
    ratio = import_module("estimates").ratio
    holds = 0
    for _ in range(200):
        first, second = ([random.lognormvariate(0, 0.06) for _ in range(20)] for _ in range(2))
        found = ratio(first, second)
        holds += found is not None and found.low <= 1 <= found.high
    story.step("200 comparisons of a server with itself, 20 rounds each, 6 % noise: your ratio()")
    story.expect_that(holds >= 176, "95 of 100 intervals hold 1", f"{holds} of 200")
