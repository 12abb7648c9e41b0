"""Tests of solve() and of the judge's arithmetic, on small problems."""

from __future__ import annotations

import unittest
from fractions import Fraction

from judge import squared_ratio
from solve import solve


class Solve(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.answer = solve(4)

    def test_shape(self) -> None:
        points = self.answer
        self.assertIs(type(points), list)
        self.assertEqual([len(point) for point in points], [2] * 4)

    def test_four_points(self) -> None:
        points = [[Fraction(str(number)) for number in point] for point in self.answer]
        # A square has 2, and no four points have less.
        self.assertLess(abs(squared_ratio(points) - 2), 1e-6)


if __name__ == "__main__":
    unittest.main()
