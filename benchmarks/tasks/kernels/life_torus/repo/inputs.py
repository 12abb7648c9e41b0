"""Prints ten boards with generations, one a line: `python inputs.py SEED [SIZE]`. SIZE is a board's side."""

from __future__ import annotations

import json
import random
import sys

SIZE = 28
GENERATIONS = 12

GLIDER = ((1, 0), (2, 1), (0, 2), (1, 2), (2, 2))


def soup(rng: random.Random, width: int, height: int, share: float) -> list[list[bool]]:
    return [[rng.random() < share for _ in range(width)] for _ in range(height)]


def gliders(rng: random.Random, width: int, height: int) -> list[list[bool]]:
    """Gliders on an almost empty board."""
    cells = soup(rng, width, height, 0.02)
    for _ in range(1 + width * height // 80):
        left, top, flip = rng.randrange(width), rng.randrange(height), rng.choice([-1, 1])
        for x, y in GLIDER:
            cells[(top + flip * y) % height][(left + x) % width] = True
    return cells


def request(rng: random.Random, kind: int, size: int) -> list[object]:
    """Return the arguments of one call: board, generations."""
    width = max(1, size + rng.randint(-size // 6, size // 6))
    if kind == 0:
        width = rng.randint(1, 4)  # thin: cells are neighbours of themselves
    elif kind == 1:
        width = 3 * size + rng.randint(0, 9)
    height = max(1, size * size // width)
    share = (0.3, 0.5, 0.2, 0.4, 0.65)[kind % 5]
    cells = gliders(rng, width, height) if kind > 6 else soup(rng, width, height, share)
    board = ["".join("#" if cell else "." for cell in row) for row in cells]
    return [board, GENERATIONS + rng.randint(-2, 2)]


def main() -> None:
    rng = random.Random(int(sys.argv[1]))
    size = int(sys.argv[2]) if len(sys.argv) > 2 else SIZE
    kinds = list(range(10))
    rng.shuffle(kinds)
    for kind in kinds:
        print(json.dumps(request(rng, kind, max(4, size))))


if __name__ == "__main__":
    main()
