"""Estimates pi: how many points of a random sequence fall into a quarter of a disc."""

MODULUS = 2147483647  # a prime, 2^31 - 1
MULTIPLIER = 48271


def solve(samples, seed):
    """Return how many of the first points of a sequence are inside; 4 / samples times that is about pi.

    Args:
        samples: How many points: each takes two numbers of the sequence, x and then y.
        seed: Number before the first one of the sequence, from 1 to MODULUS - 1.
    """
    if not 0 < seed < MODULUS:
        raise ValueError("seed: %d; give a number from 1 to %d" % (seed, MODULUS - 1))
    modulus, multiplier, limit = MODULUS, MULTIPLIER, MODULUS * MODULUS
    y = seed
    inside = 0
    for _ in range(samples):
        x = y * multiplier % modulus
        y = x * multiplier % modulus
        if x * x + y * y < limit:
            inside += 1
    return inside
