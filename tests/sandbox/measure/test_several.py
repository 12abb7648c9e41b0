"""Several claims at once: the p-value against the interval and scipy, Holm and Bonferroni by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import wilcoxon

from strop.sandbox.measure.intervals import interval, signed_rank_cut
from strop.sandbox.measure.planning import confirmation_power
from strop.sandbox.measure.several import LEVEL, confidence_for, holm, pairs_for, signed_rank_p
from strop.sandbox.measure.verdict import claims

BOUND = math.log(1.05)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n", [6, 13, 24])
def test_the_p_value_is_scipys_where_nothing_is_tied(seed: int, n: int) -> None:
    x = np.random.default_rng(seed).normal(0.08, 0.1, n)
    wanted = wilcoxon(x - BOUND, alternative="greater", method="exact").pvalue
    assert signed_rank_p(x.tolist(), BOUND) == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("several", [1, 3, 40])
@pytest.mark.parametrize("step", [0.0, 0.02, 0.2])
def test_interval_and_p_value_are_one_rule(several: int, step: float) -> None:
    """Also where values are coarse, so that they are tied with each other and the bound."""
    rng = np.random.default_rng(3)
    found = set()
    for _ in range(200):
        x = rng.normal(rng.uniform(0, 0.2), 0.08, 14) + BOUND
        if step:
            x = np.round((x - BOUND) / step) * step + BOUND
        seen = interval(x.tolist(), confidence_for(several))
        # The interval goes through exp and back, which may put what lies on the bound beside it.
        if abs(math.log(seen.low) - BOUND) < 1e-9:
            assert signed_rank_p((x - 1e-9).tolist(), BOUND) > LEVEL / several
            continue
        claimed = claims(seen, 0.05)
        assert claimed == (signed_rank_p(x.tolist(), BOUND) <= LEVEL / several)
        found.add(claimed)
    assert found == {True, False}


def test_zeros_and_ties_only_raise_the_p_value() -> None:
    assert signed_rank_p([0.0] * 12, 0.0) == 1.0
    assert signed_rank_p([0.1] * 6, 0.0) == pytest.approx(1 / 64)
    assert signed_rank_p([0.1] * 6 + [0.0] * 6, 0.0) > signed_rank_p([0.1] * 6, 0.0)
    assert signed_rank_p([0.1] * 6 + [-0.1], 0.0) > signed_rank_p([0.1] * 6 + [-0.05], 0.0)


def test_many_pairs_are_approximated_without_a_step() -> None:
    x = np.random.default_rng(8).normal(0.02, 0.1, 61).tolist()
    wanted = wilcoxon(x, alternative="greater", method="exact").pvalue
    assert signed_rank_p(x, 0.0) == pytest.approx(wanted, rel=0.02)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005], level=0.05) == [True, False, False, True]
    assert holm([0.2, 0.01], level=0.05) == [False, True]
    assert holm([0.024]) == [True]
    assert holm([0.026]) == [False]
    assert holm([]) == []


def test_a_failure_ends_it_even_where_a_later_one_is_small_enough() -> None:
    # 0.021 fails at 0.05 / 3; 0.022 would pass at 0.05 / 2, and is not asked.
    assert holm([0.021, 0.022, 0.5], level=0.05) == [False, False, False]


def test_holm_claims_what_bonferroni_does_and_more() -> None:
    rng = np.random.default_rng(1)
    more = 0
    for _ in range(300):
        p = (rng.random(6) * 0.02).tolist()
        ours, theirs = holm(p), [value <= LEVEL / 6 for value in p]
        assert all(a for a, b in zip(ours, theirs, strict=True) if b)
        more += sum(ours) > sum(theirs)
    assert more > 10


def test_any_of_many_equal_ones_is_claimed_in_less_than_2_5_percent() -> None:
    rng = np.random.default_rng(2)
    rounds = 600
    rows = rng.normal(0, 0.1, (rounds, 8, 20))
    wrong = sum(any(holm([signed_rank_p(x, 0.0) for x in row.tolist()])) for row in rows)
    # 2.5 % of 600, plus three standard errors; without the correction it is 18 %.
    assert 1 <= wrong <= 26


def test_more_claims_take_more_confidence_and_more_pairs() -> None:
    assert confidence_for(1) == 0.95
    assert confidence_for(5) == 0.99
    assert [pairs_for(confidence_for(m)) for m in (1, 2, 5, 100)] == [6, 7, 8, 12]
    for several in (1, 2, 3, 5, 8, 20, 100):
        confidence = confidence_for(several)
        least = pairs_for(confidence)
        assert signed_rank_cut(least, confidence) == 0
        assert signed_rank_cut(least - 1, confidence) is None
    assert confirmation_power(0.05, 7, 0.05, 2.0, confidence_for(5)) == 0.0
    assert (
        0.5 < confirmation_power(0.07, 24, 0.05, 1 / 0.9, 0.99) < confirmation_power(0.07, 24, 0.05, 1 / 0.9)
    )


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="0 claims"):
        confidence_for(0)
    with pytest.raises(ValueError, match="confidence is 1"):
        pairs_for(1)
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm([1.5])
    for bad in ([], [math.nan]):
        with pytest.raises(ValueError, match="one finite number a pair"):
            signed_rank_p(bad, 0.0)
