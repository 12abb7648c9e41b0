"""Prints ten inputs, one a line: python inputs.py SEED [SIZE].

SIZE is about how many rows a matrix has.
"""

import json
import random
import sys

CALLS = 10


def main(seed, size=320):
    chance = random.Random(seed)
    for number in chance.sample(range(1 << 40), CALLS):
        print(json.dumps([size + chance.randint(-size // 100, size // 100), number]))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
