"""The search's sequential verdicts (promising, worse, undecided, go on), and the one rule for a claim."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from strop.sandbox.measure.intervals import Interval, pooled_sd, signed_rank_cut
from strop.sandbox.measure.planning import Calibration
from strop.trial import Verdict

__all__ = ["LOOKS", "SearchPlan", "claims", "decide", "judge"]

LOOKS = (3, 5, 8)
"""Pairs after which the search looks at a candidate, unless told otherwise.

Simulated with normal noise of 10 % a pair and 8 calibration pairs (3000 rounds): a true 1.5x is
promising by the second look, after 10 timed runs, in 100.0 %, and one that is 1.2 times slower has
been dropped by then in 99.97 %. The sum of the alphas, 5 %, bounds how often an equal one is promising.
"""


@dataclass(frozen=True)
class SearchPlan:
    """When the search looks at a candidate's pairs, and what it may spend at each look.

    The chance to call an equal candidate promising is at most the sum of `alphas` (one-sided), by
    Bonferroni's inequality, and less for the minimum effect that its estimate must reach, too.
    """

    looks: tuple[int, ...] = LOOKS  # pairs at each look
    alphas: tuple[float, ...] = (0.01, 0.015, 0.025)
    drop_alpha: float = 0.05  # one-sided, at each look, to stop on a candidate
    minimum_effect: float = 0.05  # of a ratio; of a difference in the metric's unit

    def __post_init__(self) -> None:
        if not self.looks or len(self.looks) != len(self.alphas):
            raise ValueError(f"one alpha a look: {len(self.looks)} looks, {len(self.alphas)} alphas")
        if list(self.looks) != sorted(set(self.looks)) or self.looks[0] < 2:
            raise ValueError(f"looks grow, from 2 pairs or more; found {self.looks}")

    def check(self, pairs: Sequence[float], look: int) -> None:
        """Raise `ValueError` where there is no such look, or there are too few pairs for it."""
        if not 0 <= look < len(self.looks):
            raise ValueError(f"look {look} of {len(self.looks)}; the first is 0")
        if len(pairs) < self.looks[look]:
            raise ValueError(f"look {look} takes {self.looks[look]} pairs, got {len(pairs)}")


DEFAULT_PLAN = SearchPlan()


def claims(result: Interval, minimum_effect: float) -> bool:
    """Return whether the whole interval lies above the minimum effect: the one rule for a claim.

    Args:
        result: The interval of a confirmation, whose pairs took no part in the search. One of
            too few pairs for an exact interval never claims: it leans on the calibration.
        minimum_effect: Smallest gain worth a claim, e.g. 0.05 for 5 %.
    """
    exact = signed_rank_cut(result.n, result.confidence) is not None
    return exact and result.low > 1 + minimum_effect


def decide(
    log_ratios: Sequence[float],
    calibration: Calibration | None,
    look: int,
    plan: SearchPlan = DEFAULT_PLAN,
) -> Verdict | None:
    """Return what the search thinks after a look, or None: measure on to the next one.

    A one-sided t test on the mean, its variance pooled with the calibration. PROMISING: significantly
    better at this look's alpha, and by more than the minimum effect. WORSE: significantly slower.
    UNDECIDED: cannot be better by the minimum effect any more, or no pairs are left.

    Args:
        log_ratios: All pairs so far, above 0 where the candidate is better.
        calibration: The machine's noise; None relies on the pairs alone.
        look: Index into `plan.looks`.
        plan: The looks.

    Raises:
        ValueError: There are fewer pairs than this look takes, or no such look.
    """
    plan.check(log_ratios, look)
    pairs = len(log_ratios)
    sd, freedom = pooled_sd(log_ratios, calibration.sd if calibration else None)
    error = max(sd, 1e-12) / math.sqrt(pairs)  # equal samples, no calibration: no division by 0
    mean = math.fsum(log_ratios) / pairs
    return judge(mean, error, freedom, math.log1p(plan.minimum_effect), look, plan)


def judge(
    mean: float, error: float, freedom: int, wanted: float, look: int, plan: SearchPlan
) -> Verdict | None:
    """Return the verdict of a look on a mean with its standard error: one rule for all metrics.

    Args:
        mean: Of log ratios or differences, above 0 where the candidate is better.
        error: Its standard error, above 0.
        freedom: Degrees of freedom of the error.
        wanted: The minimum effect, in the mean's unit.
        look: Index into `plan.looks`.
        plan: The looks.
    """
    from scipy.special import stdtr, stdtrit

    if mean > wanted and 1 - float(stdtr(freedom, mean / error)) < plan.alphas[look]:
        return Verdict.PROMISING
    highest = mean + float(stdtrit(freedom, 1 - plan.drop_alpha)) * error
    if highest < 0:
        return Verdict.WORSE
    if highest < wanted or look == len(plan.looks) - 1:
        return Verdict.UNDECIDED
    return None
