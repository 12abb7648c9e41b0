"""Disjoint circles in the unit square: SLSQP, from random starts, then from changes of the best."""

from __future__ import annotations

import math
import os
from typing import Any

STARTS = int(os.environ.get("PACKING_STARTS", "25"))
HOPS = int(os.environ.get("PACKING_HOPS", "60"))
SPREAD = float(os.environ.get("PACKING_SPREAD", "0.1"))
SEED = 2
ROUNDS = 60  # of SLSQP while searching
POLISH = 300  # and at the end
# Taken off each radius at the end: far above what rounding to doubles can add, far below what matters.
SAFETY = 1e-14


def solve(count: int) -> list[tuple[float, float, float]]:
    """Return `count` circles (x, y, radius) that don't overlap, within the unit square."""
    import numpy

    rng = numpy.random.default_rng(SEED)
    found = [improved(start(count, rng), ROUNDS) for _ in range(STARTS)]
    best = max(found, key=lambda circles: circles[2].sum())
    for _ in range(HOPS):
        other = improved(changed(best, rng), ROUNDS)
        if other[2].sum() > best[2].sum():
            best = other
    polished = improved(best, POLISH)
    return shrunk(max(best, polished, key=lambda circles: circles[2].sum()))


def changed(circles: Any, rng: Any) -> Any:
    """Return smaller circles, either one or two of them elsewhere, or all of them moved a little."""
    x, y, radius = circles.copy()
    count = len(x)
    if rng.random() < 0.5:
        moved = rng.choice(count, min(count, rng.integers(1, 3)), replace=False)
        x[moved], y[moved] = rng.uniform(0.05, 0.95, (2, len(moved)))
        radius *= 0.8
        radius[moved] = 0.02
    else:
        step = rng.choice([0.2, 0.4, 0.7]) * SPREAD
        x += rng.normal(0, step, count)
        y += rng.normal(0, step, count)
        radius *= 0.7
    return stacked(x.clip(0.03, 0.97), y.clip(0.03, 0.97), radius)


def start(count: int, rng: Any) -> Any:
    """Return circles on a jittered grid, some of its places left empty: (3, count)."""
    import numpy

    side = math.isqrt(count - 1) + 1
    flat = rng.random() < 0.5 and (side - 1) * side >= count
    shape = (side - flat, side)
    cells = rng.permutation(shape[0] * shape[1])[:count]
    x = (cells % shape[1] + 0.5) / shape[1] + rng.normal(0, SPREAD, count)
    y = (cells // shape[1] + 0.5) / shape[0] + rng.normal(0, SPREAD, count)
    return stacked(x.clip(0.05, 0.95), y.clip(0.05, 0.95), numpy.full(count, 0.2 / side))


def improved(circles: Any, rounds: int) -> Any:
    """Return what SLSQP makes of the circles; they may still overlap by its tolerance."""
    import numpy
    from scipy.optimize import minimize

    count = circles.shape[1]
    i, j = numpy.triu_indices(count, 1)
    pairs = numpy.arange(len(i))
    eye = numpy.eye(count)
    none = numpy.zeros((count, count))
    walls = numpy.block([[eye, none, -eye], [-eye, none, -eye], [none, eye, -eye], [none, -eye, -eye]])
    inside = numpy.repeat([0.0, 1.0, 0.0, 1.0], count)

    def gaps(flat: Any) -> Any:
        x, y, radius = flat.reshape(3, count)
        apart = numpy.hypot(x[i] - x[j], y[i] - y[j]) - radius[i] - radius[j]
        return numpy.concatenate([apart, walls @ flat + inside])

    def slopes(flat: Any) -> Any:
        x, y, _ = flat.reshape(3, count)
        distance = numpy.maximum(numpy.hypot(x[i] - x[j], y[i] - y[j]), 1e-12)
        across, up = (x[i] - x[j]) / distance, (y[i] - y[j]) / distance
        table = numpy.zeros((len(i), 3 * count))
        table[pairs, i], table[pairs, j] = across, -across
        table[pairs, count + i], table[pairs, count + j] = up, -up
        table[pairs, 2 * count + i] = table[pairs, 2 * count + j] = -1
        return numpy.concatenate([table, walls])

    down = numpy.concatenate([numpy.zeros(2 * count), -numpy.ones(count)])
    done = minimize(
        lambda flat: float(down @ flat),
        circles.ravel(),
        jac=lambda flat: down,
        constraints=[{"type": "ineq", "fun": gaps, "jac": slopes}],
        bounds=[(0, 1)] * (2 * count) + [(1e-4, 0.5)] * count,
        method="SLSQP",
        options={"maxiter": rounds, "ftol": 1e-13},
    )
    return strict(done.x.reshape(3, count))


def strict(circles: Any) -> Any:
    """Return the circles with radii so much smaller that nothing overlaps or sticks out."""
    import numpy

    x, y, radius = circles
    x, y = x.clip(1e-6, 1 - 1e-6), y.clip(1e-6, 1 - 1e-6)
    radius = numpy.minimum(radius, numpy.minimum(numpy.minimum(x, 1 - x), numpy.minimum(y, 1 - y)))
    radius = numpy.maximum(radius, 1e-9)
    distance = numpy.hypot(x[:, None] - x, y[:, None] - y)
    numpy.fill_diagonal(distance, math.inf)
    # One pass of each circle giving way to all others; a common factor would punish all for one.
    for k in range(len(radius)):
        over = (radius[k] + radius - distance[k]).max()
        if over > 0:
            radius[k] = max(radius[k] - over, 1e-12)
    return stacked(x, y, radius)


def stacked(x: Any, y: Any, radius: Any) -> Any:
    """Return an array of three rows."""
    import numpy

    return numpy.stack([x, y, radius])


def shrunk(circles: Any) -> list[tuple[float, float, float]]:
    """Return the circles as plain numbers, each a safe bit smaller."""
    return [(float(x), float(y), float(radius) - SAFETY) for x, y, radius in circles.T]
