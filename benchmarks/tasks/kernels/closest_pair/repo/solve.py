"""The closest two of many points."""

from __future__ import annotations


def solve(points: list[list[int]]) -> list[int]:
    """Return [squared distance, first, second] of the closest pair, by the points' numbers, first < second.

    Of pairs that are equally close it is the one with the least first number, then the least second
    one. Fewer than two points have no pair: [-1, -1, -1].

    Args:
        points: [x, y] each, whole numbers. Points may coincide.
    """
    best = None
    for first in range(len(points)):
        for second in range(first + 1, len(points)):
            distance = _squared_distance(points[first], points[second])
            if best is None or distance < best[0]:
                best = [distance, first, second]
    return best or [-1, -1, -1]


def _squared_distance(a: list[int], b: list[int]) -> int:
    return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2
