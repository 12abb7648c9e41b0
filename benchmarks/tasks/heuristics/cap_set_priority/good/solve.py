"""The priority of a vector for a cap set: a product of known ones."""

# Supports of three digits: each two of the six places are in two of the ten blocks, a 2-(6,3,2) design.
BLOCKS = frozenset(frozenset(map(int, block)) for block in "012 013 024 035 045 125 134 145 234 235".split())


def priority(vector, dimensions):
    """Return 1 for vectors of a product of cap sets, 0 for others.

    The first six digits are in the set of 112 vectors: those whose support is a block of the design, and
    those without a zero and with an even number of ones. Further digits are 0 or 1. With fewer than six
    digits, all are.

    Args:
        vector: Digits 0, 1 and 2, a tuple.
        dimensions: How many there are.
    """
    first, rest = (vector[:6], vector[6:]) if dimensions >= 6 else ((), vector)
    return float(2 not in rest and (not first or _in_six(first)))


def _in_six(digits):
    support = frozenset(place for place, digit in enumerate(digits) if digit)
    return support in BLOCKS or (len(support) == 6 and digits.count(1) % 2 == 0)
