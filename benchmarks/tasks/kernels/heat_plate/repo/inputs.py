"""Prints 10 inputs, one a line: the arguments of a call of solve. Usage: python inputs.py SEED [SIZE]"""

import json
import random
import sys

LINES = 10
SIZE = 36  # cells along an edge of the plate
STEPS = 12


def arguments(rng, size):
    """Return a plate with about `size` times `size` cells, some of them hot."""
    rows, columns = size + rng.randrange(3), size + rng.randrange(3)
    sources = [
        [rng.randrange(1, rows - 1), rng.randrange(1, columns - 1), round(rng.uniform(20, 900), 2)]
        for _ in range(3 * size)
    ]
    return [rows, columns, STEPS, round(rng.uniform(0.05, 0.24), 4), sources]


def main(argv):
    """Print the inputs of a seed."""
    rng = random.Random(int(argv[0]))
    size = int(argv[1]) if len(argv) > 1 else SIZE
    for _ in range(LINES):
        print(json.dumps(arguments(rng, size)))


if __name__ == "__main__":
    main(sys.argv[1:])
