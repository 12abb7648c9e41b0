"""Points in a triangle, no three of them nearly on a line: the best of a few random choices."""

from __future__ import annotations

import os
import random
from itertools import combinations

TRIES = int(os.environ.get("HEILBRONN_TRIES", "300"))


def solve(count: int) -> list[tuple[float, float]]:
    """Return `count` points with x >= 0, y >= 0 and x + y <= 1."""
    rng = random.Random(1)
    return max((choice(count, rng) for _ in range(TRIES)), key=least_area)


def choice(count: int, rng: random.Random) -> list[tuple[float, float]]:
    """Return random points of the triangle."""
    points = []
    while len(points) < count:
        x, y = rng.random(), rng.random()
        if x + y < 0.999999:
            points.append((x, y))
    return points


def least_area(points: list[tuple[float, float]]) -> float:
    """Return the least area of three points, as a part of the triangle's."""
    return min(
        abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]))
        for a, b, c in combinations(points, 3)
    )
