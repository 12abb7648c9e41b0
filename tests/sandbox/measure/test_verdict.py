"""The search's verdicts, and the rule for a claim."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from strop.sandbox.measure.intervals import Interval, interval
from strop.sandbox.measure.planning import Calibration
from strop.sandbox.measure.verdict import LOOKS, SearchPlan, claims, decide
from strop.trial import Verdict

CALIBRATION = Calibration(sd=0.1, n=8)


def verdicts(ratio: float, rounds: int = 1000) -> Counter[tuple[int, Verdict]]:
    """Count (look, verdict) over candidates of a true ratio."""
    rng = np.random.default_rng(5)
    found: Counter[tuple[int, Verdict]] = Counter()
    for row in rng.normal(math.log(ratio), 0.1, (rounds, LOOKS[-1])).tolist():
        for look, count in enumerate(LOOKS):
            verdict = decide(row[:count], CALIBRATION, look)
            if verdict is not None:
                found[look, verdict] += 1
                break
    assert sum(found.values()) == rounds
    return found


def test_a_large_gain_is_promising_within_twelve_runs() -> None:
    found = verdicts(1.5)
    assert LOOKS[1] <= 6  # pairs of two runs
    assert found[0, Verdict.PROMISING] > 980
    assert found[0, Verdict.PROMISING] + found[1, Verdict.PROMISING] == 1000


def test_one_that_is_a_fifth_slower_is_dropped_within_twelve_runs() -> None:
    found = verdicts(1 / 1.2)
    early = sum(count for (look, verdict), count in found.items() if look <= 1)
    assert sum(count for (_, verdict), count in found.items() if verdict is Verdict.PROMISING) == 0
    assert early >= 998
    assert found[0, Verdict.WORSE] + found[1, Verdict.WORSE] > 850  # the others: hopeless


def test_equals_are_rarely_promising() -> None:
    found = verdicts(1.0, rounds=2000)
    promising = sum(count for (_, verdict), count in found.items() if verdict is Verdict.PROMISING)
    assert promising <= 100  # 5 %, the sum of what the looks may spend


def test_some_gain_takes_more_looks() -> None:
    found = verdicts(1.12)
    later = sum(count for (look, verdict), count in found.items() if verdict is Verdict.PROMISING and look)
    assert later > 400


def test_the_hopeless_are_given_up_early() -> None:
    assert decide([-0.04, -0.05, -0.03], Calibration(0.02, 8), 0) is Verdict.WORSE
    assert decide([0.0, 0.002, -0.001], Calibration(0.02, 8), 0) is Verdict.UNDECIDED
    assert decide([0.05, -0.02, 0.04], Calibration(0.1, 8), 0) is None
    assert (
        decide([0.05, -0.02, 0.04, 0.01, 0.0, 0.06, -0.03, 0.05], Calibration(0.1, 8), 2) is Verdict.UNDECIDED
    )


def test_a_significant_gain_below_the_minimum_effect_is_not_promising() -> None:
    tiny = [0.02, 0.0201, 0.0199]
    assert decide(tiny, Calibration(0.001, 8), 0) is Verdict.UNDECIDED
    assert decide(tiny, Calibration(0.001, 8), 0, SearchPlan(minimum_effect=0.01)) is Verdict.PROMISING


def test_without_a_calibration_the_pairs_speak_for_themselves() -> None:
    assert decide([0.4, 0.4, 0.4], None, 0) is Verdict.PROMISING
    assert decide([0.4, 0.1, 0.9], None, 0) is None


def test_looks_are_checked() -> None:
    with pytest.raises(ValueError, match="look 1 takes 5 pairs, got 3"):
        decide([0.1] * 3, CALIBRATION, 1)
    with pytest.raises(ValueError, match="look 3 of 3"):
        decide([0.1] * 9, CALIBRATION, 3)
    with pytest.raises(ValueError, match="one alpha a look"):
        SearchPlan(looks=(3, 5))
    with pytest.raises(ValueError, match="looks grow"):
        SearchPlan(looks=(5, 3, 8))


def test_a_claim_needs_the_whole_interval_above_the_minimum_effect() -> None:
    assert claims(Interval(1.2, 1.051, 1.4, 12), 0.05)
    assert not claims(Interval(1.2, 1.05, 1.4, 12), 0.05)
    assert not claims(Interval(1.2, 0.99, 1.4, 12), 0.0)


def test_too_few_pairs_never_claim() -> None:
    assert not claims(interval([0.5] * 5, prior_sd=0.01), 0.05)
    assert claims(interval([0.5] * 6, prior_sd=0.01), 0.05)
    assert not claims(interval([0.5] * 6, 0.99), 0.05)  # one of five claims takes more
