"""Judge answer.txt, a point of Z_3^N a line: how large is the cap set? python judge.py N

A point is N words, each 0, 1 or 2. No three points may be on a line, which is: add up to zero modulo 3.
"""

from __future__ import annotations

import sys

from exact import integers, refuse


def size(points: list[tuple[int, ...]]) -> int:
    """Return the number of points; refuses what is no point, points twice, and three on a line."""
    for number, point in enumerate(points, start=1):
        if not set(point) <= {0, 1, 2}:
            refuse(f"line {number}: a coordinate is not 0, 1 or 2")
    known = set(points)
    if len(known) < len(points):
        refuse("a point is there twice")
    for number, first in enumerate(points):
        for second in points[:number]:
            third = tuple((-a - b) % 3 for a, b in zip(first, second, strict=True))
            if third in known:
                refuse(f"{first}, {second} and {third} are on a line")
    return len(points)


if __name__ == "__main__":
    dimension = int(sys.argv[1])
    print(f"METRIC size={size([tuple(row) for row in integers(dimension, 1, 3**dimension)])}")
