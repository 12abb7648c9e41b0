"""The closest two of many points."""

from __future__ import annotations


def solve(points: list[list[int]]) -> list[int]:
    """Return [squared distance, first, second] of the closest pair, by the points' numbers, first < second.

    Of pairs that are equally close it is the one with the least first number, then the least second
    one. Fewer than two points have no pair: [-1, -1, -1].

    Args:
        points: [x, y] each, whole numbers. Points may coincide.
    """
    if len(points) < 2:
        return [-1, -1, -1]
    rows = _in_order(points)
    best = None
    limit = float("inf")
    for place, (x, y, number) in enumerate(rows):
        for before in range(place - 1, -1, -1):
            other_x, other_y, other = rows[before]
            gap = (x - other_x) ** 2
            if gap > limit:  # not >=: a pair that is equally close may have lower numbers
                break
            distance = gap + (y - other_y) ** 2
            if distance <= limit:
                pair = (distance, number, other) if number < other else (distance, other, number)
                if best is None or pair < best:
                    best, limit = pair, distance
    assert best is not None
    return list(best)


def _in_order(points: list[list[int]]) -> list[tuple[int, int, int]]:
    """Sort along the axis on which the points spread further; the other coordinate comes second."""
    xs = [x for x, _ in points]
    ys = [y for _, y in points]
    if max(xs) - min(xs) < max(ys) - min(ys):
        xs, ys = ys, xs
    return sorted(zip(xs, ys, range(len(points)), strict=True))
