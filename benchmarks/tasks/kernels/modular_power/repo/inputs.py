"""Prints 10 inputs, one a line: the arguments of a call of solve. Usage: python inputs.py SEED [SIZE]"""

import json
import math
import random
import sys

LINES = 10
SIZE = 1024  # bits
COUNT = 5
SMALL = math.prod(range(3, 2000, 2))


def arguments(rng, size):
    """Return bases, exponents and odd moduli of `size` bits; no modulus has a divisor below 2000."""
    commitments = []
    for _ in range(COUNT):
        modulus = rng.getrandbits(size) | 1 << (size - 1) | 1
        while math.gcd(modulus, SMALL) > 1:
            modulus = rng.getrandbits(size) | 1 << (size - 1) | 1
        base, exponent = rng.randrange(2, modulus), rng.getrandbits(size) | 1 << (size - 1)
        commitments.append([f"{base:x}", f"{exponent:x}", f"{modulus:x}"])
    return [commitments]


def main(argv):
    """Print the inputs of a seed."""
    rng = random.Random(int(argv[0]))
    size = int(argv[1]) if len(argv) > 1 else SIZE
    for _ in range(LINES):
        print(json.dumps(arguments(rng, size)))


if __name__ == "__main__":
    main(sys.argv[1:])
