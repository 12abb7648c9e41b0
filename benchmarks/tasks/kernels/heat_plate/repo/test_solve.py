"""Tests of the heat plate. Run: python -m unittest -v"""

import copy
import random
import unittest

from solve import solve


def reference(rows, columns, steps, rate, sources):
    """Return what solve returns, by plain lists."""
    plate = [[0.0] * columns for _ in range(rows)]
    for row, column, temperature in sources:
        if 0 < row < rows - 1 and 0 < column < columns - 1:
            plate[row][column] += temperature
    for _ in range(steps):
        old = [list(line) for line in plate]
        for i in range(1, rows - 1):
            for j in range(1, columns - 1):
                flow = old[i - 1][j] + old[i + 1][j] + old[i][j - 1] + old[i][j + 1] - 4 * old[i][j]
                plate[i][j] = old[i][j] + rate * flow
    every = [value for line in plate for value in line]
    return [sum(line) / columns for line in plate], max(every), sum(every)


class SolveTest(unittest.TestCase):
    def test_one_hot_cell(self):
        means, hottest, total = solve(5, 5, 1, 0.125, [[2, 2, 80.0]])
        self.assertEqual(means, [0.0, 2.0, 12.0, 2.0, 0.0])
        self.assertEqual(hottest, 40.0)
        self.assertEqual(total, 80.0)

    def test_no_steps(self):
        self.assertEqual(solve(3, 4, 0, 0.1, [[1, 1, 3.0], [1, 1, 5.0]]), [[0.0, 2.0, 0.0], 8.0, 8.0])

    def test_sources_on_the_border_have_no_effect(self):
        self.assertEqual(solve(3, 3, 4, 0.2, [[0, 1, 50.0], [2, 2, 50.0]]), [[0.0] * 3, 0.0, 0.0])

    def test_plate_of_border_alone(self):
        self.assertEqual(solve(2, 2, 3, 0.2, []), [[0.0, 0.0], 0.0, 0.0])

    def test_heat_leaves_by_the_border(self):
        self.assertEqual(solve(3, 3, 2, 0.25, [[1, 1, 64.0]]), [[0.0] * 3, 0.0, 0.0])

    def test_as_the_reference(self):
        rng = random.Random(5)
        for _ in range(10):
            rows, columns = rng.randrange(3, 9), rng.randrange(3, 9)
            sources = [[rng.randrange(rows), rng.randrange(columns), rng.uniform(1, 99)] for _ in range(8)]
            given = [rows, columns, rng.randrange(7), rng.uniform(0.01, 0.25), sources]
            kept = copy.deepcopy(given)
            means, hottest, total = solve(*given)
            self.assertEqual(given, kept)
            expected = reference(*given)
            self.assertEqual(len(means), rows)
            for got, wanted in zip([*means, hottest, total], [*expected[0], *expected[1:]], strict=True):
                self.assertIs(type(got), float)
                self.assertAlmostEqual(got, wanted, places=9)


if __name__ == "__main__":
    unittest.main()
