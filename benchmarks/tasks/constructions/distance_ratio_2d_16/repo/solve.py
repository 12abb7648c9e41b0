"""Points in the plane whose distances differ little: on a grid."""

from __future__ import annotations

import os

COLUMNS = int(os.environ.get("RATIO_COLUMNS", "4"))
SHIFT = float(os.environ.get("RATIO_SHIFT", "0"))
HEIGHT = float(os.environ.get("RATIO_HEIGHT", "1"))


def solve(count: int) -> list[tuple[float, float]]:
    """Return `count` different points."""
    columns = min(COLUMNS, max(1, round(count**0.5)))
    return [(i % columns + SHIFT * (i // columns % 2), HEIGHT * (i // columns)) for i in range(count)]
