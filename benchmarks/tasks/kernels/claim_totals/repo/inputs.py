"""Prints 10 inputs, one a line: the arguments of a call of solve. Usage: python inputs.py SEED [SIZE]"""

import json
import random
import sys

LINES = 10
SIZE = 40  # years


def arguments(rng, size):
    """Return the seed of the years, and the shape of their claims."""
    return [rng.getrandbits(32), round(rng.uniform(1.5, 4.0), 3), size]


def main(argv):
    """Print the inputs of a seed."""
    rng = random.Random(int(argv[0]))
    size = int(argv[1]) if len(argv) > 1 else SIZE
    for _ in range(LINES):
        print(json.dumps(arguments(rng, size)))


if __name__ == "__main__":
    main(sys.argv[1:])
