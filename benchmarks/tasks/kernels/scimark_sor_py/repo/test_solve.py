import random
import unittest
from fractions import Fraction

from solve import solve


def exactly(grid, omega, sweeps):
    """The same with fractions, from a table of points."""
    points = {(i, j): Fraction(value) for i, row in enumerate(grid) for j, value in enumerate(row)}
    inner = [(i, j) for i in range(1, len(grid) - 1) for j in range(1, len(grid[0]) - 1)]
    for _ in range(sweeps):
        for i, j in inner:
            around = points[i - 1, j] + points[i + 1, j] + points[i, j - 1] + points[i, j + 1]
            points[i, j] += Fraction(omega) * (around / 4 - points[i, j])
    return [[float(points[i, j]) for j in range(len(grid[0]))] for i in range(len(grid))]


class SolveTest(unittest.TestCase):
    def assert_close(self, found, expected):
        self.assertEqual([len(row) for row in found], [len(row) for row in expected])
        for row, wanted in zip(found, expected):
            self.assertIs(type(row), list)
            for a, b in zip(row, wanted):
                self.assertIs(type(a), float)
                self.assertAlmostEqual(a, b, delta=1e-9 * max(1.0, abs(b)))

    def test_one_inner_point_goes_to_the_mean(self):
        self.assert_close(
            solve([[9, 1, 9], [2, 0, 3], [9, 4, 9]], 1.0, 1), [[9, 1, 9], [2, 2.5, 3], [9, 4, 9]]
        )

    def test_one_inner_point_goes_beyond_the_mean(self):
        self.assert_close(solve([[0, 4, 0], [4, 2, 4], [0, 4, 0]], 1.5, 1), [[0, 4, 0], [4, 5, 4], [0, 4, 0]])
        self.assert_close(
            solve([[0, 4, 0], [4, 2, 4], [0, 4, 0]], 1.5, 2), [[0, 4, 0], [4, 3.5, 4], [0, 4, 0]]
        )

    def test_a_point_sees_its_new_left_neighbour(self):
        self.assert_close(solve([[8] * 4, [8, 0, 0, 8], [8] * 4], 1.0, 1), [[8] * 4, [8, 6, 7.5, 8], [8] * 4])

    def test_a_point_sees_its_new_upper_neighbour(self):
        grid = [[8, 8, 8], [8, 0, 8], [8, 0, 8], [8, 8, 8]]
        self.assert_close(solve(grid, 1.0, 1), [[8, 8, 8], [8, 6, 8], [8, 7.5, 8], [8, 8, 8]])

    def test_no_sweep_changes_nothing(self):
        self.assert_close(solve([[1, 2, 3]] * 3, 1.5, 0), [[1, 2, 3]] * 3)

    def test_grids_without_inner_points(self):
        for grid in (
            [[1]],
            [[1, 2], [3, 4]],
            [[1, 2, 3], [4, 5, 6]],
            [[1], [2], [3]],
            [[1, 2], [3, 4], [5, 6]],
        ):
            self.assert_close(solve(grid, 1.25, 3), grid)

    def test_against_fractions(self):
        chance = random.Random(5)
        for rows, columns in ((3, 5), (4, 4), (6, 3), (5, 7)):
            grid = [[chance.randint(-50, 50) for _ in range(columns)] for _ in range(rows)]
            for omega in (0.75, 1.0, 1.25):
                self.assert_close(solve(grid, omega, 4), exactly(grid, omega, 4))

    def test_many_sweeps_balance_all_points(self):
        found = solve([[10] * 8] + [[10] + [0] * 6 + [10] for _ in range(6)] + [[10] * 8], 1.5, 200)
        self.assert_close(found, [[10] * 8] * 8)

    def test_arguments_stay_as_they_are(self):
        grid = [[8, 8, 8], [8, 0, 8], [8, 8, 8]]
        solve(grid, 1.25, 2)
        self.assertEqual(grid, [[8, 8, 8], [8, 0, 8], [8, 8, 8]])


if __name__ == "__main__":
    unittest.main()
