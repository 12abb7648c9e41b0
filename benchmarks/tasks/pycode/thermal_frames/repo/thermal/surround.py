"""Pixels beside their neighbours: a hot spot is small, a hot day is everywhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def contrast(excess: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return each pixel less the mean of its up to eight neighbours, rounded down, in every frame.

    A single pixel has no neighbours: its contrast is its excess.
    """
    result = np.zeros_like(excess)
    count, rows, columns = excess.shape
    for number in range(count):
        frame = excess[number]
        for row in range(rows):
            for column in range(columns):
                total, neighbours = 0, 0
                for r in range(max(0, row - 1), min(rows, row + 2)):
                    for c in range(max(0, column - 1), min(columns, column + 2)):
                        if r != row or c != column:
                            total += frame[r, c]
                            neighbours += 1
                mean = total // neighbours if neighbours else 0
                result[number, row, column] = frame[row, column] - mean
    return result
