"""Prints ten inputs, one a line: python inputs.py SEED [SIZE].

SIZE is how many samples a signal has, rounded down to a power of two.
"""

import json
import random
import sys

CALLS = 10


def main(seed, size=32768):
    chance = random.Random(seed)
    n = 1 << (max(size, 1).bit_length() - 1)
    for number in chance.sample(range(1 << 40), CALLS):
        print(json.dumps([n, number]))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
