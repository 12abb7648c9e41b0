"""Tests of the priority's interface. Run: python -m unittest -v"""

import math
import unittest

from run import pack
from solve import priorities


class PrioritiesTest(unittest.TestCase):
    def test_a_number_for_each_room(self):
        for item, rooms, full in ((20, (20, 35, 90, 150), 3), (100, (150,), 0), (1, (1, 2, 150), 1)):
            counts = [0] * 151
            counts[0] = full
            for room in rooms[:-1]:
                counts[room] = 2
            told = priorities(item, rooms, tuple(counts), 150)
            self.assertEqual(len(told), len(rooms))
            self.assertTrue(all(math.isfinite(value) for value in told))

    def test_the_same_question_has_the_same_answer(self):
        counts = tuple([4, 0, 1] + [0] * 7 + [2] + [0] * 90)
        first = list(priorities(2, (2, 10, 100), counts, 100))
        self.assertEqual(list(priorities(2, (2, 10, 100), counts, 100)), first)

    def test_items_are_packed(self):
        items = [60, 50, 40, 50, 100, 1]
        bins = pack(100, iter(items), priorities)
        self.assertEqual(len(bins), len(items))
        for chosen in set(bins):
            held = sum(item for item, place in zip(items, bins, strict=True) if place == chosen)
            self.assertLessEqual(held, 100)


if __name__ == "__main__":
    unittest.main()
