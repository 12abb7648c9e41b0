"""Prints ten inputs, the arguments of one call each: python inputs.py SEED [SIZE].

SIZE is about how many rows a matrix has. Each row and column has one large value, so that rounding errors
stay small.
"""

import json
import random
import sys

CALLS = 10
LARGE = 2500  # times the square root of the size: more than the norm of all else


def main(seed, size=72):
    chance = random.Random(seed)
    for _ in range(CALLS):
        n = size + chance.randint(-1, 1)
        matrix = [[chance.randint(-999, 999) for _ in range(n)] for _ in range(n)]
        for i, j in enumerate(chance.sample(range(n), n)):
            matrix[i][j] += chance.choice((-1, 1)) * int(LARGE * n**0.5)
        print(json.dumps([matrix, [chance.randint(-99999, 99999) for _ in range(n)]]))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
