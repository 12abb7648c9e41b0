"""Prints 10 inputs, one a line: the arguments of a call of solve. Usage: python inputs.py SEED [SIZE]"""

import json
import random
import sys

LINES = 10
SIZE = 180  # cells of the rod
STEPS = 10


def arguments(rng, size):
    """Return a rod of random pieces, and a heater that is turned up and down."""
    count = size + rng.randrange(5)
    temperatures = [round(rng.uniform(1, 100), 3) for _ in range(count)]
    conductivities = [round(rng.uniform(0.5, 20), 3) for _ in range(count + 1)]
    capacities = [round(rng.uniform(1, 5), 3) for _ in range(count)]
    powers = [round(rng.uniform(0, 30), 3) for _ in range(STEPS)]
    return [temperatures, conductivities, capacities, round(rng.uniform(0.05, 0.5), 4), powers]


def main(argv):
    """Print the inputs of a seed."""
    rng = random.Random(int(argv[0]))
    size = int(argv[1]) if len(argv) > 1 else SIZE
    for _ in range(LINES):
        print(json.dumps(arguments(rng, size)))


if __name__ == "__main__":
    main(sys.argv[1:])
