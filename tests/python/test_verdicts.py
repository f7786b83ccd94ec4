"""Verdicts by the declared rules, and how often a whole measurement is wrong."""

import numpy as np
import pytest

from experiments.runner.judge import stats
from experiments.runner.judge.verdicts import (
    Comparison,
    compare,
    direction,
    is_equivalent,
    percent,
    rounds_needed,
    span,
    verdict,
)
from experiments.runner.plan.margins import Quantity
from experiments.runner.results.model import Verdict


def comparison(
    estimate: float,
    half: float,
    half90: float | None = None,
    quantity: Quantity = Quantity.COST,
    p: float = 1e-6,
) -> Comparison:
    half90 = half90 if half90 is not None else 0.84 * half
    return Comparison(
        quantity,
        25,
        estimate,
        estimate - half,
        estimate + half,
        estimate - half90,
        estimate + half90,
        p,
    )


@pytest.mark.parametrize(
    ("given", "adjusted", "expected"),
    [
        (comparison(1.20, 0.02), 0.001, "slower"),
        (comparison(0.80, 0.02), 0.001, "faster"),
        (comparison(1.04, 0.02), 0.001, "small difference"),
        (comparison(1.005, 0.004), 0.001, "equivalent"),
        (comparison(1.000, 0.01), 1.0, "equivalent"),
        (comparison(1.02, 0.05), 1.0, "inconclusive"),
        (comparison(1.20, 0.02), 0.2, "inconclusive"),
        (comparison(1.20, 0.02, quantity=Quantity.RATE), 0.001, "faster"),
        (comparison(1.05, 0.03, quantity=Quantity.P99), 0.001, "equivalent"),
        (comparison(1.30, 0.05, quantity=Quantity.P99), 0.001, "slower"),
    ],
)
def test_rules(given: Comparison, adjusted: float, expected: str) -> None:
    assert verdict(given, adjusted) == expected


def test_direction_depends_on_the_quantity() -> None:
    assert direction(comparison(1.1, 0.01)) == "slower"
    assert direction(comparison(1.1, 0.01, quantity=Quantity.RATE)) == "faster"


def test_rounds_needed_shrink_the_interval_enough() -> None:
    unsure = comparison(1.02, 0.04)
    needed = rounds_needed(unsure, 0.3)
    assert needed is not None and needed > unsure.rounds
    shrunk = (unsure.rounds / needed) ** 0.5
    settled = comparison(1.02, 0.04 * shrunk, 0.0336 * shrunk)
    assert settled.low > 1 or is_equivalent(settled)


def test_rounds_needed_is_unknown_without_an_interval() -> None:
    assert (
        rounds_needed(
            Comparison(Quantity.COST, 3, 1.0, 0.0, float("inf"), 0.0, float("inf"), 1.0), 1.0
        )
        is None
    )


def test_wording() -> None:
    assert percent(1.0234) == "2.3 % more" and percent(0.75) == "25 % less"
    assert span(0.99, 1.021) == "-1.0 to +2.1 %"


def judged(
    rng: np.random.Generator, truths: list[float], epochs: int, rounds: int, noise: float = 0.06
) -> list[str]:
    """The verdicts of one measurement: each comparison has its own truth, every slice its noise."""
    named = np.repeat(np.arange(epochs), rounds)
    found = []
    for truth in truths:
        logs = truth + rng.normal(0, noise, len(named)) - rng.normal(0, noise, len(named))
        found.append(compare(Quantity.COST, logs, named))
    adjusted = stats.holm([c.p for c in found])
    return [verdict(c, p) for c, p in zip(found, adjusted)]


def test_identical_systems_are_called_different_in_at_most_5_percent_of_measurements() -> None:
    rng = np.random.default_rng(11)
    wrong = [
        any(v in ("faster", "slower", "small difference") for v in judged(rng, [0.0] * 12, 8, 3))
        for _ in range(400)
    ]
    assert np.mean(wrong) <= 0.05


def test_a_real_difference_is_found() -> None:
    rng = np.random.default_rng(12)
    found = [judged(rng, [np.log(1.2), 0.0, 0.0], 8, 6)[0] for _ in range(50)]
    assert found.count("slower") >= 45


def test_half_a_percent_is_equivalent_and_three_percent_is_slower() -> None:
    """At the noise of real slices, 1 %, as the method claims to resolve."""
    rng = np.random.default_rng(13)
    half, three = [], []
    for _ in range(50):
        named = np.repeat(np.arange(8), 10)
        small = compare(Quantity.COST, np.log(1.005) + rng.normal(0, 0.013, 80), named)
        large = compare(Quantity.COST, np.log(1.03) + rng.normal(0, 0.013, 80), named)
        half.append(verdict(small, small.p))
        three.append(
            verdict(large, large.p) in ("slower", "small difference")
            and direction(large) == Verdict.SLOWER
        )
    assert half.count("equivalent") == 50
    # A truth right on the margin passes for equivalent once in twenty: that is the test's size.
    assert sum(three) >= 45
