"""Where a network of weighted links drives a vector: a sparse matrix times a vector, again and again."""

from operator import itemgetter, mul


def solve(starts, columns, values, vector, rounds):
    """Return a vector after a number of rounds, as a list of floats.

    Args:
        starts: Where each row of the matrix starts in `columns` and `values`, and at last their length.
        columns: Column of each entry; a row may name one several times, which adds up.
        values: The entries, row by row.
        vector: Numbers, one for each row.
        rounds: How often the matrix is applied. After each round the vector is divided by its largest
            absolute value, unless that is 0.
    """
    size = len(vector)
    if len(starts) != size + 1:
        raise ValueError("starts: %d numbers; give one more than rows, %d" % (len(starts), size + 1))
    current = list(map(float, vector))
    if not columns:
        return current if rounds < 1 else [0.0] * size
    # One more column than there are entries: of a single one the values would not come as a tuple.
    gather = itemgetter(*columns, 0)
    spans = [slice(first, end) for first, end in zip(starts, starts[1:])]
    factors = list(map(float, values))
    for _ in range(rounds):
        products = list(map(mul, factors, gather(current)))
        current = [sum(products[span], 0.0) for span in spans]
        largest = max(max(current), -min(current))
        if largest > 0:
            current = [value / largest for value in current]
    return current
