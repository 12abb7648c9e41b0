"""Unit hexagons within a small hexagon: SLSQP from random starts, then from changes of the best."""

from __future__ import annotations

import math
import os
from typing import Any

STARTS = int(os.environ.get("HEXAGON_STARTS", "30"))
HOPS = int(os.environ.get("HEXAGON_HOPS", "120"))
SEED = 1
APOTHEM = math.sqrt(3) / 2
SIXTH = math.pi / 3
# Farther centres can't come to touch within one call of SLSQP that matters.
NEAR = 2.8


def solve(count: int) -> list[tuple[float, float, float]]:
    """Return `count` hexagons of side 1: (x, y, tangent of half the angle); corners are at 60 k degrees."""
    import numpy

    rng = numpy.random.default_rng(SEED)
    best = min((improved(start(count, rng)) for _ in range(1 + STARTS * count // 11)), key=side)
    for _ in range(HOPS * count // 11):  # small problems need fewer
        other = improved(changed(best, rng))
        if side(other) < side(best):
            best = other
    x, y, turn = spread(improved(best, rounds=200))
    turn = (turn + SIXTH / 2) % SIXTH - SIXTH / 2
    # Centres a safe bit farther out: printing moves an edge by less than that.
    x, y = x * (1 + 1e-13), y * (1 + 1e-13)
    return [(float(a), float(b), math.tan(c / 2)) for a, b, c in zip(x, y, turn, strict=True)]


def start(count: int, rng: Any) -> Any:
    """Return hexagons near the origin, turned at random: (3, count)."""
    import numpy

    grid = [(1.8 * (i + j / 2), 1.56 * j) for i in range(-5, 6) for j in range(-5, 6)]
    shift = rng.uniform(-1, 1, 2)
    places = numpy.array(sorted(grid, key=lambda p: math.hypot(p[0] - shift[0], p[1] - shift[1]))[:count]).T
    return numpy.vstack([places + rng.normal(0, 0.15, (2, count)), rng.uniform(0, SIXTH, (1, count))])


def changed(hexagons: Any, rng: Any) -> Any:
    """Return the hexagons with one elsewhere, or all of them moved and turned a little."""
    import numpy

    other = hexagons.copy()
    count = other.shape[1]
    if rng.random() < 0.4:
        one = rng.integers(count)
        angle, radius = rng.uniform(0, 2 * math.pi), 3 * math.sqrt(rng.random())
        other[:, one] = radius * math.cos(angle), radius * math.sin(angle), rng.uniform(0, SIXTH)
    else:
        size = rng.choice([0.1, 0.2, 0.4])
        other += numpy.array([[size], [size], [size]]) * rng.normal(0, 1, (3, count))
    return other


def edges(hexagons: Any, i: Any, j: Any) -> tuple[Any, Any]:
    """Return how far each edge of hexagons i keeps those of j off, (pairs, 6), and its direction's angle."""
    import numpy

    x, y, turn = hexagons
    angle = turn[i][:, None] + SIXTH * (numpy.arange(6) + 0.5)
    along = numpy.cos(angle) * (x[j] - x[i])[:, None] + numpy.sin(angle) * (y[j] - y[i])[:, None]
    nearest = numpy.cos((turn[j][:, None] - angle + SIXTH / 2) % SIXTH - SIXTH / 2)
    return along - APOTHEM - nearest, angle


def spread(hexagons: Any) -> Any:
    """Return the hexagons moved away from the origin until none overlap: that helps every pair."""
    import numpy

    i, j = numpy.triu_indices(hexagons.shape[1], 1)
    factor = numpy.full(len(i), math.inf)
    for one, other in ((i, j), (j, i)):
        gap, angle = edges(hexagons, one, other)
        x, y, _ = hexagons
        along = (
            numpy.cos(angle) * (x[other] - x[one])[:, None] + numpy.sin(angle) * (y[other] - y[one])[:, None]
        )
        needed = numpy.where(along > 1e-9, (along - gap) / numpy.maximum(along, 1e-9), math.inf)
        factor = numpy.minimum(factor, needed.min(axis=1))
    moved = hexagons.copy()
    moved[:2] *= min(max(1.0, float(factor.max())), 100.0)
    return moved


def side(hexagons: Any) -> float:
    """Return the side of the hexagon around all of them, once they are spread."""
    import numpy

    x, y, turn = spread(hexagons)
    faces = SIXTH * numpy.arange(6)[:, None]
    reach = numpy.cos(faces) * x + numpy.sin(faces) * y + numpy.cos((turn + SIXTH / 2) % SIXTH - SIXTH / 2)
    return float(reach.max()) / APOTHEM


def improved(hexagons: Any, rounds: int = 40) -> Any:
    """Return what two calls of SLSQP make of the hexagons, each with the edges that separate best then."""
    for _ in range(2):
        hexagons = spread(descended(hexagons, rounds))
    return hexagons


def descended(hexagons: Any, rounds: int) -> Any:
    """Return the hexagons that SLSQP finds while the edges that separate pairs stay the same."""
    import numpy
    from scipy.optimize import minimize

    count = hexagons.shape[1]
    one, other, edge = chosen(hexagons)
    pairs = numpy.arange(len(one))
    faces = SIXTH * numpy.arange(6)

    def slanted(turns: Any) -> list[Any]:
        # The two corners next to a direction: their maximum has a kink where an edge is parallel.
        low = numpy.floor(turns / SIXTH)
        return [low * SIXTH, (low + 1) * SIXTH]

    first = hexagons[2][other] - (hexagons[2][one] + SIXTH * (edge + 0.5))
    bends, folds = slanted(first), slanted(hexagons[2])

    def gaps(flat: Any) -> Any:
        x, y, turn = flat[:-1].reshape(3, count)
        angle = turn[one] + SIXTH * (edge + 0.5)
        along = numpy.cos(angle) * (x[other] - x[one]) + numpy.sin(angle) * (y[other] - y[one]) - APOTHEM
        parts = [along - numpy.cos(turn[other] - angle - bend) for bend in bends]
        reach = numpy.cos(faces)[:, None] * x + numpy.sin(faces)[:, None] * y
        parts += [(flat[-1] * APOTHEM - reach - numpy.cos(turn - fold)).ravel() for fold in folds]
        return numpy.concatenate(parts)

    def slopes(flat: Any) -> Any:
        x, y, turn = flat[:-1].reshape(3, count)
        angle = turn[one] + SIXTH * (edge + 0.5)
        cosine, sine = numpy.cos(angle), numpy.sin(angle)
        parts = []
        for bend in bends:
            table = numpy.zeros((len(one), 3 * count + 1))
            table[pairs, other], table[pairs, one] = cosine, -cosine
            table[pairs, count + other], table[pairs, count + one] = sine, -sine
            bent = numpy.sin(turn[other] - angle - bend)
            table[pairs, 2 * count + other] = bent
            table[pairs, 2 * count + one] = cosine * (y[other] - y[one]) - sine * (x[other] - x[one]) - bent
            parts.append(table)
        for fold in folds:
            for face in faces:
                eye = numpy.eye(count)
                parts.append(numpy.hstack([
                    -math.cos(face) * eye, -math.sin(face) * eye, numpy.diag(numpy.sin(turn - fold)),
                    numpy.full((count, 1), APOTHEM),
                ]))  # fmt: skip
        return numpy.vstack(parts)

    down = numpy.append(numpy.zeros(3 * count), 1.0)
    done = minimize(
        lambda flat: flat[-1],
        numpy.append(hexagons.ravel(), side(hexagons)),
        jac=lambda flat: down,
        constraints=[{"type": "ineq", "fun": gaps, "jac": slopes}],
        method="SLSQP",
        options={"maxiter": rounds, "ftol": 1e-13},
    )
    return done.x[:-1].reshape(3, count)


def chosen(hexagons: Any) -> tuple[Any, Any, Any]:
    """Return for each near pair whose edge keeps it apart best: (hexagon with the edge, the other, edge)."""
    import numpy

    i, j = numpy.triu_indices(hexagons.shape[1], 1)
    near = numpy.hypot(*(hexagons[:2, i] - hexagons[:2, j])) < NEAR
    i, j = i[near], j[near]
    forth, back = edges(hexagons, i, j)[0], edges(hexagons, j, i)[0]
    first = forth.max(axis=1) >= back.max(axis=1)
    edge = numpy.where(first, forth.argmax(axis=1), back.argmax(axis=1))
    return numpy.where(first, i, j), numpy.where(first, j, i), edge
