"""Tests of the ranks. Run: python -m unittest -v"""

import random
import unittest

import numpy as np

from solve import solve


def reference(seed, films, factors, damping, steps):
    """Return the ranks, by plain lists."""
    rng = np.random.default_rng(seed)
    tastes = rng.random((films, factors)).tolist()
    weights = rng.random((factors, factors)).tolist()
    traits = rng.random((films, factors)).tolist()
    likeness = [
        [
            sum(one[i] * weights[i][j] * other[j] for i in range(factors) for j in range(factors))
            for other in traits
        ]
        for one in tastes
    ]
    ranks = [1 / films] * films
    for _ in range(steps):
        flow = [sum(a * b for a, b in zip(row, ranks, strict=True)) for row in likeness]
        total = sum(flow)
        ranks = [damping * value / total + (1 - damping) / films for value in flow]
    return ranks


class SolveTest(unittest.TestCase):
    def test_one_film_has_it_all(self):
        (rank,) = solve(1, 1, 3, 0.8, 5)
        self.assertAlmostEqual(rank, 1.0, places=12)

    def test_no_steps(self):
        self.assertEqual(solve(1, 4, 2, 0.8, 0), [0.25] * 4)

    def test_without_damping_all_are_equal(self):
        for rank in solve(9, 8, 3, 0.0, 3):
            self.assertAlmostEqual(rank, 0.125, places=12)

    def test_sum(self):
        self.assertAlmostEqual(sum(solve(4, 50, 5, 0.9, 10)), 1.0, places=12)

    def test_one_factor_ranks_by_taste(self):
        tastes = np.random.default_rng(3).random((6, 1))[:, 0]
        for got, wanted in zip(solve(3, 6, 1, 1.0, 2), tastes / tastes.sum(), strict=True):
            self.assertAlmostEqual(got, wanted, places=12)

    def test_as_the_reference(self):
        rng = random.Random(6)
        for _ in range(12):
            given = [
                rng.getrandbits(32),
                rng.randrange(1, 12),
                rng.randrange(1, 5),
                rng.random(),
                rng.randrange(6),
            ]
            got = solve(*given)
            self.assertEqual(len(got), given[1])
            for value, wanted in zip(got, reference(*given), strict=True):
                self.assertIs(type(value), float)
                self.assertAlmostEqual(value, wanted, places=12)


if __name__ == "__main__":
    unittest.main()
