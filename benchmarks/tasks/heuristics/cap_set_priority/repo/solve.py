"""The priority of a vector for a cap set."""


def priority(vector, dimensions):
    """Return a finite number; vectors with higher ones are taken first, equal ones in lexicographic order.

    Args:
        vector: Digits 0, 1 and 2, a tuple.
        dimensions: How many there are.
    """
    return 0.0
