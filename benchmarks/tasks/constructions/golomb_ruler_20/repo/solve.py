"""Marks of a ruler, no two pairs of them equally far apart: each mark is the next one that fits."""

from __future__ import annotations


def solve(count: int) -> list[int]:
    """Return `count` marks whose differences are all different."""
    marks: list[int] = []
    distances: set[int] = set()
    mark = 0
    while len(marks) < count:
        found = {mark - other for other in marks}
        if not found & distances:
            distances |= found
            marks.append(mark)
        mark += 1
    return marks
