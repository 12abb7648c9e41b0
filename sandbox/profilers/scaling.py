"""How the time grows with the size of the input, from a few points: evidence of complexity."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Scaling", "scaling_exponent"]


class Scaling(NamedTuple):
    """The exponent b of time = a * size ** b."""

    exponent: float
    error: float  # its standard error; infinite where two sizes leave nothing to judge it by


def scaling_exponent(points: Sequence[tuple[float, float]]) -> Scaling:
    """Return the slope of log time on log size, by least squares, with its standard error.

    1 is linear, 2 quadratic; n log n shows as a little more than 1. Fixed costs (an interpreter's
    start) flatten it, so take sizes at which the work dominates.

    Args:
        points: (size, time) pairs, both greater than 0; several times of one size may be given.

    Raises:
        ValueError: fewer than two different sizes, or a value that is not positive and finite.
    """
    if not all(math.isfinite(size) and math.isfinite(time) and size > 0 < time for size, time in points):
        raise ValueError("sizes and times have to be positive, finite numbers")
    if len({size for size, _ in points}) < 2:
        raise ValueError("a scaling exponent needs two different sizes")
    logs = [(math.log(size), math.log(time)) for size, time in points]
    count = len(logs)
    mean_x = math.fsum(x for x, _ in logs) / count
    mean_y = math.fsum(y for _, y in logs) / count
    spread = math.fsum((x - mean_x) ** 2 for x, _ in logs)
    exponent = math.fsum((x - mean_x) * (y - mean_y) for x, y in logs) / spread
    if count == 2:
        return Scaling(exponent, math.inf)
    left = math.fsum((y - mean_y - exponent * (x - mean_x)) ** 2 for x, y in logs)
    return Scaling(exponent, math.sqrt(left / (count - 2) / spread))
