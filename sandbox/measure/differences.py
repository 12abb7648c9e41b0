"""Qualities such as accuracy and loss: paired differences over seeds or folds, in the metric's own unit.

A difference is the candidate's value minus the baseline's on the same seed or fold, turned so that
more than 0 is better. The unit is the seed: what varies is the data and the training, not the clock.

The claim rests on the exact signed-rank interval that ratios have, on the differences themselves.
Accuracies are coarse, so zeros and ties are common. A pairwise mean (Walsh average) that lies on the
bound counts as not above it, which is the worst way to break zeros and ties: under "no difference"
the chance of a false claim stays below the level, whatever they are. A difference of 0 on many seeds
therefore widens the interval down to 0; it is never left out.

The search has 3 to 8 differences. It uses a t test, which coarse values can fool (three equal
gains have no spread), so a spread below half of the minimum effect is not believed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from strop.sandbox.measure.intervals import signed_rank_cut
from strop.sandbox.measure.verdict import SearchPlan, judge
from strop.trial import Verdict

__all__ = ["LEAST", "Difference", "decide_difference", "difference_claims", "difference_interval"]

LEAST = 10
"""Seeds or folds of any claim."""

ROUNDING = 1e-6
"""A gain of just the minimum effect is none above it, though 0.93 - 0.92 > 0.01 in floating point."""


@dataclass(frozen=True)
class Difference:
    """How much better the candidate is, in the metric's unit (more than 0 is better)."""

    estimate: float
    low: float
    high: float
    n: int  # seeds or folds


def difference_interval(differences: Sequence[float], confidence: float = 0.95) -> Difference:
    """Return the Hodges-Lehmann difference with the exact signed-rank interval.

    Fewer than `LEAST` that are too few for an exact interval get a t interval, to look at: they
    never claim. From `LEAST` on, too few for the confidence asked for means no bounds at all.

    Args:
        differences: One finite number a seed or fold, above 0 where the candidate is better.
        confidence: Two-sided, e.g. 0.95.

    Raises:
        ValueError: There is none, one is not finite, or confidence is not in (0, 1).
    """
    import numpy as np

    x = np.asarray(differences, dtype=float)
    if x.ndim != 1 or x.size == 0 or not np.isfinite(x).all():
        raise ValueError(f"an interval needs one finite difference a seed, got {list(differences)!r}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence!r}; allowed: between 0 and 1")
    n = int(x.size)
    first, second = np.triu_indices(n)
    walsh = np.sort((x[first] + x[second]) / 2)
    estimate = float(np.median(walsh))
    cut = signed_rank_cut(n, confidence)
    if cut is not None:
        return Difference(estimate, float(walsh[cut]), float(walsh[-1 - cut]), n)
    if n == 1 or n >= LEAST:
        return Difference(estimate, -math.inf, math.inf, n)
    return _t_interval([float(value) for value in x], confidence)


def difference_claims(found: Difference, minimum_effect: float, least: int = LEAST) -> bool:
    """Return whether the whole interval lies above the minimum effect, from enough seeds or folds.

    Args:
        found: The interval of a confirmation, whose seeds took no part in the search.
        minimum_effect: Smallest gain worth a claim, in the metric's unit.
        least: Fewest seeds or folds that may claim; `LEAST` or more.

    Raises:
        ValueError: `least` is below `LEAST`.
    """
    if least < LEAST:
        raise ValueError(f"least is {least}; a claim about a quality takes at least {LEAST} seeds or folds")
    return found.n >= least and found.low > minimum_effect * (1 + ROUNDING)


def decide_difference(differences: Sequence[float], look: int, plan: SearchPlan) -> Verdict | None:
    """Return what the search thinks after a look, or None: measure on to the next one.

    As `decide` does for log ratios, without a calibration: equal programs on the same seed often
    give the same number, so A/A pairs don't tell how much seeds differ.

    Args:
        differences: All so far, above 0 where the candidate is better.
        look: Index into `plan.looks`.
        plan: The looks; its `minimum_effect` is in the metric's unit.

    Raises:
        ValueError: There are fewer differences than this look takes, or no such look.
    """
    plan.check(differences, look)
    count = len(differences)
    sd = max(_sd(differences), plan.minimum_effect / 2)
    mean = math.fsum(differences) / count
    return judge(mean, sd / math.sqrt(count), count - 1, plan.minimum_effect, look, plan)


def _sd(x: Sequence[float]) -> float:
    mean = math.fsum(x) / len(x)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in x) / (len(x) - 1))


def _t_interval(x: Sequence[float], confidence: float) -> Difference:
    from scipy.special import stdtrit

    mean = math.fsum(x) / len(x)
    half = float(stdtrit(len(x) - 1, 1 - (1 - confidence) / 2)) * _sd(x) / math.sqrt(len(x))
    return Difference(mean, mean - half, mean + half, len(x))
