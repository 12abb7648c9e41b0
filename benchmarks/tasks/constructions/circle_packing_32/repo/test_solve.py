"""Tests of solve() and of the judge's arithmetic, on small problems."""

from __future__ import annotations

import unittest
from fractions import Fraction

from judge import sum_of_radii
from solve import solve


class Solve(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.answer = solve(5)

    def test_shape(self) -> None:
        circles = self.answer
        self.assertIs(type(circles), list)
        self.assertEqual([len(circle) for circle in circles], [3] * 5)

    def test_value_is_exact(self) -> None:
        circles = [[Fraction(str(number)) for number in circle] for circle in self.answer]
        self.assertEqual(sum_of_radii(circles), sum(circle[2] for circle in circles))

    def test_overlap_is_refused(self) -> None:
        third = Fraction(1, 3)
        with self.assertRaises(SystemExit):
            sum_of_radii([[third, third, third], [2 * third, third, third]])


if __name__ == "__main__":
    unittest.main()
