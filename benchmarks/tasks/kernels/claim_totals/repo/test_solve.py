"""Tests of the years. Run: python -m unittest -v"""

import math
import unittest

import numpy as np

from solve import solve


def reference(seed, shape, years):
    """Return what solve returns, claim by claim."""
    rng = np.random.default_rng(seed)
    return [math.fsum(rng.standard_gamma(shape) for _ in range(16384)) for _ in range(years)]


class SolveTest(unittest.TestCase):
    def test_as_the_reference(self):
        for given in ([1, 2.5, 3], [2**32 - 1, 0.6, 2], [7, 1.0, 1]):
            got = solve(*given)
            self.assertEqual(len(got), given[2])
            for value, wanted in zip(got, reference(*given), strict=True):
                self.assertIs(type(value), float)
                self.assertAlmostEqual(value / wanted, 1.0, places=12)

    def test_no_years(self):
        self.assertEqual(solve(1, 2.0, 0), [])

    def test_mean_of_a_gamma_distribution_is_its_shape(self):
        totals = solve(11, 3.0, 20)
        self.assertAlmostEqual(sum(totals) / 20 / 16384, 3.0, delta=0.02)


if __name__ == "__main__":
    unittest.main()
