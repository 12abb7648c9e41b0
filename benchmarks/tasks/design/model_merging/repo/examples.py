"""The data that networks are trained for and judged on, drawn by a key.

Three domains share their classes, but not where these lie.
"""

from __future__ import annotations

import numpy

INPUTS, CLASSES, DOMAINS = 8, 6, 3
DOMAIN_SHARES = (0.7, 0.2, 0.1)
CALIBRATION, JUDGED = 1000, 6000


def drawn(key: list[int], count: int, shares: tuple[float, ...] = DOMAIN_SHARES) -> tuple[numpy.ndarray, ...]:
    """Return inputs (count, 8) and classes (count,) of the domains in the given shares, drawn by a key."""
    fixed = numpy.random.default_rng(2024)
    centres = fixed.normal(0, 1.2, (CLASSES, INPUTS))
    shifts = fixed.normal(0, 0.9, (DOMAINS, CLASSES, INPUTS))
    rng = numpy.random.default_rng(key)
    classes = rng.integers(CLASSES, size=count)
    domains = rng.choice(DOMAINS, size=count, p=shares)
    inputs = centres[classes] + shifts[domains, classes] + rng.normal(0, 0.8, (count, INPUTS))
    return inputs, classes
