"""Tests of the product: by hand, at the edges, and against the definition."""

from __future__ import annotations

import random
import unittest

from solve import solve


def by_definition(left: list[int], right: list[int]) -> list[int]:
    """Each coefficient is a sum over the powers that add up to its own."""
    return [
        sum(left[i] * right[power - i] for i in range(len(left)) if 0 <= power - i < len(right))
        for power in range(len(left) + len(right) - 1)
    ]


class Product(unittest.TestCase):
    def test_by_hand(self) -> None:
        self.assertEqual(solve([1, 1], [1, -1]), [1, 0, -1])
        self.assertEqual(solve([1, 2, 3], [4, 5]), [4, 13, 22, 15])

    def test_no_coefficients(self) -> None:
        self.assertEqual(solve([], [1, 2]), [])
        self.assertEqual(solve([1], []), [])
        self.assertEqual(solve([], []), [])

    def test_one_coefficient(self) -> None:
        self.assertEqual(solve([7], [-6]), [-42])
        self.assertEqual(solve([2], [1, 0, -3]), [2, 0, -6])

    def test_zeros_stay(self) -> None:
        self.assertEqual(solve([0, 0], [0, 0, 0]), [0, 0, 0, 0])
        self.assertEqual(solve([1, 0], [1, 0]), [1, 0, 0])

    def test_product_with_zero(self) -> None:
        self.assertEqual(solve([0], [10**20, -(10**20)]), [0, 0])
        self.assertEqual(solve([-5, 10**9], [0, 0]), [0, 0, 0])

    def test_powers_of_two_at_the_border_of_a_byte(self) -> None:
        for size in (126, 127, 128, 255, 256, 32767, 32768):
            for left, right in ((size, 1), (-size, 1), (size, -size), (-size, -size)):
                expected = by_definition([left] * 3, [right] * 2)
                self.assertEqual(solve([left] * 3, [right] * 2), expected)

    def test_large_coefficients(self) -> None:
        self.assertEqual(solve([10**40, -(10**40)], [10**40, 10**40]), [10**80, 0, -(10**80)])

    def test_arguments_stay_as_they_are(self) -> None:
        left, right = [1, 2, 3], [4, 5]
        solve(left, right)
        self.assertEqual((left, right), ([1, 2, 3], [4, 5]))

    def test_random_polynomials(self) -> None:
        rng = random.Random(29)
        for _ in range(150):
            size = rng.choice([1, 9, 1000, 10**12])
            left = [rng.randint(-size, size) for _ in range(rng.randint(1, 40))]
            right = [rng.randint(-size, size) for _ in range(rng.randint(1, 40))]
            self.assertEqual(solve(left, right), by_definition(left, right))


if __name__ == "__main__":
    unittest.main()
