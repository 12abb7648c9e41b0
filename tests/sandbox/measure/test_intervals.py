"""The interval of a ratio: against scipy, by hand, and its coverage by simulation."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from scipy.stats import wilcoxon

from strop.sandbox.measure.intervals import (
    Interval,
    interval,
    pooled_sd,
    rank_sum_counts,
    signed_rank_cut,
)


def test_the_null_distribution_is_that_of_all_sign_patterns() -> None:
    sums = [
        sum(rank for rank, on in zip(range(1, 8), signs, strict=True) if on)
        for signs in product((0, 1), repeat=7)
    ]
    assert rank_sum_counts(7) == [sums.count(total) for total in range(29)]


@pytest.mark.parametrize(("n", "cut"), [(5, None), (6, 0), (7, 2), (8, 3), (10, 8), (20, 52), (40, 264)])
def test_cuts_are_those_of_printed_tables(n: int, cut: int | None) -> None:
    assert signed_rank_cut(n, 0.95) == cut


def test_the_approximation_continues_the_exact_cuts() -> None:
    cuts = [signed_rank_cut(n, 0.95) for n in range(56, 66)]
    steps = np.diff([cut for cut in cuts if cut is not None])
    assert len(steps) == 9
    assert all(20 <= step <= 26 for step in steps)


@pytest.mark.parametrize("seed", range(5))
def test_the_interval_is_what_scipys_test_accepts(seed: int) -> None:
    x = np.random.default_rng(seed).normal(0.1, 0.2, 14)
    found = interval(x.tolist())
    for bound, outward in ((math.log(found.low), -1), (math.log(found.high), 1)):
        assert wilcoxon(x - (bound - outward * 1e-9), method="exact").pvalue > 0.05
        assert wilcoxon(x - (bound + outward * 1e-9), method="exact").pvalue <= 0.05


def test_six_pairs_by_hand() -> None:
    found = interval([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    assert found == Interval(math.exp(0.35), math.exp(0.1), math.exp(0.6), 6)


def test_swapping_the_sides_inverts_the_ratio() -> None:
    x = [0.1, -0.05, 0.3, 0.02, 0.2, 0.07, 0.15]
    one, other = interval(x), interval([-value for value in x])
    assert (one.ratio, one.low, one.high) == pytest.approx((1 / other.ratio, 1 / other.high, 1 / other.low))


def test_few_pairs_lean_on_the_calibration() -> None:
    found = interval([0.1, 0.2, 0.15], prior_sd=0.1)
    sd, freedom = pooled_sd([0.1, 0.2, 0.15], 0.1)
    assert freedom == 6
    assert sd == pytest.approx(math.sqrt((0.005 + 4 * 0.01) / 6))
    half = 2.446912 * sd / math.sqrt(3)  # t quantile of a printed table
    assert found.method == "t-pooled"
    assert (math.log(found.low), math.log(found.high)) == pytest.approx((0.15 - half, 0.15 + half), rel=1e-6)


def test_one_pair_without_calibration_says_nothing() -> None:
    found = interval([0.5])
    assert (found.low, found.high, found.n) == (0.0, math.inf, 1)


def test_ties_and_zeros_do_not_narrow_it() -> None:
    assert interval([0.0] * 8).low == 1.0
    assert interval([0.0, 0.0, 0.0, 0.0, 0.1, 0.1, 0.1, 0.1]).low == 1.0


@pytest.mark.parametrize("bad", [[], [0.1, math.nan], [math.inf] * 7])
def test_no_interval_of_no_numbers(bad: list[float]) -> None:
    with pytest.raises(ValueError, match="one finite log ratio a pair"):
        interval(bad)


def test_no_interval_of_certainty() -> None:
    with pytest.raises(ValueError, match="confidence is 1"):
        interval([0.1] * 6, 1.0)


@pytest.mark.parametrize("noise", ["normal", "heavy", "contaminated", "drifting"])
@pytest.mark.parametrize("n", [6, 12, 30])
def test_equal_sides_are_covered_95_of_100_times(noise: str, n: int) -> None:
    rng = np.random.default_rng(7)
    rounds = 2000
    x = rng.standard_normal((rounds, n))
    if noise == "heavy":
        x = rng.standard_t(3, (rounds, n))
    if noise == "contaminated":
        x = np.where(rng.random((rounds, n)) < 0.1, 5 * x, x)
    if noise == "drifting":  # sizes grow, and a pair's order is drawn at random
        x = np.abs(x) * np.linspace(0.1, 3, n) * rng.choice((-1, 1), (rounds, n))
    found = [interval(row) for row in x.tolist()]
    missed_above = sum(one.low > 1 for one in found)
    missed_below = sum(one.high < 1 for one in found)
    # 2.5 % of 2000 a side, plus three standard errors of the simulation.
    assert missed_above <= 71
    assert missed_below <= 71
    assert missed_above + missed_below > 20
