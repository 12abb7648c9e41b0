"""Points of Z_3^n, no three on a line: each in turn that makes no line."""

from __future__ import annotations

from itertools import product


def solve(dimension: int) -> list[tuple[int, ...]]:
    """Return points, tuples of 0, 1 and 2, of which no three add up to zero modulo 3."""
    chosen: list[tuple[int, ...]] = []
    blocked: set[tuple[int, ...]] = set()
    for point in product(range(3), repeat=dimension):
        if point not in blocked:
            blocked |= {tuple((-a - b) % 3 for a, b in zip(point, other, strict=True)) for other in chosen}
            chosen.append(point)
    return chosen
