"""Tests of the choice of stops. Run: python -m unittest -v"""

import math
import random
import unittest

from run import build
from solve import next_stop


def table(places):
    """Return the table of distances."""
    return tuple(tuple(round(math.dist(one, other)) for other in places) for one in places)


class NextStopTest(unittest.TestCase):
    def test_one_customer(self):
        self.assertEqual(next_stop(0, (1,), 10, (0, 10), 10, table([(0, 0), (3, 4)])), 1)

    def test_who_does_not_fit_is_for_the_next_round(self):
        distances = table([(0, 0), (3, 4), (6, 8)])
        self.assertEqual(next_stop(1, (2,), 4, (0, 6, 5), 10, distances), 0)

    def test_all_are_served_and_no_vehicle_is_overloaded(self):
        rng = random.Random(8)
        distances = table([(rng.randrange(99), rng.randrange(99)) for _ in range(25)])
        demands = (0, *(rng.randint(1, 30) for _ in range(24)))
        stops = build(demands, 50, distances, next_stop)
        self.assertEqual(sorted(stop for stop in stops if stop), list(range(1, 25)))
        load = 0
        for stop in stops:
            load = load + demands[stop] if stop else 0
            self.assertLessEqual(load, 50)

    def test_customers_at_one_place(self):
        stops = build((0, 5, 5, 5), 10, table([(0, 0)] + [(9, 9)] * 3), next_stop)
        self.assertEqual(stops.count(0), 1)


if __name__ == "__main__":
    unittest.main()
