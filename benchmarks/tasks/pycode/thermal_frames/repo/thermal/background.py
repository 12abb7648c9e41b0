"""The slow part of what a camera sees: walls, machines that are always warm."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SHIFT = 4  # a new frame counts for a 16th of the background


def start(frame: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the state of a background that knows one frame, (rows, columns)."""
    return frame << SHIFT


def subtract(frames: NDArray[np.int64], state: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how much warmer each frame is than the background before it; brings `state` up to date."""
    excess = np.empty_like(frames)
    count, rows, columns = frames.shape
    for row in range(rows):
        for column in range(columns):
            level = int(state[row, column])
            for number in range(count):
                difference = int(frames[number, row, column]) - (level >> SHIFT)
                excess[number, row, column] = difference
                level += difference
            state[row, column] = level
    return excess
