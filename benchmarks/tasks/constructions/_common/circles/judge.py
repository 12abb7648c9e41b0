"""Judge answer.txt, N lines "x y radius": disjoint circles in the unit square. python judge.py N

Exact: the decimals are taken as fractions, and squares are compared instead of distances. Circles may touch.
"""

from __future__ import annotations

import sys
from fractions import Fraction

from exact import decimals, refuse, rounded_down


def sum_of_radii(circles: list[list[Fraction]]) -> Fraction:
    """Return the exact sum of the radii; refuses circles that overlap or stick out."""
    for number, (x, y, radius) in enumerate(circles, start=1):
        if radius <= 0:
            refuse(f"circle {number}: its radius is not positive")
        if min(x, y) < radius or max(x, y) > 1 - radius:
            refuse(f"circle {number} is not within the unit square")
    for i, (x, y, radius) in enumerate(circles):
        for j, (u, v, other) in enumerate(circles[:i]):
            if (x - u) ** 2 + (y - v) ** 2 < (radius + other) ** 2:
                refuse(f"circles {j + 1} and {i + 1} overlap")
    return sum((circle[2] for circle in circles), Fraction(0))


if __name__ == "__main__":
    print(f"METRIC sum_radii={rounded_down(sum_of_radii(decimals(3, int(sys.argv[1]))))}")
