"""Qualities: intervals of paired differences, with zeros and ties, and what is claimed of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import wilcoxon

from strop.sandbox.measure.differences import (
    Difference,
    decide_difference,
    difference_claims,
    difference_interval,
)
from strop.sandbox.measure.verdict import SearchPlan
from strop.trial import Verdict

PLAN = SearchPlan(minimum_effect=0.005)


def test_ten_seeds_by_hand() -> None:
    found = difference_interval([0.01 * k for k in range(1, 11)])
    assert (found.estimate, found.n) == (pytest.approx(0.055), 10)
    # The 9th smallest pairwise mean: 1, 1.5, 2, 2, 2.5, 2.5, 3, 3, 3.
    assert (found.low, found.high) == (pytest.approx(0.03), pytest.approx(0.08))


@pytest.mark.parametrize("seed", range(5))
def test_the_interval_is_what_scipys_test_accepts(seed: int) -> None:
    x = np.random.default_rng(seed).normal(0.1, 0.2, 14)
    found = difference_interval(x.tolist(), 0.99)
    for bound, outward in ((found.low, -1), (found.high, 1)):
        assert wilcoxon(x - (bound - outward * 1e-9), method="exact").pvalue > 0.01
        assert wilcoxon(x - (bound + outward * 1e-9), method="exact").pvalue <= 0.01


def test_zeros_pull_the_interval_down_to_zero() -> None:
    gains = [0.02] * 6
    assert difference_interval([*gains, *[0.02] * 6]).low == 0.02
    assert difference_interval([*gains, *[0.0] * 6]).low == 0.0
    assert difference_interval([0.0] * 12) == Difference(0.0, 0.0, 0.0, 12)


@pytest.mark.parametrize("step", [0.0, 0.5, 1.0, 3.0])
@pytest.mark.parametrize("effect", [0.0, 1.0])
@pytest.mark.parametrize("n", [10, 20])
def test_coarse_accuracies_are_claimed_falsely_in_less_than_2_5_percent(
    n: int, effect: float, step: float
) -> None:
    """A true gain of just the minimum effect is no gain above it, whatever the grid of the metric."""
    rng = np.random.default_rng(4)
    rounds = 2000
    x = rng.standard_normal((rounds, n))
    if step:
        x = np.round(x / step) * step
    x += effect
    claimed = sum(difference_claims(difference_interval(row), effect) for row in x.tolist())
    assert claimed <= 71  # 2.5 % of 2000, plus three standard errors


def test_a_clear_gain_is_claimed_from_ten_seeds_on() -> None:
    x = np.random.default_rng(6).normal(0.03, 0.01, 20).tolist()
    assert difference_claims(difference_interval(x), 0.01)
    assert not difference_claims(difference_interval(x), 0.035)
    assert not difference_claims(difference_interval(x[:9]), 0.01)
    assert not difference_claims(difference_interval(x), 0.01, least=21)
    with pytest.raises(ValueError, match="least is 5.*at least 10"):
        difference_claims(difference_interval(x), 0.01, least=5)


def test_a_gain_of_just_the_minimum_effect_is_no_claim() -> None:
    assert not difference_claims(difference_interval([0.5] * 12), 0.5)
    assert difference_claims(difference_interval([0.5] * 12), 0.25)
    assert 0.93 - 0.92 > 0.01  # in floating point
    assert not difference_claims(difference_interval([0.93 - 0.92] * 12), 0.01)


def test_too_few_seeds_for_the_confidence_have_no_bounds() -> None:
    found = difference_interval([0.1] * 12, 0.9999)
    assert (found.low, found.high) == (-math.inf, math.inf)
    assert not difference_claims(found, 0.01)


def test_few_seeds_get_a_t_interval_to_look_at() -> None:
    found = difference_interval([0.1, 0.2, 0.15])
    half = 4.302653 * 0.05 / math.sqrt(3)  # t quantile of a printed table
    assert (found.low, found.high) == (pytest.approx(0.15 - half), pytest.approx(0.15 + half))
    assert difference_interval([0.1]) == Difference(0.1, -math.inf, math.inf, 1)


def test_the_search_sees_what_is_clear() -> None:
    assert decide_difference([0.03, 0.028, 0.033], 0, PLAN) is Verdict.PROMISING
    assert decide_difference([-0.03, -0.028, -0.033], 0, PLAN) is Verdict.WORSE
    assert decide_difference([0.0, 0.0, 0.0], 0, PLAN) is Verdict.UNDECIDED  # can't reach it any more
    assert decide_difference([0.02, -0.01, 0.03], 0, PLAN) is None
    assert decide_difference([0.02, -0.01, 0.03, 0.0, 0.01, 0.02, -0.02, 0.0], 2, PLAN) is Verdict.UNDECIDED


def test_equal_gains_without_spread_are_not_believed_at_once() -> None:
    """One more right answer of 150 on each of three seeds is no wonder."""
    step = 1 / 150
    assert decide_difference([step] * 3, 0, PLAN) is None
    assert decide_difference([step] * 8, 2, PLAN) is Verdict.PROMISING


@pytest.mark.parametrize("step", [0.0, 0.5, 1.0])
def test_equals_are_rarely_promising(step: float) -> None:
    rng = np.random.default_rng(9)
    rounds, promising = 2000, 0
    plan = SearchPlan(minimum_effect=0.5)
    for row in rng.standard_normal((rounds, plan.looks[-1])):
        x = (np.round(row / step) * step if step else row).tolist()
        for look, count in enumerate(plan.looks):
            verdict = decide_difference(x[:count], look, plan)
            if verdict is not None:
                promising += verdict is Verdict.PROMISING
                break
    assert promising <= 129  # 5 %, the sum of what the looks may spend, plus three standard errors


@pytest.mark.parametrize("bad", [[], [0.1, math.nan], [math.inf] * 12])
def test_no_interval_of_no_numbers(bad: list[float]) -> None:
    with pytest.raises(ValueError, match="one finite difference a seed"):
        difference_interval(bad)


def test_looks_and_confidence_are_checked() -> None:
    with pytest.raises(ValueError, match="look 1 takes 5 pairs, got 3"):
        decide_difference([0.1] * 3, 1, PLAN)
    with pytest.raises(ValueError, match="confidence is 0"):
        difference_interval([0.1] * 12, 0)
