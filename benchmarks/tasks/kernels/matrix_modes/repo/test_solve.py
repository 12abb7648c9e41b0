"""Tests of the modes. Run: python -m unittest -v"""

import cmath
import random
import unittest

import numpy as np

from solve import solve


def drawn(seed, parts):
    """Return the couplings as lists."""
    return np.random.default_rng(seed).random((parts, parts)).tolist()


def coefficients(matrix):
    """Return the characteristic polynomial's, highest first (Faddeev and LeVerrier)."""
    parts = range(len(matrix))
    found = [1.0]
    power = [[0.0 for _ in parts] for _ in parts]
    for step in range(1, len(matrix) + 1):
        power = [
            [sum(matrix[i][k] * power[k][j] for k in parts) + found[-1] * (i == j) for j in parts]
            for i in parts
        ]
        trace = sum(matrix[i][k] * power[k][i] for i in parts for k in parts)
        found.append(-trace / step)
    return found


def roots(polynomial):
    """Return all roots of a polynomial, the first coefficient of which is 1 (Durand and Kerner)."""
    found = [(0.4 + 0.9j) ** k for k in range(len(polynomial) - 1)]
    for _ in range(400):
        for index, root in enumerate(found):
            value = 0j
            for coefficient in polynomial:
                value = value * root + coefficient
            for other, rest in enumerate(found):
                if other != index:
                    value /= root - rest
            found[index] = root - value
    return found


class SolveTest(unittest.TestCase):
    def test_one_part(self):
        (modulus,) = solve(3, 1)
        self.assertAlmostEqual(modulus, drawn(3, 1)[0][0], places=14)

    def test_two_parts(self):
        (a, b), (c, d) = drawn(4, 2)
        half, root = (a + d) / 2, cmath.sqrt((a - d) ** 2 / 4 + b * c)
        for got, wanted in zip(solve(4, 2), sorted([abs(half - root), abs(half + root)]), strict=True):
            self.assertAlmostEqual(got, wanted, places=14)

    def test_none(self):
        self.assertEqual(solve(1, 0), [])

    def test_as_the_reference(self):
        rng = random.Random(1)
        for parts in (2, 3, 4, 5, 6):
            seed = rng.getrandbits(32)
            got = solve(seed, parts)
            expected = sorted(abs(root) for root in roots(coefficients(drawn(seed, parts))))
            for value, wanted in zip(got, expected, strict=True):
                self.assertIs(type(value), float)
                self.assertAlmostEqual(value, wanted, places=8)


if __name__ == "__main__":
    unittest.main()
