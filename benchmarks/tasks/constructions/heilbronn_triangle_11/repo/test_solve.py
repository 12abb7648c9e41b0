"""Tests of solve() and of the judge's arithmetic, on small problems."""

from __future__ import annotations

import unittest
from fractions import Fraction

from judge import least_area
from solve import solve


class Solve(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.answer = solve(4)

    def test_shape(self) -> None:
        points = self.answer
        self.assertIs(type(points), list)
        self.assertEqual([len(point) for point in points], [2] * 4)

    def test_points_are_in_general_position(self) -> None:
        points = [[Fraction(str(number)) for number in point] for point in self.answer]
        self.assertGreater(least_area(points), 0)


if __name__ == "__main__":
    unittest.main()
