"""The interval of a ratio, from the log ratios of process pairs.

A log ratio is `log(baseline / candidate)` of one pair of processes, measured one right after the
other: above 0 the candidate is better. The pair is the statistical unit, since most of the noise
lies between processes, not within one.

Because the order inside every pair is drawn at random, a pair of equal programs is as likely to
give x as -x, whatever the machine does meanwhile: drift, bursts and heavy tails change the size of
x, never the chance of its sign. Wilcoxon's signed-rank test conditions on the sizes alone, so under
"no difference" it is exact. (For a true difference its interval needs log ratios that are symmetric
about it, too.)

Simulated coverage of the 95 % interval for n = 6..40 (4000 rounds a cell): normal 95.1-97.3 %,
Student t with 3 degrees of freedom 94.7-97.1 %, 10 % of the pairs with five times the spread
94.9-97.2 %: at least 95 % up to the error of the simulation (0.3 %). The t interval alone holds
there as well, yet is up to 40 % wider under outliers and falls to 89 % under one-sided (exponential)
noise, where this one keeps 93.4-96.0 % of the pseudomedian. The wider of both would hold 95 %
everywhere, at up to 45 % more width; a claim needs only the lower bound at "no difference", where
this one is exact, so it is the one in use.

Sources: Hodges & Lehmann 1963, "Estimates of location based on rank tests"; Hollander, Wolfe &
Chicken, "Nonparametric Statistical Methods", 3rd ed., ch. 3 (test, estimate, interval); Lehmann &
Romano, "Testing Statistical Hypotheses", 3rd ed., ch. 5.8 and 15.2 (exactness by randomisation).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

__all__ = ["Interval", "above_by_chance", "interval", "pooled_sd", "rank_sum_counts", "signed_rank_cut"]

EXACT_UP_TO = 60
"""Pairs up to which the null distribution is computed exactly; beyond, its normal approximation."""

PRIOR_WEIGHT = 4
"""Pseudo-observations that the calibrated A/A spread counts for in a pooled variance."""


@dataclass(frozen=True)
class Interval:
    """How many times better the candidate is (more than 1 is better), with its interval."""

    ratio: float
    low: float
    high: float
    n: int  # pairs
    confidence: float = 0.95
    method: str = "wilcoxon"  # or "t-pooled", for too few pairs


def interval(
    log_ratios: Sequence[float], confidence: float = 0.95, *, prior_sd: float | None = None
) -> Interval:
    """Return the Hodges-Lehmann ratio with the exact Wilcoxon signed-rank interval.

    With too few pairs for an exact interval (fewer than 6 at 95 %) it is a t interval about the
    mean, whose variance is pooled with that of the A/A calibration (`method` "t-pooled").

    Args:
        log_ratios: One finite number a pair, above 0 where the candidate is better.
        confidence: Two-sided, e.g. 0.95.
        prior_sd: Calibrated SD of A/A log ratios, None where there is none. Without it, a single
            pair gets the interval from 0 to infinity.

    Raises:
        ValueError: There is no pair, a log ratio is not finite, or confidence is not in (0, 1).
    """
    import numpy as np

    x = np.asarray(log_ratios, dtype=float)
    if x.ndim != 1 or x.size == 0 or not np.isfinite(x).all():
        raise ValueError(f"an interval needs one finite log ratio a pair, got {list(log_ratios)!r}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence!r}; allowed: between 0 and 1")
    n = int(x.size)
    cut = signed_rank_cut(n, confidence)
    if cut is None:
        return _t_interval([float(value) for value in x], confidence, prior_sd)
    first, second = np.triu_indices(n)
    walsh = np.sort((x[first] + x[second]) / 2)
    low, high = float(walsh[cut]), float(walsh[-1 - cut])
    return Interval(math.exp(float(np.median(walsh))), math.exp(low), math.exp(high), n, confidence)


@lru_cache(maxsize=1024)
def signed_rank_cut(n: int, confidence: float) -> int | None:
    """Return the largest k with P(T+ <= k) <= (1 - confidence) / 2 under "no difference".

    The interval runs from the (k+1)-th smallest to the (k+1)-th largest Walsh average. None where
    even k = 0 is too likely: n is too small for this confidence.
    """
    tail = (1 - confidence) / 2
    if n <= EXACT_UP_TO:
        allowed, total, k = tail * 2**n, 0, -1
        for count in rank_sum_counts(n):
            total += count
            # The relative slack absorbs the rounding of 1 - confidence, e.g. 1 - 0.9375 at n = 5.
            if total > allowed * (1 + 1e-12):
                break
            k += 1
        return k if k >= 0 else None
    mean, variance = n * (n + 1) / 4, n * (n + 1) * (2 * n + 1) / 24
    return math.floor(mean + NormalDist().inv_cdf(tail) * math.sqrt(variance) - 0.5)


def above_by_chance(n: int, above: int) -> float:
    """Return P(T+ >= above) under "no difference", exactly as far as the cut is, else approximated."""
    if n > EXACT_UP_TO:
        mean, variance = n * (n + 1) / 4, n * (n + 1) * (2 * n + 1) / 24
        return 1 - NormalDist().cdf((above - mean - 0.5) / math.sqrt(variance))
    return float(sum(rank_sum_counts(n)[above:])) / float(2**n)


def rank_sum_counts(n: int) -> list[int]:
    """Return how many subsets of 1..n have each sum 0, 1, ..., by dynamic programming."""
    counts = [1]
    for rank in range(1, n + 1):
        grown = counts + [0] * rank
        for total, count in enumerate(counts):
            grown[total + rank] += count
        counts = grown
    return counts


def pooled_sd(log_ratios: Sequence[float], prior_sd: float | None) -> tuple[float, int]:
    """Return the SD of log ratios pooled with the calibrated one, and its degrees of freedom.

    s^2 = ((K - 1) var + 4 sd0^2) / (K + 3) with K + 3 degrees of freedom; K - 1 of them, and the
    plain SD, where there is no calibration (`prior_sd` None).
    """
    pairs = len(log_ratios)
    mean = math.fsum(log_ratios) / pairs
    squares = math.fsum((value - mean) ** 2 for value in log_ratios)
    weight = 0 if prior_sd is None else PRIOR_WEIGHT
    freedom = pairs - 1 + weight
    squares += weight * (prior_sd or 0.0) ** 2
    return (math.sqrt(squares / freedom) if freedom else math.inf), freedom


def _t_interval(x: list[float], confidence: float, prior_sd: float | None) -> Interval:
    from scipy.special import stdtrit

    mean = math.fsum(x) / len(x)
    sd, freedom = pooled_sd(x, prior_sd)
    if not freedom:
        return Interval(math.exp(mean), 0.0, math.inf, len(x), confidence, "t-pooled")
    half = float(stdtrit(freedom, 1 - (1 - confidence) / 2)) * sd / math.sqrt(len(x))
    return Interval(
        math.exp(mean), math.exp(mean - half), math.exp(mean + half), len(x), confidence, "t-pooled"
    )
