"""Points in a triangle, no three nearly on a line: SLSQP from random starts and changes of the best."""

from __future__ import annotations

import os
from itertools import combinations
from typing import Any

TRIES = int(os.environ.get("HEILBRONN_TRIES", "300"))
SEED = 1
ROUNDS = 40  # of SLSQP while searching
POLISH = 300  # and at the end


def solve(count: int) -> list[tuple[float, float]]:
    """Return `count` points with x >= 0, y >= 0 and x + y <= 1."""
    import numpy

    rng = numpy.random.default_rng(SEED)
    triples = numpy.array(list(combinations(range(count), 3))).T
    tries = TRIES * count // 11  # small problems need fewer
    starts = (improved(drawn(count, rng), triples, ROUNDS) for _ in range(1 + tries // 5))
    best = max(starts, key=worth(triples))
    for _ in range(2 * tries):
        other = improved(changed(best, rng), triples, ROUNDS)
        if worth(triples)(other) > worth(triples)(best):
            best = other
    for _ in range(2):
        best = max(best, improved(best, triples, POLISH), key=worth(triples))
    return [(float(x), float(y)) for x, y in best.T]


def worth(triples: Any) -> Any:
    """Return the function that gives the least area of points."""
    return lambda points: float(abs(areas(points, triples)).min())


def drawn(count: int, rng: Any) -> Any:
    """Return random points of the triangle, rather near its sides: (2, count)."""
    return rng.dirichlet((0.8, 0.8, 0.8), count)[:, :2].T


def changed(points: Any, rng: Any) -> Any:
    """Return the points with one or two of them elsewhere, or all of them moved a little."""
    other = points.copy()
    if rng.random() < 0.6:
        moved = rng.choice(other.shape[1], rng.integers(1, 3), replace=False)
        other[:, moved] = drawn(len(moved), rng)
        return other
    return inside(other + rng.normal(0, rng.choice([0.02, 0.05, 0.1]), other.shape))


def areas(points: Any, triples: Any) -> Any:
    """Return the signed areas of all triples, as parts of the triangle's."""
    (ax, bx, cx), (ay, by, cy) = points[0][triples], points[1][triples]
    return (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)


def improved(points: Any, triples: Any, rounds: int) -> Any:
    """Return what SLSQP makes of the points: the least area grows while no triple turns over."""
    import numpy
    from scipy.optimize import minimize

    count, number = points.shape[1], triples.shape[1]
    signs = numpy.sign(areas(points, triples))
    every = numpy.arange(number)
    hypotenuse = numpy.hstack([-numpy.eye(count), -numpy.eye(count), numpy.zeros((count, 1))])

    def gaps(flat: Any) -> Any:
        now = flat[:-1].reshape(2, count)
        return numpy.concatenate([signs * areas(now, triples) - flat[-1], 1 + hypotenuse @ flat])

    def slopes(flat: Any) -> Any:
        (ax, bx, cx), (ay, by, cy) = (row[triples] for row in flat[:-1].reshape(2, count))
        table = numpy.zeros((number, 2 * count + 1))
        for vertex, (along, up) in enumerate([(by - cy, cx - bx), (cy - ay, ax - cx), (ay - by, bx - ax)]):
            table[every, triples[vertex]] = signs * along
            table[every, count + triples[vertex]] = signs * up
        table[:, -1] = -1
        return numpy.vstack([table, hypotenuse])

    down = numpy.zeros(2 * count + 1)
    down[-1] = -1
    done = minimize(
        lambda flat: -flat[-1],
        numpy.append(points.ravel(), abs(areas(points, triples)).min()),
        jac=lambda flat: down,
        constraints=[{"type": "ineq", "fun": gaps, "jac": slopes}],
        bounds=[(0, 1)] * (2 * count) + [(0, 1)],
        method="SLSQP",
        options={"maxiter": rounds, "ftol": 1e-14},
    )
    return inside(done.x[:-1].reshape(2, count))


def inside(points: Any) -> Any:
    """Return the points moved into the triangle, by more than printing can move them."""
    import numpy

    points = points.clip(0, 1)
    return points / numpy.maximum(1, points.sum(axis=0) * (1 + 1e-15) + 1e-15)
