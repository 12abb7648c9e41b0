"""Tests of overlaps: by hand, at the edges, and minute by minute."""

from __future__ import annotations

import random
import unittest

from solve import solve


def by_minutes(bookings: list[list[int]]) -> list[int]:
    """Two bookings overlap if they have a minute in common."""
    minutes = [set(range(start, end)) for start, end in bookings]
    return [sum(bool(mine & other) for other in minutes) - 1 for mine in minutes]


class Overlaps(unittest.TestCase):
    def test_by_hand(self) -> None:
        self.assertEqual(solve([[0, 10], [5, 15], [12, 20], [30, 40]]), [1, 2, 1, 0])

    def test_no_bookings(self) -> None:
        self.assertEqual(solve([]), [])

    def test_one_booking(self) -> None:
        self.assertEqual(solve([[3, 4]]), [0])

    def test_end_to_start_is_no_overlap(self) -> None:
        self.assertEqual(solve([[0, 5], [5, 9], [9, 12]]), [0, 0, 0])

    def test_the_same_time(self) -> None:
        self.assertEqual(solve([[2, 3], [2, 3], [2, 3]]), [2, 2, 2])

    def test_one_within_another(self) -> None:
        self.assertEqual(solve([[0, 1000], [1, 2], [999, 1000]]), [2, 1, 1])

    def test_times_before_zero(self) -> None:
        self.assertEqual(solve([[-20, -5], [-6, 3], [-5, -4]]), [1, 2, 1])

    def test_arguments_stay_as_they_are(self) -> None:
        bookings = [[7, 9], [1, 8]]
        solve(bookings)
        self.assertEqual(bookings, [[7, 9], [1, 8]])

    def test_random_bookings(self) -> None:
        rng = random.Random(13)
        for _ in range(200):
            span = rng.choice([5, 40, 300])
            starts = [rng.randint(-span, span) for _ in range(rng.randint(1, 15))]
            bookings = [[start, start + rng.randint(1, rng.choice([1, 9, span]))] for start in starts]
            self.assertEqual(solve(bookings), by_minutes(bookings))


if __name__ == "__main__":
    unittest.main()
