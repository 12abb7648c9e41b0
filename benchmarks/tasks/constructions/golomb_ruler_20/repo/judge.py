"""Judge answer.txt, N marks of a Golomb ruler, an integer a line: python judge.py N"""

from __future__ import annotations

import sys
from itertools import combinations

from exact import integers, refuse


def length(marks: list[int]) -> int:
    """Return the distance of the outermost marks; refuses two pairs of marks at the same distance."""
    seen: dict[int, tuple[int, int]] = {}
    for low, high in combinations(sorted(marks), 2):
        other = seen.setdefault(high - low, (low, high))
        if high == low:
            refuse(f"mark {low} is there twice")
        if other != (low, high):
            refuse(f"marks {low} and {high} are as far apart as {other[0]} and {other[1]}")
    return max(marks) - min(marks)


if __name__ == "__main__":
    count = int(sys.argv[1])
    print(f"METRIC length={length([row[0] for row in integers(1, count, count)])}")
