"""Diffusion of heat on a metal plate whose border is kept at 0 degrees."""

import numpy as np


def _diffuse(plate, rate):
    """Return the plate after one explicit time step; the border stays as it is."""
    after = plate.copy()
    around = plate[:-2, 1:-1] + plate[2:, 1:-1] + plate[1:-1, :-2] + plate[1:-1, 2:]
    inner = plate[1:-1, 1:-1]
    after[1:-1, 1:-1] = inner + rate * (around - 4.0 * inner)
    return after


def solve(rows, columns, steps, rate, sources):
    """Return the mean of every row, the hottest temperature and the sum of all, after `steps` time steps.

    Args:
        rows, columns: size of the plate, with its border.
        steps: time steps.
        rate: conductivity times step, over the square of the distance of cells; at most 0.25.
        sources: [row, column, temperature] of cells that are hot at first; several at a place add up.
            On the border they have no effect.
    """
    plate = np.zeros((rows, columns))
    for row, column, temperature in sources:
        if 0 < row < rows - 1 and 0 < column < columns - 1:
            plate[row, column] += temperature
    for _ in range(steps):
        plate = _diffuse(plate, rate)
    return [plate.mean(axis=1).tolist(), float(plate.max()), float(plate.sum())]
