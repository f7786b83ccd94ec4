"""Numbers as text, wrapped text and labels that keep their distance."""

from __future__ import annotations

import random

import pytest

from plots.drawing.text import log_ticks, ratio_text, short, spread, text_width, tick, wrap


@pytest.mark.parametrize(
    "value, text",
    [
        (None, "–"),
        (0, "0"),
        (0.0383, "0.0383"),
        (0.3, "0.300"),
        (5.314, "5.31"),
        (99.96, "100"),
        (1234.0, "1234"),
        (9999.6, "10.0k"),
        (152_345, "152k"),
        (999_900, "1.00M"),
        (4_444_444, "4.44M"),
    ],
)
def test_short_keeps_three_digits(value, text):
    assert short(value) == text


@pytest.mark.parametrize(
    "value, text",
    [(50_000, "50k"), (1e6, "1M"), (0.5, "0.5"), (0, "0"), (100, "100"), (2.5e6, "2.5M")],
)
def test_ticks_drop_zeros_that_say_nothing(value, text):
    assert tick(value) == text


def test_ratio_text_leaves_out_a_missing_interval():
    assert ratio_text(1.0214, 1.0121, 1.0304) == "1.021 [1.012, 1.030]"
    assert ratio_text(1.0214, None, None) == "1.021"


def test_wrapped_lines_fit_and_keep_every_word():
    text = "one two three four five six seven eight nine ten eleven twelve"
    lines = wrap(text, 9, 1.2)
    assert " ".join(lines) == text and len(lines) > 2
    assert all(text_width(line, 9) <= 1.2 for line in lines)


@pytest.mark.parametrize("seed", range(20))
def test_spread_keeps_order_distance_and_bounds(seed):
    source = random.Random(seed)
    wanted = [source.random() for _ in range(8)]
    places = spread(wanted, 0.1, 0.0, 1.0)
    order = sorted(range(8), key=lambda index: wanted[index])
    for one, other in zip(order, order[1:]):
        assert places[other] - places[one] >= 0.1 - 1e-9
    assert min(places) >= 0 and max(places) <= 1 + 1e-9


def test_spread_leaves_alone_what_does_not_collide():
    assert spread([0.9, 0.1, 0.5], 0.2, 0, 1) == [0.9, 0.1, 0.5]


@pytest.mark.parametrize("low, high", [(37, 83), (1, 1e7), (0.02, 0.9), (900, 1100), (55.0, 1.4e6)])
def test_log_ticks_are_few_round_and_inside(low, high):
    ticks = log_ticks(low, high)
    assert 2 <= len(ticks) <= 7
    assert all(low * 0.99 <= each <= high * 1.01 for each in ticks)
