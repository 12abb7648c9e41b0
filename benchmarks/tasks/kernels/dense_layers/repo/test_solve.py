"""Tests of the layers. Run: python -m unittest -v"""

import random
import unittest

import numpy as np

from solve import solve


def reference(seed, width, layers):
    """Return what solve returns, by plain lists."""
    rng = np.random.default_rng(seed)
    batch = rng.random((width, width)).tolist()
    weights = [[value - 0.5 for value in row] for row in rng.random((width, width)).tolist()]
    units = range(width)
    for _ in range(layers):
        batch = [[abs(sum(row[i] * weights[i][j] for i in units)) for j in units] for row in batch]
    return [sum(row[j] for row in batch) for j in units]


class SolveTest(unittest.TestCase):
    def test_one_unit(self):
        signal, weight = np.random.default_rng(5).random(2)
        (total,) = solve(5, 1, 2)
        self.assertAlmostEqual(total, signal * (weight - 0.5) ** 2, places=14)

    def test_no_layers(self):
        expected = np.random.default_rng(5).random((3, 3)).sum(axis=0).tolist()
        for got, wanted in zip(solve(5, 3, 0), expected, strict=True):
            self.assertAlmostEqual(got, wanted, places=14)

    def test_as_the_reference(self):
        rng = random.Random(1)
        for _ in range(15):
            given = [rng.getrandbits(32), rng.randrange(1, 14), rng.randrange(1, 5)]
            got = solve(*given)
            self.assertEqual(len(got), given[1])
            for value, wanted in zip(got, reference(*given), strict=True):
                self.assertIs(type(value), float)
                self.assertAlmostEqual(value, wanted, places=10)


if __name__ == "__main__":
    unittest.main()
