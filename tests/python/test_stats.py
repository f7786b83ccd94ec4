"""The statistics against published tables, and against simulations of what they promise."""

import math

import numpy as np
import pytest

from experiments.runner.judge import stats

MEASUREMENTS = 3000


@pytest.mark.parametrize(
    ("n", "critical"), [(6, 0), (8, 3), (10, 8), (15, 25), (20, 52), (25, 89), (50, 434)]
)
def test_signed_rank_critical_values_are_wilcoxons(n: int, critical: int) -> None:
    # The published value is the largest W with a two-sided probability of at most 5 %.
    assert stats.walsh_cut(n, 0.95) == critical + 1


def test_signed_rank_needs_six_rounds_for_95_percent() -> None:
    assert stats.walsh_cut(5, 0.95) == 0
    _, low, high = stats.signed_rank_interval(np.array([0.1, 0.2, 0.3, 0.4, 0.5]), 0.95)
    assert math.isinf(low) and math.isinf(high)


@pytest.mark.parametrize(
    ("p", "freedom", "expected"),
    [
        (0.975, 1, 12.706),
        (0.975, 4, 2.776),
        (0.95, 7, 1.895),
        (0.975, 30, 2.042),
        (0.995, 10, 3.169),
    ],
)
def test_t_quantiles_are_those_of_the_tables(p: float, freedom: float, expected: float) -> None:
    assert stats.t_quantile(p, freedom) == pytest.approx(expected, rel=1e-3)
    assert stats.t_upper_tail(expected, freedom) == pytest.approx(1 - p, rel=5e-3)


def test_hodges_lehmann_of_hand_computed_values() -> None:
    # Walsh averages of 1, 2, 6: 1, 1.5, 2, 3.5, 4, 6.
    assert stats.hodges_lehmann(np.array([1.0, 2.0, 6.0])) == pytest.approx(2.75)


def test_signed_rank_p_of_a_textbook_example() -> None:
    # Hollander and Wolfe, depression scores: T+ = 5 with n = 9, two-sided p = 0.0391.
    differences = np.array([0.952, -0.147, 1.022, 0.43, 0.62, 0.59, 0.49, -0.08, 0.01])
    assert stats.signed_rank_p(differences) == pytest.approx(0.0391, abs=5e-4)
    assert stats.signed_rank_p(-differences) == pytest.approx(0.0391, abs=5e-4)


def test_holm_of_a_textbook_example() -> None:
    assert stats.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert stats.holm([]) == []


def test_large_samples_agree_with_exact_ones() -> None:
    values = np.random.default_rng(3).normal(0.1, 1, 300)
    exact = stats.signed_rank_p(values)
    mean, deviation = stats._signed_rank_moments(300)
    assert stats.walsh_cut(300, 0.95) == pytest.approx(mean - 1.96 * deviation, abs=30)
    more = stats.signed_rank_p(np.append(values, 0.1))
    assert more == pytest.approx(exact, rel=0.2)


def test_median_interval_is_the_sign_tests() -> None:
    median, low, high = stats.median_interval(np.arange(1.0, 11.0))
    assert (median, low, high) == (5.5, 2.0, 9.0)
    assert stats.median_interval(np.array([3.0, 1.0, 2.0])) == (2.0, 1.0, 3.0)
    _, low, high = stats.median_interval(np.arange(2000.0))
    assert (low, high) == pytest.approx((955, 1044), abs=2)


def test_epochs_that_agree_do_not_widen() -> None:
    values = np.tile([0.01, -0.01, 0.02, -0.02], 5)
    factor, freedom = stats.epoch_inflation(values, np.repeat(np.arange(5), 4))
    assert factor == 1 and math.isinf(float(freedom))


def test_epochs_that_differ_widen() -> None:
    rng = np.random.default_rng(1)
    values = np.repeat([0.1, -0.1, 0.2, -0.2, 0.0], 10) + rng.normal(0, 0.01, 50)
    epochs = np.repeat(np.arange(5), 10)
    _, low, high = stats.signed_rank_interval(values, 0.95)
    _, wide_low, wide_high = stats.interval(values, epochs, 0.95)
    assert wide_high - wide_low > 2 * (high - low)
    assert wide_low < low < high < wide_high


