"""Prints 10 inputs, one a line: the arguments of a call of solve. Usage: python inputs.py SEED [SIZE]"""

import json
import random
import sys

LINES = 10
SIZE = 5000  # pulses
BINS = 200


def arguments(rng, size):
    """Return pulses of two lines of energy over a falling background, and a calibration."""
    lines = [rng.uniform(800, 1500), rng.uniform(1800, 3200)]
    channels = []
    for _ in range(size):
        height = rng.gauss(rng.choice(lines), 40) if rng.random() < 0.4 else rng.expovariate(1 / 900)
        channels.append(max(0, min(4095, int(height))))
    calibration = [
        round(rng.uniform(1, 5), 3),
        round(rng.uniform(0.4, 0.6), 5),
        round(rng.uniform(0, 2e-5), 8),
    ]
    return [channels, rng.randrange(20, 60), calibration, round(rng.uniform(1800, 2100), 1), BINS]


def main(argv):
    """Print the inputs of a seed."""
    rng = random.Random(int(argv[0]))
    size = int(argv[1]) if len(argv) > 1 else SIZE
    for _ in range(LINES):
        print(json.dumps(arguments(rng, size)))


if __name__ == "__main__":
    main(sys.argv[1:])
