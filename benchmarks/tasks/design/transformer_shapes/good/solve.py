"""The shape of a transformer: the fastest of all shapes of the space."""

from __future__ import annotations

from itertools import product


def solve() -> dict[str, int]:
    """Return layers, heads, head_size, ffn and batch."""
    from judge import SPACE, speed

    shapes = (dict(zip(SPACE, values, strict=True)) for values in product(*SPACE.values()))
    return max(shapes, key=lambda shape: speed(shape) or 0)
