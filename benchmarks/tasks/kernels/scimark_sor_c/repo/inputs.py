"""Prints ten inputs, one a line: python inputs.py SEED [SIZE].

SIZE is about the edge of a grid.
"""

import json
import random
import sys

CALLS = 10
SWEEPS = 25


def main(seed, size=280):
    chance = random.Random(seed)
    for number in chance.sample(range(1 << 40), CALLS):
        rows, columns = size + chance.randint(-2, 2), size + chance.randint(-2, 2)
        print(json.dumps([rows, columns, number, SWEEPS, chance.randint(110, 140)]))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
