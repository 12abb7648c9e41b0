"""Tests of the spectrum. Run: python -m unittest -v"""

import random
import unittest

from solve import solve


def reference(channels, threshold, calibration, top, bins):
    """Return what solve returns, pulse by pulse; `top / bins` has to be exact."""
    offset, gain, bend = calibration
    found = [[] for _ in range(bins)]
    outside = 0
    for channel in channels:
        energy = offset + gain * channel + bend * channel * channel
        if channel < threshold or not 0 <= energy < top:
            outside += 1
        else:
            found[int(energy // (top / bins))].append(energy)
    return [
        [len(part) for part in found],
        [sum(part) / len(part) if part else 0.0 for part in found],
        outside,
    ]


class SolveTest(unittest.TestCase):
    def test_by_hand(self):
        # energies: noise, 10, 12, 20, 30 (which is in no bin)
        self.assertEqual(
            solve([6, 8, 10, 18, 28], 8, [2.0, 1.0, 0.0], 30.0, 3),
            [[0, 2, 1], [0.0, 11.0, 20.0], 2],
        )

    def test_bend(self):
        self.assertEqual(solve([2, 4], 0, [0.0, 1.0, 0.5], 16.0, 2), [[1, 1], [4.0, 12.0], 0])

    def test_lower_edge_belongs_to_the_bin(self):
        self.assertEqual(solve([0, 4, 8], 0, [0.0, 1.0, 0.0], 8.0, 2), [[1, 1], [0.0, 4.0], 1])

    def test_negative_energy_is_in_no_bin(self):
        self.assertEqual(solve([1, 3], 0, [-2.0, 1.0, 0.0], 4.0, 1), [[1], [1.0], 1])

    def test_nothing(self):
        self.assertEqual(solve([], 0, [0.0, 1.0, 0.0], 4.0, 2), [[0, 0], [0.0, 0.0], 0])

    def test_all_noise(self):
        self.assertEqual(solve([1, 2], 10, [0.0, 1.0, 0.0], 4.0, 1), [[0], [0.0], 2])

    def test_as_the_reference(self):
        rng = random.Random(4)
        for count in (1, 30, 2500):
            channels = [rng.randrange(1024) for _ in range(count)]
            calibration = [rng.uniform(-5, 5), rng.uniform(0.5, 1.5), rng.uniform(0, 1e-4)]
            given = [channels, 40, calibration, 1024.0, 64]
            kept = list(channels), list(calibration)
            counts, means, outside = solve(*given)
            self.assertEqual((channels, calibration), kept)
            expected = reference(*given)
            self.assertEqual(counts, expected[0])
            self.assertEqual(outside, expected[2])
            for got, wanted in zip(means, expected[1], strict=True):
                self.assertIs(type(got), float)
                self.assertAlmostEqual(got, wanted, places=8)


if __name__ == "__main__":
    unittest.main()
