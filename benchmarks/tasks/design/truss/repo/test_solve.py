"""Tests of the sections, and of the judge's mechanics on trusses that can be solved by hand."""

from __future__ import annotations

import unittest

from instance import Instance, instance
from judge import YOUNG, volume, work
from solve import solve


class Truss(unittest.TestCase):
    def test_sections(self) -> None:
        for seed in (1, 2):
            truss = instance(seed)
            areas = solve(truss)
            self.assertIs(type(areas), list)
            self.assertEqual(len(areas), len(truss.bars))
            self.assertGreater(min(areas), -1e-300)
            self.assertGreater(work(truss, [float(area) for area in areas]), 0)

    def test_two_bars_by_hand(self) -> None:
        # Two bars at right angles hold a joint; a load along one of them stretches that one alone.
        truss = Instance(((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)), ((0, 1), (1, 2)), (0, 2), ({1: (10.0, 0.0)},))
        self.assertAlmostEqual(work(truss, [2.0, 1.0]), 10.0 * 10.0 * 100 / (YOUNG * 2.0))
        self.assertAlmostEqual(volume(truss, [2.0, 1.0]), 0.3)

    def test_a_mechanism_is_refused(self) -> None:
        truss = Instance(((0.0, 0.0), (1.0, 0.0)), ((0, 1),), (0,), ({1: (0.0, 1.0)},))
        with self.assertRaises(SystemExit):
            work(truss, [1.0])


if __name__ == "__main__":
    unittest.main()
