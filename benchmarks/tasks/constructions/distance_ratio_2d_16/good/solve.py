"""Points in the plane whose distances differ little: SLSQP from many random starts."""

from __future__ import annotations

import os
from typing import Any

STARTS = int(os.environ.get("RATIO_STARTS", "60"))
SEED = 1


def solve(count: int) -> list[tuple[float, float]]:
    """Return `count` different points."""
    import numpy

    rng = numpy.random.default_rng(SEED)
    best, least = None, float("inf")
    for _ in range(1 + STARTS * count // 16):  # small problems need fewer
        points = improved(rng.uniform(-1, 1, (2, count)) * count**0.5 / 1.5, rounds=80)
        if ratio(points) < least:
            best, least = points, ratio(points)
    best = improved(best, rounds=500)
    return [(float(x), float(y)) for x, y in best.T]


def squares(points: Any) -> Any:
    """Return the squared distances of all pairs."""
    import numpy

    i, j = numpy.triu_indices(points.shape[1], 1)
    return ((points[:, i] - points[:, j]) ** 2).sum(axis=0)


def ratio(points: Any) -> float:
    """Return the greatest squared distance over the least one."""
    found = squares(points)
    return float(found.max() / max(found.min(), 1e-12))


def improved(points: Any, rounds: int) -> Any:
    """Return what SLSQP makes of the points: all squared distances from 1 to a bound that falls."""
    import numpy
    from scipy.optimize import minimize

    count = points.shape[1]
    i, j = numpy.triu_indices(count, 1)
    pairs = numpy.arange(len(i))

    def gaps(flat: Any) -> Any:
        found = squares(flat[:-1].reshape(2, count))
        return numpy.concatenate([found - 1, flat[-1] - found])

    def slopes(flat: Any) -> Any:
        step = 2 * (flat[:-1].reshape(2, count)[:, i] - flat[:-1].reshape(2, count)[:, j])
        table = numpy.zeros((len(i), 2 * count + 1))
        for axis in range(2):
            table[pairs, axis * count + i], table[pairs, axis * count + j] = step[axis], -step[axis]
        far = -table
        far[:, -1] = 1
        return numpy.vstack([table, far])

    down = numpy.zeros(2 * count + 1)
    down[-1] = 1
    done = minimize(
        lambda flat: flat[-1],
        numpy.append(points.ravel(), squares(points).max()),
        jac=lambda flat: down,
        constraints=[{"type": "ineq", "fun": gaps, "jac": slopes}],
        method="SLSQP",
        options={"maxiter": rounds, "ftol": 1e-14},
    )
    return done.x[:-1].reshape(2, count)
