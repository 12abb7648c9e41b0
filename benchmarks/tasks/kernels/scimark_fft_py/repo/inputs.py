"""Prints ten inputs, the arguments of one call each: python inputs.py SEED [SIZE].

SIZE is how many samples a signal has, rounded down to a power of two.
"""

import json
import random
import sys

CALLS = 10


def main(seed, size=1024):
    chance = random.Random(seed)
    n = 1 << (max(size, 1).bit_length() - 1)
    for _ in range(CALLS):
        print(json.dumps([[chance.randint(-999, 999) for _ in range(n)] for _ in range(2)]))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
