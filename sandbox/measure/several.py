"""Several claims published together: each made at a higher confidence, so that all hold at once.

Bonferroni fixes the confidence before anything is measured, and gives intervals: what a job takes
that knows how many claims it will publish. Holm decides from the p-values of all of them together,
claims at least as much at the same level, and gives no intervals: what a table takes that is made
afterwards.

The p-value is the interval's own test, so both ways are one rule: a single claim is accepted by
`holm` exactly where its 95 % interval lies above the minimum effect.

Sources: Holm 1979, "A simple sequentially rejective multiple test procedure"; Hollander, Wolfe &
Chicken, "Nonparametric Statistical Methods", 3rd ed., ch. 3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from strop.sandbox.measure.intervals import above_by_chance

__all__ = ["LEVEL", "confidence_for", "holm", "pairs_for", "signed_rank_p"]

LEVEL = 0.025
"""One-sided level of one claim, and of all that are published together: a 95 % interval's lower end."""


def confidence_for(claims: int) -> float:
    """Return the confidence of each interval so that 95 % holds for all (Bonferroni).

    Raises:
        ValueError: `claims` is below 1.
    """
    if claims < 1:
        raise ValueError(f"{claims} claims; at least 1 is published")
    return 1 - 2 * LEVEL / claims


def pairs_for(confidence: float) -> int:
    """Return the fewest pairs that can claim anything at this confidence, e.g. 6 at 0.95."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence!r}; allowed: between 0 and 1")
    # All of n log ratios above the bound has the chance 2^-n; the slack absorbs the rounding of 1 - c.
    return max(1, math.ceil(math.log2(2 / (1 - confidence)) - 1e-9))


def signed_rank_p(log_ratios: Sequence[float], bound: float) -> float:
    """Return the exact one-sided p-value of "not better than `bound`", e.g. log(1 + minimum_effect).

    T is the number of pairwise means (Walsh averages) above the bound, out of n (n + 1) / 2. Means that
    lie on it, by ties and zeros, don't count, which is the worst way to break them: so the p-value
    is at most too large.

    Args:
        log_ratios: One finite number a pair, or differences in the bound's unit; more is better.
        bound: What has to be exceeded.

    Raises:
        ValueError: There is no pair, or a number is not finite.
    """
    import numpy as np

    x = np.asarray(log_ratios, dtype=float)
    if x.ndim != 1 or x.size == 0 or not np.isfinite(x).all() or not math.isfinite(bound):
        raise ValueError(
            f"a test needs one finite number a pair, and a bound; got {list(log_ratios)!r}, {bound!r}"
        )
    first, second = np.triu_indices(x.size)
    above = int(((x[first] + x[second]) / 2 > bound).sum())
    return above_by_chance(int(x.size), above)


def holm(p_values: Sequence[float], level: float = LEVEL) -> list[bool]:
    """Return which of several claims hold so that all of those do at once with 1 - `level`.

    The smallest p-value is held against level / m, the next against level / (m - 1), and so on; the
    first that fails ends it. Claims that were tried and didn't hold belong in the list, too.

    Args:
        p_values: One-sided, one a claim, in any order.
        level: Chance of any false claim; default: that of one 95 % interval's lower end.
    """
    if any(not 0 <= p <= 1 for p in p_values):
        raise ValueError(f"p-values lie between 0 and 1; found {list(p_values)!r}")
    held = [False] * len(p_values)
    for place, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        # The slack absorbs rounding, as in the interval's own test.
        if p_values[index] > level / (len(p_values) - place) * (1 + 1e-12):
            break
        held[index] = True
    return held
