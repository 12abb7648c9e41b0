"""Tests of solve() and of the judge's arithmetic, on small problems."""

from __future__ import annotations

import unittest

from judge import length
from solve import solve


class Solve(unittest.TestCase):
    def test_shape(self) -> None:
        marks = solve(8)
        self.assertIs(type(marks), list)
        self.assertEqual(len(marks), 8)

    def test_differences_are_different(self) -> None:
        for count in (2, 3, 5, 8):
            # 34 is the shortest for 8 marks, which nothing can beat.
            self.assertGreaterEqual(length(solve(count)), {2: 1, 3: 3, 5: 11, 8: 34}[count])


if __name__ == "__main__":
    unittest.main()
