"""Estimates pi: how many points of a random sequence fall into a quarter of a disc."""

MODULUS = 2147483647  # a prime, 2^31 - 1
MULTIPLIER = 48271


class _Sequence:
    """Whole numbers from 1 to MODULUS - 1: each is the one before times MULTIPLIER, modulo MODULUS."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = self.state * MULTIPLIER % MODULUS
        return self.state


class _Point:
    """A point of a square whose edge is MODULUS."""

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def is_inside(self):
        """Return whether the point is nearer to the origin than MODULUS."""
        return self.x**2 + self.y**2 < MODULUS**2


def solve(samples, seed):
    """Return how many of the first points of a sequence are inside; 4 / samples times that is about pi.

    Args:
        samples: How many points: each takes two numbers of the sequence, x and then y.
        seed: Number before the first one of the sequence, from 1 to MODULUS - 1.
    """
    if not 0 < seed < MODULUS:
        raise ValueError("seed: %d; give a number from 1 to %d" % (seed, MODULUS - 1))
    sequence = _Sequence(seed)
    inside = 0
    for _ in range(samples):
        x = sequence.next()
        y = sequence.next()
        point = _Point(x, y)
        if point.is_inside():
            inside = inside + 1
    return inside
