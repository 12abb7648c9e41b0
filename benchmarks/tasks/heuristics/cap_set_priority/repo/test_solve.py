"""Tests of the priority. Run: python -m unittest -v"""

import itertools
import math
import unittest

from run import grow
from solve import priority
from vectors import number_of, third, vector_of


class PriorityTest(unittest.TestCase):
    def test_a_finite_number_in_every_dimension(self):
        for dimensions in (1, 3, 6, 8):
            for vector in ((0,) * dimensions, (1, 2, 0, 2, 1, 1, 0, 2)[:dimensions]):
                value = priority(vector, dimensions)
                self.assertIsInstance(value, (int, float))
                self.assertTrue(math.isfinite(value))

    def test_the_same_vector_has_the_same_priority(self):
        self.assertEqual(priority((0, 1, 2, 2, 1, 0), 6), priority((0, 1, 2, 2, 1, 0), 6))

    def test_what_grows_has_no_line(self):
        vectors = [vector_of(number, 3) for number in grow(3, priority)]
        for one, other in itertools.combinations(vectors, 2):
            self.assertNotIn(third(one, other), vectors)

    def test_numbers_are_vectors(self):
        self.assertEqual(vector_of(5, 3), (0, 1, 2))
        self.assertEqual(number_of((0, 1, 2)), 5)


if __name__ == "__main__":
    unittest.main()
