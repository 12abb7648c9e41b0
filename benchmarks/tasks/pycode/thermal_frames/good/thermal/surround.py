"""Pixels beside their neighbours: a hot spot is small, a hot day is everywhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def contrast(excess: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return each pixel less the mean of its up to eight neighbours, rounded down, in every frame.

    A single pixel has no neighbours: its contrast is its excess.
    """
    neighbours = _sums(np.ones_like(excess[:1])) - 1
    total = _sums(excess) - excess
    return excess - np.where(neighbours > 0, total // np.maximum(neighbours, 1), 0)


def _sums(frames: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the sum over the three by three pixels around each one, as far as they exist."""
    rows = frames.copy()
    rows[:, 1:] += frames[:, :-1]
    rows[:, :-1] += frames[:, 1:]
    both = rows.copy()
    both[:, :, 1:] += rows[:, :, :-1]
    both[:, :, :-1] += rows[:, :, 1:]
    return both
