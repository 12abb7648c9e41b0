"""Prints 10 inputs, one a line: the arguments of a call of solve. Usage: python inputs.py SEED [SIZE]"""

import json
import random
import sys

LINES = 10
SIZE = 900  # stops; there is a house for three of them


def point(rng):
    """Return a place in a town of 40 by 40 kilometres."""
    return [round(rng.uniform(0, 40), 4), round(rng.uniform(0, 40), 4)]


def arguments(rng, size):
    """Return houses, stops, and how many of the stops are asked for."""
    return [[point(rng) for _ in range(size // 3)], [point(rng) for _ in range(size)], rng.randrange(3, 6)]


def main(argv):
    """Print the inputs of a seed."""
    rng = random.Random(int(argv[0]))
    size = int(argv[1]) if len(argv) > 1 else SIZE
    for _ in range(LINES):
        print(json.dumps(arguments(rng, size)))


if __name__ == "__main__":
    main(sys.argv[1:])
