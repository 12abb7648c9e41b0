"""Calibration, power and the number of pairs."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from strop.sandbox.measure.intervals import interval
from strop.sandbox.measure.planning import (
    CAUTION,
    Calibration,
    confirmation_power,
    plan_pairs,
    shrunk_ratio,
    spread,
)
from strop.sandbox.measure.verdict import SearchPlan, claims, decide


def test_the_spread_is_about_no_difference() -> None:
    found = Calibration.from_log_ratios([0.1, -0.1, 0.1, -0.1])
    assert found.sd == pytest.approx(0.1)
    assert found.n == 4
    assert found.sound


def test_a_biased_comparison_with_itself_is_not_sound() -> None:
    assert not Calibration.from_log_ratios([0.2, 0.21, 0.19, 0.2, 0.22, 0.2]).sound


def test_a_coarse_clock_is_not_believed() -> None:
    assert Calibration.from_log_ratios([0.0] * 8).sd == 0.001


def test_two_pairs_are_no_calibration() -> None:
    with pytest.raises(ValueError, match="at least 3 A/A pairs, got 2"):
        Calibration.from_log_ratios([0.1, 0.2])


def test_a_calibration_survives_json() -> None:
    found = Calibration.from_log_ratios([0.1, -0.02, 0.03])
    assert Calibration.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_plans_reckon_with_more_noise_the_less_is_known() -> None:
    few, many = Calibration(0.1, 5).planning_sd, Calibration(0.1, 100).planning_sd
    assert few > many > 0.1


@pytest.mark.parametrize(("n", "ratio"), [(8, 1.15), (16, 1.1), (40, 1.07)])
def test_power_is_what_the_interval_does(n: int, ratio: float) -> None:
    rng = np.random.default_rng(11)
    rows = rng.normal(math.log(ratio), 0.08, (1500, n)).tolist()
    share = sum(claims(interval(row), 0.03) for row in rows) / 1500
    assert share == pytest.approx(confirmation_power(0.08, n, 0.03, ratio), abs=0.04)


def test_power_at_its_ends() -> None:
    assert confirmation_power(0.1, 5, 0.03, 3.0) == 0.0
    assert confirmation_power(0.001, 8, 0.03, 3.0) == 1.0
    assert confirmation_power(0.1, 20, 0.03, 1.03) == pytest.approx(0.0242, abs=0.001)
    assert confirmation_power(0.1, 20, 0.03, 0.5) == pytest.approx(0.0, abs=1e-6)


def test_the_smallest_effect_has_its_power_and_shrinks_with_pairs() -> None:
    calibration = Calibration(0.06, 8)
    effects = [calibration.smallest_effect(n, 0.03) for n in (6, 8, 16, 40)]
    assert effects == sorted(effects, reverse=True)
    assert confirmation_power(calibration.planning_sd, 16, 0.03, 1 + effects[2]) == pytest.approx(
        0.8, abs=1e-3
    )
    assert calibration.smallest_effect(5) == math.inf


def test_large_gains_take_few_pairs_and_small_ones_all() -> None:
    calibration = Calibration(0.04, 8)
    assert plan_pairs(calibration, 0.05, 1.5) == 20
    assert 20 < plan_pairs(calibration, 0.05, 1 / 0.9) < 64
    assert plan_pairs(calibration, 0.05, 1.04) == 64
    assert plan_pairs(calibration, 0.05, 1.12, candidates=12) > plan_pairs(calibration, 0.05, 1.12)


@pytest.mark.parametrize("confidence", [0.95, 0.99])
def test_the_planned_pairs_have_the_power(confidence: float) -> None:
    calibration = Calibration(0.04, 8)
    pairs = plan_pairs(calibration, 0.05, 1 / 0.9, confidence=confidence)
    sd = calibration.planning_sd
    low = math.exp(-math.log(0.9) - CAUTION * sd / math.sqrt(8))  # of what 8 pairs of the search estimated
    assert confirmation_power(sd, pairs, 0.05, low, confidence) >= 0.9
    assert confirmation_power(sd, pairs - 1, 0.05, low, confidence) < 0.9


def test_several_claims_take_more_pairs() -> None:
    calibration = Calibration(0.04, 8)
    assert plan_pairs(calibration, 0.05, 1 / 0.9, confidence=0.99) > plan_pairs(calibration, 0.05, 1 / 0.9)


@pytest.mark.parametrize("sd", [0.04, 0.07, 0.1])
def test_ten_percent_less_work_is_claimed_nine_times_of_ten(sd: float) -> None:
    """Calibration, search and confirmation as they follow on each other, at the usual noise of CPU time."""
    assert claimed_share(sd, 1 / 0.9, candidates=1, rounds=400) >= 0.9


@pytest.mark.parametrize("sd", [0.04, 0.1])
def test_the_best_of_twelve_equals_is_not_claimed(sd: float) -> None:
    assert claimed_share(sd, 1.0, candidates=12, rounds=400) <= 0.005


def claimed_share(sd: float, ratio: float, *, candidates: int, rounds: int) -> float:
    """Return how often the best candidate of a search is claimed."""
    rng = np.random.default_rng(17)
    plan = SearchPlan()

    def pairs(count: int, truth: float) -> list[float]:
        return [float(value) for value in rng.normal(math.log(truth), sd, count)]

    claimed = 0
    for _ in range(rounds):
        calibration = Calibration.from_log_ratios(pairs(8, 1.0))
        seen = []
        for _ in range(candidates):
            x = pairs(plan.looks[-1], ratio)
            look = next(k for k, n in enumerate(plan.looks) if decide(x[:n], calibration, k, plan))
            seen.append(x[: plan.looks[look]])
        best = max(seen, key=lambda x: sum(x) / len(x))
        estimate = math.exp(sum(best) / len(best))
        counted = {"pairs_seen": len(best), "candidates": candidates}
        taken = pairs(plan_pairs(calibration, plan.minimum_effect, estimate, **counted), ratio)
        wanted = plan_pairs(spread(taken), plan.minimum_effect, estimate, **counted)
        taken += pairs(max(0, wanted - len(taken)), ratio)
        claimed += claims(interval(taken), plan.minimum_effect)
    return claimed / rounds


def test_the_best_of_many_equals_is_shrunk_to_no_gain() -> None:
    rng = np.random.default_rng(3)
    best = rng.normal(0, 0.1 / math.sqrt(8), (4000, 12)).max(axis=1)
    shrunk = [
        math.log(shrunk_ratio(Calibration(0.1, 8), math.exp(value), pairs_seen=8, candidates=12))
        for value in best
    ]
    assert np.mean(best) > 0.05
    assert np.mean(shrunk) == pytest.approx(0, abs=0.003)
    assert shrunk_ratio(Calibration(0.1, 8), 1.2, pairs_seen=8, candidates=1) == pytest.approx(1.2)


def test_the_spread_of_pairs_does_not_depend_on_who_is_ahead() -> None:
    x = [float(value) for value in np.random.default_rng(5).normal(0, 0.08, 40)]
    found = spread(x)
    assert found.sd == pytest.approx(0.08, rel=0.3) and found.n == 40
    assert spread([value + 0.4 for value in x]).sd == pytest.approx(found.sd)
    with pytest.raises(ValueError, match="too few"):
        spread(x[:5])


@pytest.mark.parametrize("degrees", [3, 30])
def test_a_plan_revised_by_the_spread_keeps_its_level(degrees: int) -> None:
    """The truth is the bound itself, and the calibrated noise a third of the real one."""
    rng = np.random.default_rng(degrees)
    calibration, rounds, claimed = Calibration(0.025, 8), 1500, 0
    for _ in range(rounds):
        estimate = 1.05 * math.exp(rng.normal(0.03, 0.03))

        def pairs(count: int) -> list[float]:
            return [float(x) * 0.07 + math.log(1.05) for x in rng.standard_t(degrees, count)]

        taken = pairs(plan_pairs(calibration, 0.05, estimate))
        taken += pairs(max(0, plan_pairs(spread(taken), 0.05, estimate) - len(taken)))
        claimed += claims(interval(taken), 0.05)
    assert claimed / rounds <= 0.036  # 2.5 % nominal, and 2.7 standard errors
