"""Disjoint circles in the unit square: on a grid, then each grows as far as the others let it."""

from __future__ import annotations

import math
import os

COLUMNS = int(os.environ.get("PACKING_COLUMNS", "6"))
SHIFT = float(os.environ.get("PACKING_SHIFT", "0"))
GROWTH = int(os.environ.get("PACKING_GROWTH", "0"))
# A bit of room between circles: what is printed is judged exactly.
ROOM = 1e-14


def solve(count: int) -> list[tuple[float, float, float]]:
    """Return `count` circles (x, y, radius) that don't overlap, within the unit square."""
    columns = min(COLUMNS, count)
    rows = -(-count // columns)
    across, up = 1 / (columns + SHIFT), 1 / rows
    places = [
        ((i % columns + 0.5 + SHIFT * (i // columns % 2)) * across, (i // columns + 0.5) * up)
        for i in range(count)
    ]
    radii = [min(across, up) / 2 - ROOM] * count
    for _ in range(GROWTH):
        for i in range(count):
            radii[i] = max(radii[i], room_around(i, places, radii) - ROOM)
    return [(x, y, radius) for (x, y), radius in zip(places, radii, strict=True)]


def room_around(i: int, places: list[tuple[float, float]], radii: list[float]) -> float:
    """Return how large circle i may be without meeting another one or a wall."""
    x, y = places[i]
    others = (math.dist(places[i], place) - radii[j] for j, place in enumerate(places) if j != i)
    return min(x, y, 1 - x, 1 - y, *others)
