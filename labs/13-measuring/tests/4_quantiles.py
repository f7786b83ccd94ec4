"""What many samples say, and what they do not say."""

from fractions import Fraction
from importlib import import_module
from math import ceil
from random import Random

from machine.python.lab_test import lab_test
from machine.python.story import Story

P50, P90, P99 = Fraction(1, 2), Fraction(9, 10), Fraction(99, 100)


def expect_quantile(story: Story, samples: list, share: Fraction, expected: float | None) -> None:
    story.step(f"your quantile() of {len(samples):,} samples, share {share}")
    found = import_module("estimates").quantile(samples, share)
    story.expect_equal(f"p{float(share * 100):g}", expected, found)


@lab_test("Quantile", "nearest-rank")
def it_is_the_sample_at_the_rank(story: Story) -> None:
    samples = [float(number) for number in range(1, 20_002)]
    story.step("the samples are 1, 2, 3, … 20,001")
    expect_quantile(story, samples[:20_000], P50, 10_000.0)
    expect_quantile(story, samples, P50, 10_001.0)
    expect_quantile(story, samples[:20_000], P90, 18_000.0)
    expect_quantile(story, samples, P90, 18_001.0)
    expect_quantile(story, samples[:20_000], P99, 19_800.0)


@lab_test("Quantile", "a-sample")
def it_is_a_sample_and_nothing_between(story: Story) -> None:
    samples = [1.0] * 990_0 + [2.0] * 100
    story.step("9,900 samples are 1, 100 are 2: 99 % do not exceed 1")
    expect_quantile(story, samples, P99, 1.0)
    story.step("9,899 samples are 1, 101 are 2")
    expect_quantile(story, samples[1:] + [2.0], P99, 2.0)


@lab_test("Quantile", "order")
def samples_come_in_any_order_and_stay_so(story: Story) -> None:
    samples = [float(number) for number in range(1, 1_001)]
    Random(story.seed).shuffle(samples)
    before = list(samples)
    expect_quantile(story, samples, P90, 900.0)
    story.expect_that(samples == before, "the samples are as they were", "they are in order now")


@lab_test("Quantile", "exact-rank")
def no_rank_is_off_by_a_rounding(story: Story) -> None:
    samples = [float(number) for number in range(1, 20_001)]
    story.step("the samples are 1, 2, 3, … 20,000")
    quantile = import_module("estimates").quantile
    for hundredths in range(1, 100):
        share = Fraction(hundredths, 100)
        expected = float(ceil(share * 20_000))
        found = quantile(samples, share)
        story.expect_equal(f"your quantile() with share {share}", expected, found)


@lab_test("Quantile", "too-few")
def of_too_few_it_says_nothing(story: Story) -> None:
    samples = [float(number) for number in range(1, 10_001)]
    expect_quantile(story, samples, P99, 9_900.0)
    expect_quantile(story, samples[:-1], P99, None)
    expect_quantile(story, samples[:200], P50, 100.0)
    expect_quantile(story, samples[:199], P50, None)
    expect_quantile(story, [], P50, None)


def expect_of_all(
    story: Story, slices: list[list[float]], share: Fraction, expected: float
) -> None:
    story.step(f"your quantile_of_all() of {len(slices)} slices, share {share}")
    found = import_module("estimates").quantile_of_all(slices, share)
    story.expect_equal(f"p{float(share * 100):g} of all requests", expected, found)


@lab_test("Quantile", "of-all")
def it_is_of_all_requests_and_no_mean(story: Story) -> None:
    calm = [[1.0] * 20_000 for _ in range(9)]
    story.step("in nine slices each request takes 1 ms, in the tenth 3 % take 1,000 ms")
    expect_of_all(story, [*calm, [1.0] * 19_400 + [1_000.0] * 600], P99, 1.0)


@lab_test("Quantile", "of-all")
def it_is_of_all_requests_and_no_percentile_of_percentiles(story: Story) -> None:
    calm = [[1.0] * 20_000 for _ in range(8)]
    story.step("eight slices: 1 ms; two, at a time with few users: 2 % of 10,000 take 1,000 ms")
    expect_of_all(story, [*calm, *([[1.0] * 9_800 + [1_000.0] * 200] * 2)], P90, 1.0)
    expect_of_all(story, [*calm, *([[1.0] * 9_800 + [1_000.0] * 200] * 2)], P99, 1.0)
