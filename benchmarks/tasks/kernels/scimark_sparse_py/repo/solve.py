"""Where a network of weighted links drives a vector: a sparse matrix times a vector, again and again."""


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
    current = []
    for row in range(size):
        current.append(float(vector[row]))
    for _ in range(rounds):
        product = []
        for row in range(size):
            product.append(0.0)
        for row in range(size):
            for column, value in _entries(starts, columns, values, row):
                product[row] = product[row] + value * current[column]
        current = _scaled(product)
    return current


def _entries(starts, columns, values, row):
    """Return the entries of a row, each as its column and its value."""
    result = []
    for entry in range(starts[row], starts[row + 1]):
        result.append((columns[entry], values[entry]))
    return result


def _scaled(vector):
    """Return a vector divided by its largest absolute value, unless that is 0."""
    largest = 0.0
    for row in range(len(vector)):
        if abs(vector[row]) > largest:
            largest = abs(vector[row])
    result = []
    for row in range(len(vector)):
        if largest > 0:
            result.append(vector[row] / largest)
        else:
            result.append(vector[row])
    return result
