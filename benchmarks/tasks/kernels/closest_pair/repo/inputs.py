"""Prints ten sets of points, one a line: `python inputs.py SEED [SIZE]`. SIZE is the number of points."""

from __future__ import annotations

import json
import math
import random
import sys

SIZE = 380

Points = list[list[int]]


def scattered(rng: random.Random, size: int) -> Points:
    return [[rng.randint(-100_000, 100_000), rng.randint(-100_000, 100_000)] for _ in range(size)]


def clusters(rng: random.Random, size: int) -> Points:
    """A few dense groups far from each other."""
    centres = [(rng.randint(-50_000, 50_000), rng.randint(-50_000, 50_000)) for _ in range(rng.randint(2, 8))]
    spread = rng.choice([300, 3000])
    chosen = rng.choices(centres, k=size)
    return [[int(rng.gauss(x, spread)), int(rng.gauss(y, spread))] for x, y in chosen]


def lattice(rng: random.Random, size: int) -> Points:
    """Different points of a coarse grid: many pairs are equally close."""
    side = math.isqrt(3 * size) + 1
    step, x, y = rng.randint(1, 50), rng.randint(-999, 999), rng.randint(-999, 999)
    cells = rng.sample(range(side * side), size)
    return [[x + step * (cell % side), y + step * (cell // side)] for cell in cells]


def line(rng: random.Random, size: int) -> Points:
    """Points on a line, or nearly so."""
    dx, dy = rng.choice([(0, 1), (1, 0), (1, 1), (3, -2)])
    places = rng.sample(range(-100_000, 100_000), size)
    return [[dx * place + rng.randint(0, 3), dy * place + rng.randint(0, 3)] for place in places]


def repeated(rng: random.Random, size: int) -> Points:
    """Some points come twice or more."""
    points = scattered(rng, size - size // 10)
    return points + [list(point) for point in rng.choices(points, k=size // 10)]


def main() -> None:
    rng = random.Random(int(sys.argv[1]))
    size = int(sys.argv[2]) if len(sys.argv) > 2 else SIZE
    kinds = [scattered, scattered, scattered, clusters, clusters, clusters, lattice, lattice, line, repeated]
    rng.shuffle(kinds)
    for kind in kinds:
        points = kind(rng, max(4, size + rng.randint(-size // 20, size // 20)))
        rng.shuffle(points)
        print(json.dumps([points]))


if __name__ == "__main__":
    main()
