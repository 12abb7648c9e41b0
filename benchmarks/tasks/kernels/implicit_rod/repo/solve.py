"""Heat in a rod of several materials, by implicit time steps that stay stable however long they are."""

import numpy as np


def _step_matrix(conductivities, capacities, step):
    """Return the matrix (n, n) that leads from the temperatures after a step to those before it.

    Args:
        conductivities: (n + 1,) between neighbours; the first and the last ones lead out of the rod.
        capacities: (n,) of the cells.
        step: length of the time step.
    """
    count = len(capacities)
    matrix = np.eye(count)
    for cell in range(count):
        left = step * conductivities[cell] / capacities[cell]
        right = step * conductivities[cell + 1] / capacities[cell]
        matrix[cell, cell] += left + right
        if cell > 0:
            matrix[cell, cell - 1] = -left
        if cell < count - 1:
            matrix[cell, cell + 1] = -right
    return matrix


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
    warmest = []
    for power in powers:
        matrix = _step_matrix(conductivities, capacities, step)
        now = np.linalg.inv(matrix) @ (now + step * power)
        warmest.append(float(np.max(now)))
    return [now.tolist(), warmest]
