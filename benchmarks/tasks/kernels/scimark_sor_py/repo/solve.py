"""The temperature of a plate: successive over-relaxation on a grid with fixed borders."""


def solve(grid, omega, sweeps):
    """Return the grid after a number of sweeps, as a list of lists of floats.

    Args:
        grid: Rows of numbers, all of the same length; the outermost stay as they are.
        omega: Over-relaxation factor, between 0 and 2.
        sweeps: How often each inner point is updated, row by row, from left to right, in place.

    An update moves a point by `omega` times its distance from the mean of its four neighbours.
    """
    rows = len(grid)
    columns = len(grid[0])
    result = []
    for i in range(rows):
        result.append([])
        for j in range(columns):
            result[i].append(float(grid[i][j]))
    for _ in range(sweeps):
        for i in range(1, rows - 1):
            for j in range(1, columns - 1):
                result[i][j] = result[i][j] + omega * (_mean(_neighbours(result, i, j)) - result[i][j])
    return result


def _neighbours(grid, i, j):
    """Return the values above, below, left and right of an inner point."""
    return [grid[i - 1][j], grid[i + 1][j], grid[i][j - 1], grid[i][j + 1]]


def _mean(values):
    """Return the mean of some values."""
    return sum(values) / len(values)
