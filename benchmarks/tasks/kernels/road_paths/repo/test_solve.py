"""Tests of travel times: by hand, at the edges, and against every round of relaxation."""

from __future__ import annotations

import random
import unittest

from solve import solve


def by_rounds(places: int, roads: list[list[int]], start: int) -> list[int]:
    """Relax all roads as often as there are places."""
    far = 10**9
    times = [far] * places
    times[start] = 0
    for _ in range(places):
        for a, b, minutes in roads:
            times[b] = min(times[b], times[a] + minutes)
            times[a] = min(times[a], times[b] + minutes)
    return [time if time < far else -1 for time in times]


class TravelTimes(unittest.TestCase):
    def test_detour_is_faster(self) -> None:
        self.assertEqual(solve(3, [[0, 1, 10], [0, 2, 3], [2, 1, 4]], 0), [0, 7, 3])

    def test_roads_go_both_ways(self) -> None:
        self.assertEqual(solve(3, [[0, 1, 2], [1, 2, 5]], 2), [7, 5, 0])

    def test_one_place(self) -> None:
        self.assertEqual(solve(1, [], 0), [0])
        self.assertEqual(solve(1, [[0, 0, 4]], 0), [0])

    def test_places_that_no_road_leads_to(self) -> None:
        self.assertEqual(solve(4, [[0, 1, 1], [2, 3, 1]], 3), [-1, -1, 1, 0])

    def test_the_best_of_several_roads_counts(self) -> None:
        self.assertEqual(solve(2, [[0, 1, 9], [1, 0, 4], [0, 1, 6]], 0), [0, 4])

    def test_roads_of_no_length(self) -> None:
        self.assertEqual(solve(3, [[0, 1, 0], [1, 2, 0]], 0), [0, 0, 0])

    def test_arguments_stay_as_they_are(self) -> None:
        roads = [[0, 1, 2], [1, 2, 5]]
        solve(3, roads, 0)
        self.assertEqual(roads, [[0, 1, 2], [1, 2, 5]])

    def test_random_networks(self) -> None:
        rng = random.Random(7)
        for _ in range(200):
            places = rng.randint(1, 12)
            roads = [
                [rng.randrange(places), rng.randrange(places), rng.randint(0, 9)]
                for _ in range(rng.randint(0, 2 * places))
            ]
            start = rng.randrange(places)
            self.assertEqual(solve(places, roads, start), by_rounds(places, roads, start))


if __name__ == "__main__":
    unittest.main()
