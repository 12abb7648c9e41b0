"""Heat in a rod of several materials, by implicit time steps that stay stable however long they are."""

import numpy as np


def solve(temperatures, conductivities, capacities, step, powers):
    """Return [temperatures at the end, the warmest cell's temperature after every step].

    Args:
        temperatures: n, of the cells at first; both ends of the rod are held at 0.
        conductivities: n + 1, positive.
        capacities: n, positive.
        step: length of a time step.
        powers: for every time step what a heater gives to each cell, per capacity of the cell.
    """
    now = np.array(temperatures, dtype=float)
    if not powers:
        return [now.tolist(), []]
    flows = step * np.array(conductivities, dtype=float)
    heats = np.array(capacities, dtype=float)
    # The matrix is the same in every step. A banded solver would do with less, and costs its import.
    matrix = np.diag(1 + (flows[:-1] + flows[1:]) / heats)
    matrix -= np.diag(flows[1:-1] / heats[1:], -1) + np.diag(flows[1:-1] / heats[:-1], 1)
    inverse = np.linalg.inv(matrix)
    warmest = []
    for power in powers:
        now = inverse @ (now + step * power)
        warmest.append(float(now.max()))
    return [now.tolist(), warmest]
