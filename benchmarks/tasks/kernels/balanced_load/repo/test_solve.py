"""Tests of the split: by hand, at the edges, and against all subsets."""

from __future__ import annotations

import random
import unittest
from itertools import product

from solve import solve


def by_subsets(weights: list[int]) -> list[int]:
    """Try every way to load the first van."""
    total = sum(weights)
    loads = {
        sum(w for w, chosen in zip(weights, picks, strict=True) if chosen)
        for picks in product((0, 1), repeat=len(weights))
    }
    lighter = max(load for load in loads if 2 * load <= total)
    return [lighter, total - lighter, len(loads)]


class Split(unittest.TestCase):
    def test_even_split(self) -> None:
        self.assertEqual(solve([3, 1, 1, 2, 2, 1]), [5, 5, 11])

    def test_odd_total(self) -> None:
        self.assertEqual(solve([1, 2]), [1, 2, 4])

    def test_no_parcels(self) -> None:
        self.assertEqual(solve([]), [0, 0, 1])

    def test_one_parcel(self) -> None:
        self.assertEqual(solve([7]), [0, 7, 2])
        self.assertEqual(solve([0]), [0, 0, 1])

    def test_one_weighs_more_than_all_others(self) -> None:
        self.assertEqual(solve([2, 100, 3]), [5, 100, 8])

    def test_equal_weights(self) -> None:
        self.assertEqual(solve([4, 4, 4]), [4, 8, 4])

    def test_parcels_that_weigh_nothing(self) -> None:
        self.assertEqual(solve([0, 5, 0, 5]), [5, 5, 3])

    def test_arguments_stay_as_they_are(self) -> None:
        weights = [3, 1, 2]
        solve(weights)
        self.assertEqual(weights, [3, 1, 2])

    def test_random_parcels(self) -> None:
        rng = random.Random(5)
        for _ in range(120):
            weights = [rng.randint(0, rng.choice([3, 10, 50])) for _ in range(rng.randint(0, 9))]
            self.assertEqual(solve(weights), by_subsets(weights))


if __name__ == "__main__":
    unittest.main()
