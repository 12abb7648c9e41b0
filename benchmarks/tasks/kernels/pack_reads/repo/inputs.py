"""Prints 10 inputs, one a line: the arguments of a call of solve. Usage: python inputs.py SEED [SIZE]"""

import json
import random
import sys

LINES = 10
SIZE = 40_000  # bases


def arguments(rng, size):
    """Return a sequence; the four bases are not quite equally frequent."""
    weights = [rng.uniform(0.9, 1.1) for _ in "ACGT"]
    return ["".join(rng.choices("ACGT", weights, k=size))]


def main(argv):
    """Print the inputs of a seed."""
    rng = random.Random(int(argv[0]))
    size = int(argv[1]) if len(argv) > 1 else SIZE
    for _ in range(LINES):
        print(json.dumps(arguments(rng, size)))


if __name__ == "__main__":
    main(sys.argv[1:])
