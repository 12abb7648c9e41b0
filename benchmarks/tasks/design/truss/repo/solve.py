"""Sections of a truss's bars: all alike, of the bars that are short enough."""

from __future__ import annotations

import os
from typing import Any

LONGEST = float(os.environ.get("TRUSS_LONGEST", "1.9"))
TAPER = float(os.environ.get("TRUSS_TAPER", "0"))


def solve(truss: Any) -> list[float]:
    """Return the section of each bar in cm^2, 0 for no bar.

    The truss has joints (x, y), bars (pairs of joints), held joints, cases of loads {joint: (fx, fy)}, and
    length(bar).
    """
    right = max(x for x, _ in truss.joints)
    areas = []
    for bar, (one, other) in enumerate(truss.bars):
        middle = (truss.joints[one][0] + truss.joints[other][0]) / 2
        # Thinner away from the wall, where there is less to bear.
        areas.append((1.05 - middle / right) ** TAPER if truss.length(bar) <= LONGEST else 0.0)
    return areas
