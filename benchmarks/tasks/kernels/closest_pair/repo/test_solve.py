"""Tests of the closest pair: by hand, at the edges, and against all pairs."""

from __future__ import annotations

import random
import unittest
from itertools import combinations

from solve import solve


def of_all_pairs(points: list[list[int]]) -> list[int]:
    """The least of all pairs, as tuples compare."""
    return list(
        min(
            ((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2, first, second)
            for (first, a), (second, b) in combinations(enumerate(points), 2)
        )
    )


class ClosestPair(unittest.TestCase):
    def test_by_hand(self) -> None:
        self.assertEqual(solve([[0, 0], [10, 10], [3, 4], [11, 12]]), [5, 1, 3])

    def test_no_pair(self) -> None:
        self.assertEqual(solve([]), [-1, -1, -1])
        self.assertEqual(solve([[5, 5]]), [-1, -1, -1])

    def test_two_points(self) -> None:
        self.assertEqual(solve([[1, 1], [-2, 5]]), [25, 0, 1])

    def test_points_that_coincide(self) -> None:
        self.assertEqual(solve([[9, 9], [1, 2], [4, 4], [1, 2], [9, 9]]), [0, 0, 4])
        self.assertEqual(solve([[3, 3]] * 4), [0, 0, 1])

    def test_the_first_of_equally_close_pairs(self) -> None:
        square = [[0, 0], [5, 5], [5, 0], [0, 5]]
        self.assertEqual(solve(square), [25, 0, 2])
        self.assertEqual(solve([[8, 0], [0, 0], [1, 0], [9, 0], [2, 0]]), [1, 0, 3])

    def test_one_column_and_one_row(self) -> None:
        self.assertEqual(solve([[7, 30], [7, 1], [7, 12], [7, 19]]), [49, 2, 3])
        self.assertEqual(solve([[30, 7], [1, 7], [12, 7], [19, 7]]), [49, 2, 3])

    def test_arguments_stay_as_they_are(self) -> None:
        points = [[3, 1], [1, 2], [2, 9]]
        solve(points)
        self.assertEqual(points, [[3, 1], [1, 2], [2, 9]])

    def test_random_points(self) -> None:
        rng = random.Random(3)
        for _ in range(300):
            side = rng.choice([2, 5, 30, 1000])
            points = [[rng.randint(-side, side), rng.randint(-side, side)] for _ in range(rng.randint(2, 30))]
            self.assertEqual(solve(points), of_all_pairs(points))


if __name__ == "__main__":
    unittest.main()
