"""Judge answer.txt, N lines "x y": the greatest distance over the least one, squared. python judge.py N

Squares of distances between decimals are exact fractions; no root is taken.
"""

from __future__ import annotations

import sys
from fractions import Fraction
from itertools import combinations

from exact import decimals, refuse, rounded_up


def squared_ratio(points: list[list[Fraction]]) -> Fraction:
    """Return the greatest squared distance over the least one; refuses points that coincide."""
    squares = [(x - u) ** 2 + (y - v) ** 2 for (x, y), (u, v) in combinations(points, 2)]
    if min(squares) == 0:
        refuse("two of the points are the same")
    return max(squares) / min(squares)


if __name__ == "__main__":
    print(f"METRIC squared_ratio={rounded_up(squared_ratio(decimals(2, int(sys.argv[1]))))}")
