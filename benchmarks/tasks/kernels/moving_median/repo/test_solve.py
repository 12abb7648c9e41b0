"""Tests of the moving median: by hand, at the edges, and against its definition."""

from __future__ import annotations

import random
import unittest

from solve import solve


def by_definition(values: list[int], window: int) -> list[int]:
    """The least value of a window that half of it does not exceed."""
    medians = []
    for start in range(len(values) - window + 1):
        part = values[start : start + window]
        enough = [value for value in part if 2 * sum(other <= value for other in part) >= window]
        medians.append(min(enough))
    return medians


class MovingMedian(unittest.TestCase):
    def test_odd_window(self) -> None:
        self.assertEqual(solve([5, 1, 9, 2, 7], 3), [5, 2, 7])

    def test_even_window_takes_the_lower_one(self) -> None:
        self.assertEqual(solve([4, 8, 6, 2], 2), [4, 6, 2])
        self.assertEqual(solve([4, 8, 6, 2], 4), [4])

    def test_window_of_one(self) -> None:
        self.assertEqual(solve([3, -1, 2], 1), [3, -1, 2])

    def test_window_as_long_as_the_series(self) -> None:
        self.assertEqual(solve([9, 3, 5], 3), [5])

    def test_series_that_is_too_short(self) -> None:
        self.assertEqual(solve([], 1), [])
        self.assertEqual(solve([1, 2], 3), [])

    def test_ties(self) -> None:
        self.assertEqual(solve([2, 2, 1, 2, 1, 1], 3), [2, 2, 1, 1])
        self.assertEqual(solve([0, 0, 0, 0], 2), [0, 0, 0])

    def test_arguments_stay_as_they_are(self) -> None:
        values = [3, 1, 2, 0]
        solve(values, 2)
        self.assertEqual(values, [3, 1, 2, 0])

    def test_random_series(self) -> None:
        rng = random.Random(17)
        for _ in range(200):
            spread = rng.choice([1, 4, 1000])
            values = [rng.randint(-spread, spread) for _ in range(rng.randint(0, 25))]
            window = rng.randint(1, 12)
            self.assertEqual(solve(values, window), by_definition(values, window))


if __name__ == "__main__":
    unittest.main()
