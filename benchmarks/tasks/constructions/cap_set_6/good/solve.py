"""Points of Z_3^n, no three on a line: whole orbits of random symmetries, one after the other."""

from __future__ import annotations

import os
import random
from itertools import product

TRIES = int(os.environ.get("CAP_TRIES", "40"))
SEED = 1
GREEDY_RUNS = 4


def solve(dimension: int) -> list[tuple[int, ...]]:
    """Return points, tuples of 0, 1 and 2, of which no three add up to zero modulo 3."""
    rng = random.Random(SEED)
    points = list(product(range(3), repeat=dimension))
    number = {point: i for i, point in enumerate(points)}
    third = [[number[tuple((-a - b) % 3 for a, b in zip(p, q, strict=True))] for q in points] for p in points]
    best: list[int] = []
    for _ in range(TRIES):
        maps = [symmetry(points, number, range(dimension), [2] * dimension)] if rng.random() < 0.7 else []
        for _ in range(rng.randint(1, 2)):
            order = rng.sample(range(dimension), dimension)
            maps.append(symmetry(points, number, order, [rng.choice((1, 2)) for _ in order]))
        orbits = [orbit for orbit in orbits_of(maps, len(points)) if free_of_lines(orbit, third)]
        for _ in range(GREEDY_RUNS):
            rng.shuffle(orbits)
            best = max(best, taken(orbits, third), key=len)
    return [points[i] for i in best]


def symmetry(points, number, order, signs) -> list[int]:
    """Return where each point goes: its coordinates in another order, some of them negated."""
    return [number[tuple(signs[k] * point[order[k]] % 3 for k in range(len(order)))] for point in points]


def orbits_of(maps: list[list[int]], count: int) -> list[list[int]]:
    """Return the parts that the maps mix."""
    seen: set[int] = set()
    orbits = []
    for first in range(count):
        if first in seen:
            continue
        orbit, waiting = {first}, [first]
        while waiting:
            point = waiting.pop()
            new = {image[point] for image in maps} - orbit
            orbit |= new
            waiting.extend(new)
        seen |= orbit
        orbits.append(sorted(orbit))
    return orbits


def free_of_lines(orbit: list[int], third: list[list[int]]) -> bool:
    """Whether no three points of an orbit are on a line."""
    whole = set(orbit)
    return all(third[a][b] not in whole for a in orbit for b in orbit if a < b)


def taken(orbits: list[list[int]], third: list[list[int]]) -> list[int]:
    """Return the points of the orbits that fit, one orbit after the other."""
    blocked = bytearray(len(third))
    chosen: list[int] = []
    for orbit in orbits:
        if any(blocked[point] for point in orbit):
            continue
        across = {third[a][b] for a in orbit for b in chosen}
        if not across.isdisjoint(orbit) or not across.isdisjoint(chosen):
            continue
        for point in across:
            blocked[point] = 1
        for a in orbit:
            for b in orbit:
                if a != b:
                    blocked[third[a][b]] = 1
        chosen += orbit
    return chosen
