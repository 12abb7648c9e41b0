"""Tests of solve() and of the judge's arithmetic, on small problems."""

from __future__ import annotations

import unittest

from judge import reach
from solve import solve


class Solve(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.answer = solve()

    def test_shape(self) -> None:
        marks = self.answer
        self.assertIs(type(marks), list)
        self.assertLessEqual(len(marks), 2000)

    def test_one_is_a_difference(self) -> None:
        self.assertGreaterEqual(reach([int(mark) for mark in self.answer]), 1)

    def test_reach_by_hand(self) -> None:
        self.assertEqual(reach([0, 1, 4, 6]), 6)
        self.assertEqual(reach([0, 1, 4, 7]), 1)


if __name__ == "__main__":
    unittest.main()
