"""Linear equations: a dense matrix as a product of two triangles, by elimination with row exchanges."""


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
    a = []
    for i in range(n):
        a.append([])
        for j in range(n):
            a[i].append(float(matrix[i][j]))
    order = list(range(n))
    for k in range(n):
        _exchange(a, order, k)
        for i in range(k + 1, n):
            a[i][k] = a[i][k] / a[k][k]
        for i in range(k + 1, n):
            for j in range(k + 1, n):
                a[i][j] = a[i][j] - a[i][k] * a[k][j]
    diagonal = []
    for k in range(n):
        diagonal.append(a[k][k])
    return [order, diagonal, _substituted(a, order, right)]


def _exchange(a, order, k):
    """Bring the row with the largest value in column k to place k."""
    pivot = k
    for i in range(k + 1, len(a)):
        if abs(a[i][k]) > abs(a[pivot][k]):
            pivot = i
    if a[pivot][k] == 0:
        raise ValueError("matrix: singular, no value in column %d can be divided by" % k)
    for j in range(len(a)):
        a[k][j], a[pivot][j] = a[pivot][j], a[k][j]
    order[k], order[pivot] = order[pivot], order[k]


def _substituted(a, order, right):
    """Return the solution, from both triangles in one matrix."""
    n = len(a)
    x = []
    for i in range(n):
        x.append(float(right[order[i]]))
        for j in range(i):
            x[i] = x[i] - a[i][j] * x[j]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            x[i] = x[i] - a[i][j] * x[j]
        x[i] = x[i] / a[i][i]
    return x
