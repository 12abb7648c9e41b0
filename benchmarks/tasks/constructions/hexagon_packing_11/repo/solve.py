"""Unit hexagons, all turned alike, in rows."""

from __future__ import annotations

import os

COLUMNS = int(os.environ.get("HEXAGON_COLUMNS", "4"))
SHIFT = float(os.environ.get("HEXAGON_SHIFT", "0"))
HEIGHT = 1.7320509  # just above the square root of 3


def solve(count: int) -> list[tuple[float, float, float]]:
    """Return `count` hexagons of side 1: (x, y, tangent of half the angle); corners are at 60 k degrees."""
    columns = min(COLUMNS, count)
    rows = -(-count // columns)
    # Every other column is lower by SHIFT heights, and may then be as much nearer.
    width = 2.000001 - SHIFT
    return [
        (
            width * (i % columns - (columns - 1) / 2),
            HEIGHT * (i // columns - (rows - 1) / 2 - SHIFT * (i % columns % 2 - 0.5)),
            0.0,
        )
        for i in range(count)
    ]
