"""Prints ten inputs, the arguments of one call each: python inputs.py SEED [SIZE].

SIZE is about how many rows a matrix has.
"""

import json
import random
import sys

CALLS = 10
ROUNDS = 24


def main(seed, size=400):
    chance = random.Random(seed)
    for _ in range(CALLS):
        rows = size + chance.randint(-size // 50, size // 50)
        starts, columns = [0], []
        for _ in range(rows):
            columns += sorted(chance.randrange(rows) for _ in range(chance.randint(3, 17)))
            starts.append(len(columns))
        values = [chance.randint(-99, 99) for _ in columns]
        vector = [chance.randint(-99, 99) for _ in range(rows)]
        print(json.dumps([starts, columns, values, vector, ROUNDS]))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
