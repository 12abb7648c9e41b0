"""Tests of the shape, and of the model of speed on a shape that can be counted by hand."""

from __future__ import annotations

import unittest

from judge import SPACE, cycles, parameters
from solve import solve


class Shape(unittest.TestCase):
    def test_it_is_in_the_space(self) -> None:
        shape = solve()
        self.assertIs(type(shape), dict)
        self.assertEqual(set(shape), set(SPACE))
        for name, value in shape.items():
            self.assertIn(value, SPACE[name])

    def test_parameters_by_hand(self) -> None:
        shape = {"layers": 4, "heads": 4, "head_size": 32, "ffn": 512, "batch": 1}
        self.assertEqual(parameters(shape), 32_000 * 128 + 4 * (4 * 128 * 128 + 2 * 128 * 512))

    def test_a_tile_costs_as_much_as_a_part_of_it(self) -> None:
        self.assertEqual(cycles(2560, 1280, 640), cycles(2559, 1279, 639))


if __name__ == "__main__":
    unittest.main()
