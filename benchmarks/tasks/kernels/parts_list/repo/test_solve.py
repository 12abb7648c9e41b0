"""Tests of parts lists: by hand, at the edges, and by replacing assemblies one at a time."""

from __future__ import annotations

import random
import unittest

from solve import solve


def by_replacing(catalogue: list[list[list[int]]], orders: list[list[int]]) -> list[list[int]]:
    """Unpack one single item after the other."""
    box = [item for item, count in orders for _ in range(count)]
    parts: list[int] = []
    while box:
        item = box.pop()
        if not catalogue[item]:
            parts.append(item)
        for component, each in catalogue[item]:
            box += [component] * each
    return [[part, parts.count(part)] for part in sorted(set(parts))]


class PartsList(unittest.TestCase):
    def test_by_hand(self) -> None:
        # A cart (0) has two axles (1) and a box (2); an axle has two wheels (3) and a rod (4).
        catalogue = [[[1, 2], [2, 1]], [[3, 2], [4, 1]], [], [], []]
        self.assertEqual(solve(catalogue, [[0, 1]]), [[2, 1], [3, 4], [4, 2]])
        self.assertEqual(solve(catalogue, [[0, 3], [1, 1]]), [[2, 3], [3, 14], [4, 7]])

    def test_no_orders(self) -> None:
        self.assertEqual(solve([[]], []), [])
        self.assertEqual(solve([], []), [])

    def test_order_of_a_basic_part(self) -> None:
        self.assertEqual(solve([[], [[0, 5]]], [[0, 2]]), [[0, 2]])

    def test_the_same_item_twice(self) -> None:
        self.assertEqual(solve([[[1, 2], [1, 3]], []], [[0, 1], [0, 1], [1, 4]]), [[1, 14]])

    def test_shared_assembly(self) -> None:
        catalogue = [[[1, 1], [2, 1]], [[3, 2]], [[3, 3]], [[4, 10]], []]
        self.assertEqual(solve(catalogue, [[0, 2]]), [[4, 100]])

    def test_components_with_lower_numbers(self) -> None:
        self.assertEqual(solve([[], [[0, 2]], [[1, 2], [0, 1]]], [[2, 1]]), [[0, 5]])

    def test_long_numbers(self) -> None:
        catalogue = [[[item + 1, 1000]] for item in range(20)] + [[]]
        self.assertEqual(solve(catalogue, [[0, 7]]), [[20, 7 * 10**60]])

    def test_arguments_stay_as_they_are(self) -> None:
        catalogue, orders = [[[1, 2]], []], [[0, 1]]
        solve(catalogue, orders)
        self.assertEqual((catalogue, orders), ([[[1, 2]], []], [[0, 1]]))

    def test_random_catalogues(self) -> None:
        rng = random.Random(31)
        for _ in range(150):
            size = rng.randint(1, 9)
            names = rng.sample(range(size), size)
            catalogue: list[list[list[int]]] = [[] for _ in range(size)]
            for place in range(size - 1):
                for _ in range(rng.choice([0, 1, 2, 3])):
                    low = rng.randrange(place + 1, size)
                    catalogue[names[place]].append([names[low], rng.randint(1, 2)])
            orders = [[rng.randrange(size), rng.randint(1, 2)] for _ in range(rng.randint(0, 3))]
            self.assertEqual(solve(catalogue, orders), by_replacing(catalogue, orders))


if __name__ == "__main__":
    unittest.main()
