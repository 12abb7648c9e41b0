"""Prints ten inputs, the arguments of one call each: python inputs.py SEED [SIZE].

SIZE is about the edge of a grid.
"""

import json
import random
import sys

CALLS = 10
SWEEPS = 40


def main(seed, size=36):
    chance = random.Random(seed)
    for _ in range(CALLS):
        rows, columns = size + chance.randint(-1, 1), size + chance.randint(-1, 1)
        grid = [[chance.randint(0, 999) for _ in range(columns)] for _ in range(rows)]
        print(json.dumps([grid, chance.randint(110, 140) / 100, SWEEPS]))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
