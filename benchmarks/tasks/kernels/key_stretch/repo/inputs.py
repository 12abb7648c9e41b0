"""Prints 10 inputs, one a line: the arguments of a call of solve. Usage: python inputs.py SEED [SIZE]"""

import json
import random
import sys

LINES = 10
SIZE = 4096  # cost, a power of two
LETTERS = "abcdefghijkmnopqrstuvwxyz23456789-_"


def arguments(rng, size):
    """Return a password, its salt, and what its key has to be like."""
    password = "".join(rng.choices(LETTERS, k=rng.randrange(8, 40)))
    return [password, f"{rng.getrandbits(128):032x}", size, rng.randrange(16, 65)]


def main(argv):
    """Print the inputs of a seed."""
    rng = random.Random(int(argv[0]))
    size = int(argv[1]) if len(argv) > 1 else SIZE
    for _ in range(LINES):
        print(json.dumps(arguments(rng, size)))


if __name__ == "__main__":
    main(sys.argv[1:])
