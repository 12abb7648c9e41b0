"""Tests of solve() and of the judge's arithmetic, on small problems."""

from __future__ import annotations

import unittest

from judge import size
from solve import solve


class Solve(unittest.TestCase):
    def test_shape(self) -> None:
        points = solve(2)
        self.assertIs(type(points), list)
        self.assertEqual({len(point) for point in points}, {2})

    def test_small_dimensions(self) -> None:
        for dimension, most in ((1, 2), (2, 4), (3, 9)):
            self.assertLessEqual(size([tuple(point) for point in solve(dimension)]), most)


if __name__ == "__main__":
    unittest.main()
