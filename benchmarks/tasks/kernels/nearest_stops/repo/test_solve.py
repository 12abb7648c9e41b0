"""Tests of the nearest stops. Run: python -m unittest -v"""

import copy
import math
import random
import unittest

from solve import solve


def reference(houses, stops, count):
    """Return the distances, house by house."""
    return [sorted(math.dist(house, stop) for stop in stops)[:count] for house in houses]


class SolveTest(unittest.TestCase):
    def test_by_hand(self):
        distances, mean = solve([[0, 0], [3, 0]], [[3, 4], [0, 1], [8, 12]], 2)
        self.assertEqual(distances[0], [1.0, 5.0])
        self.assertAlmostEqual(distances[1][0], math.sqrt(10))
        self.assertEqual(distances[1][1], 4.0)
        self.assertAlmostEqual(mean, (1 + math.sqrt(10)) / 2)

    def test_fewer_stops_than_asked_for(self):
        self.assertEqual(solve([[0, 0]], [[0, 2], [1, 0]], 9), [[[1.0, 2.0]], 1.0])

    def test_one_stop_is_a_list_too(self):
        self.assertEqual(solve([[0, 0], [0, 5]], [[0, 2]], 1), [[[2.0], [3.0]], 2.5])

    def test_a_stop_at_the_door_and_two_at_a_place(self):
        self.assertEqual(solve([[1, 1]], [[1, 1], [1, 3], [1, 3]], 3), [[[0.0, 2.0, 2.0]], 0.0])

    def test_nothing(self):
        self.assertEqual(solve([], [[1, 1]], 2), [[], 0.0])
        self.assertEqual(solve([[1, 1]], [], 2), [[[]], 0.0])
        self.assertEqual(solve([[1, 1]], [[1, 1]], 0), [[[]], 0.0])

    def test_as_the_reference(self):
        rng = random.Random(3)
        for houses_count in (1, 7, 150):
            houses = [[rng.uniform(0, 9), rng.uniform(0, 9)] for _ in range(houses_count)]
            stops = [[rng.uniform(0, 9), rng.uniform(0, 9)] for _ in range(40)]
            kept = copy.deepcopy((houses, stops))
            distances, mean = solve(houses, stops, 4)
            self.assertEqual((houses, stops), kept)
            expected = reference(houses, stops, 4)
            self.assertEqual(len(distances), houses_count)
            for got, wanted in zip(distances, expected, strict=True):
                self.assertEqual(len(got), 4)
                for value, right in zip(got, wanted, strict=True):
                    self.assertIs(type(value), float)
                    self.assertAlmostEqual(value, right, places=12)
            self.assertAlmostEqual(mean, sum(row[0] for row in expected) / houses_count, places=12)


if __name__ == "__main__":
    unittest.main()
