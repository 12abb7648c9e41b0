"""Heat in a rod of several materials, by implicit time steps that stay stable however long they are."""

import numpy as np
from scipy.linalg import cho_solve_banded, cholesky_banded


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
    # Times the capacities the matrix is symmetric: its diagonal, and the one below it.
    bands = np.zeros((2, len(heats)))
    bands[0] = heats + flows[:-1] + flows[1:]
    bands[1, :-1] = -flows[1:-1]
    factor = cholesky_banded(bands, lower=True, check_finite=False)
    warmest = []
    for power in powers:
        right = heats * (now + step * power)
        now = cho_solve_banded((factor, True), right, check_finite=False)
        warmest.append(float(now.max()))
    return [now.tolist(), warmest]
