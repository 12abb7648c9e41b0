"""Prints 10 inputs, one a line: the arguments of a call of solve. Usage: python inputs.py SEED [SIZE]"""

import json
import random
import sys

LINES = 10
SIZE = 3000  # pulses


def arguments(rng, size):
    """Return pulses at random times, 1000 ns apart on average, and a dead time."""
    times = [rng.randrange(1000 * size) for _ in range(size)]
    return [times, rng.randrange(300, 900)]


def main(argv):
    """Print the inputs of a seed."""
    rng = random.Random(int(argv[0]))
    size = int(argv[1]) if len(argv) > 1 else SIZE
    for _ in range(LINES):
        print(json.dumps(arguments(rng, size)))


if __name__ == "__main__":
    main(sys.argv[1:])
