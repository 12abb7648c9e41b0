"""Prints 10 inputs, one a line: the arguments of a call of solve. Usage: python inputs.py SEED [SIZE]"""

import json
import math
import random
import sys

LINES = 10
SIZE = 7200  # samples; the echoes last a sixteenth of them
FRAME = 100


def arguments(rng, size):
    """Return a noisy tone, and echoes that fade away."""
    pitch, noise = rng.uniform(0.01, 0.2), rng.uniform(0.1, 0.5)
    samples = [round(math.sin(pitch * i) + rng.gauss(0, noise), 4) for i in range(size)]
    length = max(2, size // 16)
    fade = rng.uniform(3, 6) / length
    echoes = [1.0] + [round(rng.uniform(-0.2, 0.2) * math.exp(-fade * i), 6) for i in range(1, length)]
    return [samples, echoes, FRAME]


def main(argv):
    """Print the inputs of a seed."""
    rng = random.Random(int(argv[0]))
    size = int(argv[1]) if len(argv) > 1 else SIZE
    for _ in range(LINES):
        print(json.dumps(arguments(rng, size)))


if __name__ == "__main__":
    main(sys.argv[1:])
