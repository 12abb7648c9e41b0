"""Tests of the summary. Run: python -m unittest -v"""

import random
import statistics
import unittest

from solve import solve


def reference(readings, parts, trim):
    """Return what solve returns, by plain lists."""
    values = sorted(value for value in readings if value is not None)

    def at(part):
        place = part * (len(values) - 1)
        low = int(place)
        high = min(low + 1, len(values) - 1)
        return values[low] * (1 - (place - low)) + values[high] * (place - low)

    cut = int(trim * len(values))
    middle = statistics.median(values)
    return [
        len(readings) - len(values),
        [at(part) for part in parts],
        statistics.fmean(values[cut : len(values) - cut]),
        statistics.median(abs(value - middle) for value in values),
    ]


class SolveTest(unittest.TestCase):
    def test_by_hand(self):
        readings = [5.0, None, 1.0, 2.0, 10.0, None, 4.0]
        self.assertEqual(solve(readings, [0, 0.5, 0.625, 1], 0.2), [2, [1.0, 4.0, 4.5, 10.0], 11 / 3, 2.0])

    def test_even_count(self):
        self.assertEqual(solve([4, 1, 3, 2], [0.5], 0), [0, [2.5], 2.5, 1.0])

    def test_one_reading(self):
        self.assertEqual(solve([None, 7.5], [0.1, 0.9], 0.4), [1, [7.5, 7.5], 7.5, 0.0])

    def test_no_reading(self):
        self.assertEqual(solve([None, None], [0.5], 0.1), [2, [0.0], 0.0, 0.0])
        self.assertEqual(solve([], [], 0.1), [0, [], 0.0, 0.0])

    def test_equal_readings(self):
        self.assertEqual(solve([3.0] * 9, [0.3, 0.8], 0.25), [0, [3.0, 3.0], 3.0, 0.0])

    def test_zero_is_no_missing_reading(self):
        self.assertEqual(solve([0, None, 0.0, -1], [0, 1], 0), [1, [-1.0, 0.0], -1 / 3, 0.0])

    def test_as_the_reference(self):
        rng = random.Random(2)
        for _ in range(40):
            readings = [None if rng.random() < 0.2 else rng.gauss(5, 20) for _ in range(rng.randrange(30))]
            readings.append(1.5)
            rng.shuffle(readings)
            parts = [rng.random() for _ in range(5)]
            trim = rng.uniform(0, 0.45)
            kept = list(readings)
            missing, quantiles, mean, deviation = solve(readings, parts, trim)
            self.assertEqual(readings, kept)
            expected = reference(readings, parts, trim)
            self.assertEqual(missing, expected[0])
            for got, wanted in zip([*quantiles, mean, deviation], [*expected[1], *expected[2:]], strict=True):
                self.assertIs(type(got), float)
                self.assertAlmostEqual(got, wanted, places=9)


if __name__ == "__main__":
    unittest.main()
