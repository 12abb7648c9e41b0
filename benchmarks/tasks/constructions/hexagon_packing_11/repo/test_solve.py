"""Tests of solve() and of the judge's arithmetic, on small problems."""

from __future__ import annotations

import unittest
from fractions import Fraction

from judge import outer_side, upper_bound
from solve import solve


class Solve(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.answer = solve(2)

    def test_shape(self) -> None:
        hexagons = self.answer
        self.assertIs(type(hexagons), list)
        self.assertEqual([len(hexagon) for hexagon in hexagons], [3] * 2)

    def test_two_hexagons(self) -> None:
        rows = [[Fraction(str(number)) for number in hexagon] for hexagon in self.answer]
        side = upper_bound(outer_side(rows))
        self.assertGreater(side, 1.9)
        self.assertLess(side, 3)


if __name__ == "__main__":
    unittest.main()