def measurements(
    rng: np.random.Generator, epochs: int, rounds: int, truth: float, epoch_spread: float = 0.0
) -> np.ndarray:
    """Log-ratios of simulated measurements: each slice has 6 % noise, the machine drifts by 25 %
    over each.

    Within a round contestants come in random order, so drift reaches the ratio through their
    distance in time.
    """
    n = epochs * rounds
    when = (
        np.arange(n)[:, None] + rng.permuted(np.tile([0.25, 0.75], (MEASUREMENTS, n, 1)), axis=2)
    ) / n
    cost = np.exp(0.25 * when + rng.normal(0, 0.06, when.shape))
    cost[..., 1] *= np.exp(
        truth + np.repeat(rng.normal(0, epoch_spread, (MEASUREMENTS, epochs)), rounds, axis=1)
    )
    return np.log(cost[..., 1] / cost[..., 0])


@pytest.mark.parametrize(
    ("epochs", "rounds", "spread"), [(8, 10, 0.0), (8, 3, 0.0), (8, 10, 0.02), (8, 6, 0.05)]
)
@pytest.mark.parametrize("truth", [0.0, 0.03])
def test_the_95_percent_interval_covers_the_truth(
    epochs: int, rounds: int, spread: float, truth: float
) -> None:
    values = measurements(
        np.random.default_rng(epochs * 100 + rounds), epochs, rounds, truth, spread
    )
    _, low, high = stats.interval(values, np.repeat(np.arange(epochs), rounds), 0.95)
    assert 0.93 <= np.mean((low <= truth) & (truth <= high)) <= 0.97


def test_the_shortest_measurements_err_on_the_safe_side() -> None:
    values = measurements(np.random.default_rng(5), 6, 2, 0.0)
    _, low, high = stats.interval(values, np.repeat(np.arange(6), 2), 0.95)
    assert 0.93 <= np.mean((low <= 0) & (0 <= high)) <= 0.985


def test_without_widening_epochs_would_break_the_promise() -> None:
    """The simulation can fail: an interval that ignores epochs misses the truth far too often."""
    values = measurements(np.random.default_rng(7), 8, 10, 0.0, 0.05)
    _, low, high = stats.signed_rank_interval(values, 0.95)
    assert np.mean((low <= 0) & (0 <= high)) < 0.9


def test_wild_rounds_do_not_hide_what_epochs_differ_by() -> None:
    """One round in eight is far off, to either side: ranks shrug at that, mean squares do not."""
    rng = np.random.default_rng(8)
    shape = (600, 8, 14)
    spread = rng.normal(0, 0.03, (*shape[:2], 1))
    wild = (rng.random(shape) < 0.125) * rng.normal(0, 2, shape)
    values = (spread + rng.normal(0, 0.03, shape) + wild).reshape(shape[0], -1)
    _, low, high = stats.interval(values, np.repeat(np.arange(8), 14), 0.95)
    assert 0.93 <= np.mean((low <= 0) & (0 <= high)) <= 0.97


def test_blocks_are_of_neighbours_in_one_epoch() -> None:
    values = np.array([1.0, 2.0, 3.0, 10.0, 11.0, 12.0, 13.0, 50.0])
    epochs = np.array([0, 0, 0, 1, 1, 1, 1, 2])
    blocks, of = stats.in_blocks(values, epochs, 2)
    # The third round of epoch 0 has no neighbour left and joins the block; epoch 2 is one block.
    assert blocks.tolist() == [2.0, 10.5, 12.5, 50.0] and of.tolist() == [0, 1, 1, 2]


def test_blocks_of_one_are_the_rounds_themselves() -> None:
    values, epochs = np.arange(5.0), np.array([0, 0, 1, 1, 1])
    blocks, of = stats.in_blocks(values, epochs, 1)
    assert blocks is values and of is epochs


def test_a_block_is_not_moved_by_one_wild_round() -> None:
    values = np.array([0.0, 0.01, -0.01, 0.0, 0.02, -0.02, 0.01, 5.0])
    blocks, _ = stats.in_blocks(values, np.zeros(8, np.int64), 8)
    assert abs(blocks[0]) < 0.02
