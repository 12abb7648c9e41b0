"""Tests of the counter. Run: python -m unittest -v"""

import random
import unittest

from solve import solve


def reference(times, dead):
    """Return what solve returns, pulse by pulse from the counted ones."""
    left = sorted(times)
    counted, hidden = [], []
    while left:
        first = left.pop(0)
        lost = [time for time in left if time - first < dead]
        counted.append(first)
        hidden.append(len(lost))
        left = left[len(lost) :]
    pauses = [time - before for before, time in zip([0, *counted], counted, strict=False)]
    return [counted, hidden, pauses]


class SolveTest(unittest.TestCase):
    def test_by_hand(self):
        self.assertEqual(solve([10, 12, 15, 19, 20, 40], 5), [[10, 15, 20, 40], [1, 1, 0, 0], [10, 5, 5, 20]])

    def test_a_hidden_pulse_does_not_prolong_the_dead_time(self):
        self.assertEqual(solve([0, 4, 8, 12], 6), [[0, 8], [1, 1], [0, 8]])

    def test_order_does_not_matter(self):
        self.assertEqual(solve([9, 1, 5], 4), solve([1, 5, 9], 4))

    def test_none(self):
        self.assertEqual(solve([], 5), [[], [], []])

    def test_one(self):
        self.assertEqual(solve([7], 5), [[7], [0], [7]])

    def test_no_dead_time_counts_all(self):
        self.assertEqual(solve([3, 3, 3, 8], 0), [[3, 3, 3, 8], [0, 0, 0, 0], [3, 0, 0, 5]])

    def test_pulses_at_the_same_time(self):
        self.assertEqual(solve([3, 3, 3], 1), [[3], [2], [3]])

    def test_as_the_reference(self):
        rng = random.Random(11)
        for _ in range(40):
            times = [rng.randrange(300) for _ in range(rng.randrange(60))]
            dead = rng.randrange(12)
            kept = list(times)
            got = solve(times, dead)
            self.assertEqual(got, reference(times, dead))
            self.assertEqual(times, kept)
            self.assertTrue(all(type(value) is int for part in got for value in part))


if __name__ == "__main__":
    unittest.main()
