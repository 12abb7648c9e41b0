"""The temperature of a plate: successive over-relaxation on a grid with fixed borders."""


def solve(grid, omega, sweeps):
    """Return the grid after a number of sweeps, as a list of lists of floats.

    Args:
        grid: Rows of numbers, all of the same length; the outermost stay as they are.
        omega: Over-relaxation factor, between 0 and 2.
        sweeps: How often each inner point is updated, row by row, from left to right, in place.

    An update moves a point by `omega` times its distance from the mean of its four neighbours.
    """
    result = [list(map(float, row)) for row in grid]
    if len(result[0]) < 3:
        return result
    quarter = omega / 4
    keep = 1 - omega
    for _ in range(sweeps):
        above = result[0]
        for i in range(1, len(result) - 1):
            row = result[i]
            left = row[0]
            # The border is out of step by one: a row's new values go into a list of their own.
            new = [left]
            new += [
                left := quarter * (up + down + left + right) + keep * here
                for up, down, here, right in zip(above[1:], result[i + 1][1:], row[1:], row[2:])
            ]
            new.append(row[-1])
            result[i] = above = new
    return result
