"""Prints 10 inputs, one a line: the arguments of a call of solve. Usage: python inputs.py SEED [SIZE]"""

import json
import random
import sys

LINES = 10
SIZE = 5000  # readings


def arguments(rng, size):
    """Return readings of a drifting sensor, one in about 12 of them missing, and what is asked of them."""
    level = rng.uniform(10, 90)
    readings = []
    for _ in range(size):
        level += rng.gauss(0, 0.3)
        readings.append(None if rng.random() < 0.08 else round(level + rng.gauss(0, 4), 3))
    parts = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, round(rng.uniform(0.96, 0.999), 4)]
    return [readings, parts, round(rng.uniform(0.05, 0.2), 3)]


def main(argv):
    """Print the inputs of a seed."""
    rng = random.Random(int(argv[0]))
    size = int(argv[1]) if len(argv) > 1 else SIZE
    for _ in range(LINES):
        print(json.dumps(arguments(rng, size)))


if __name__ == "__main__":
    main(sys.argv[1:])
