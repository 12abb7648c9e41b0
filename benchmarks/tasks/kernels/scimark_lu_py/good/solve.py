"""Linear equations: a dense matrix as a product of two triangles, by elimination with row exchanges."""

from operator import mul


def solve(matrix, right):
    """Return the order of rows, the diagonal, and the solution x of matrix x = right, as three lists.

    Args:
        matrix: n rows of n numbers; it must not be singular.
        right: n numbers.

    In each step the row of the remaining ones with the largest absolute value in the step's column,
    the first of them, changes places with the first remaining row. "Order" has the number of the
    matrix's row at each place after that, "diagonal" the diagonal of the upper triangle.
    """
    n = len(matrix)
    order = list(range(n))
    # Column by column, each from all those before it: a value takes one sum of products. Rows of the
    # lower triangle grow by a value with each column, columns of the upper one with each row, so that
    # the shorter one of a product ends it.
    lower = [[] for _ in range(n)]
    upper = []
    for k in range(n):
        values = [float(matrix[place][k]) for place in order]
        column = []
        for value, row in zip(values[:k], lower):
            column.append(value - sum(map(mul, row, column)))
        rest = [value - sum(map(mul, row, column)) for value, row in zip(values[k:], lower[k:])]
        sizes = list(map(abs, rest))
        pivot = sizes.index(max(sizes))
        divisor = rest[pivot]
        if divisor == 0:
            raise ValueError("matrix: singular, no value in column %d can be divided by" % k)
        if pivot:
            other = k + pivot
            rest[pivot] = rest[0]
            order[k], order[other] = order[other], order[k]
            lower[k], lower[other] = lower[other], lower[k]
        column.append(divisor)
        upper.append(column)
        for row, value in zip(lower[k + 1 :], rest[1:]):
            row.append(value / divisor)
    x = []
    for place, row in zip(order, lower):
        x.append(float(right[place]) - sum(map(mul, row, x)))
    for k in range(n - 1, -1, -1):
        x[k] /= upper[k][k]
        x[:k] = [value - x[k] * factor for value, factor in zip(x[:k], upper[k])]
    return [order, [column[-1] for column in upper], x]
