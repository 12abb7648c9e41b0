"""A set of integers whose differences are 1, 2, ..., n: a row of ones, and a row of steps."""

from __future__ import annotations

import os

SIZE = int(os.environ.get("BASIS_SIZE", "40"))


def solve() -> list[int]:
    """Return different integers, at most 2000 of them."""
    half = SIZE // 2
    return list(range(half)) + [half * step - 1 for step in range(2, SIZE - half + 2)]
