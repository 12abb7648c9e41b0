"""Judge answer.txt, N lines "x y": the least triangle among points of a triangle. python judge.py N

The triangle has the corners (0, 0), (1, 0) and (0, 1). Ratios of areas are the same in every triangle, so the
value is that of an equilateral one, and stays exact: the least area as a part of the whole triangle's.
"""

from __future__ import annotations

import sys
from fractions import Fraction
from itertools import combinations

from exact import decimals, refuse, rounded_down


def least_area(points: list[list[Fraction]]) -> Fraction:
    """Return the least area of three points, as a part of the triangle's; refuses points outside."""
    for number, (x, y) in enumerate(points, start=1):
        if x < 0 or y < 0 or x + y > 1:
            refuse(f"point {number} is outside of the triangle")
    return min(
        abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay))
        for (ax, ay), (bx, by), (cx, cy) in combinations(points, 3)
    )


if __name__ == "__main__":
    value = least_area(decimals(2, int(sys.argv[1])))
    if value == 0:
        refuse("three of the points are on a line")
    print(f"METRIC least_area={rounded_down(value)}")
