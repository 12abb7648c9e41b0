"""Tests of the choice of cities. Run: python -m unittest -v"""

import random
import unittest

from instances import distances_of
from run import build
from solve import next_city


class NextCityTest(unittest.TestCase):
    def test_the_last_city_is_taken(self):
        self.assertEqual(next_city(0, (2,), 0, distances_of([(0, 0), (5, 0), (0, 5)])), 2)

    def test_a_city_that_is_left(self):
        rng = random.Random(5)
        distances = distances_of([(rng.randrange(99), rng.randrange(99)) for _ in range(20)])
        for _ in range(20):
            here, *left = rng.sample(range(20), rng.randint(2, 19))
            chosen = next_city(here, tuple(sorted(left)), here, distances)
            self.assertIs(type(chosen), int)
            self.assertIn(chosen, left)

    def test_cities_at_one_place(self):
        distances = distances_of([(1, 1)] * 5)
        self.assertEqual(sorted(build(distances, next_city)), list(range(5)))

    def test_a_line_is_walked_along(self):
        distances = distances_of([(10 * x, 0) for x in range(12)])
        tour = build(distances, next_city)
        total = sum(distances[a][b] for a, b in zip(tour, tour[1:] + tour[:1], strict=True))
        self.assertEqual(total, 220)


if __name__ == "__main__":
    unittest.main()
