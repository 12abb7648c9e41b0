"""Tests of the loudness. Run: python -m unittest -v"""

import random
import unittest

from solve import solve


def reference(samples, echoes, frame):
    """Return what solve returns, sample by sample."""
    heard = [
        sum(echoes[k] * samples[i - k] for k in range(min(i + 1, len(echoes)))) for i in range(len(samples))
    ]
    frames = [heard[i : i + frame] for i in range(0, len(heard), frame)]
    return [sum(x * x for x in part) / len(part) for part in frames], max(abs(x) for x in heard)


class SolveTest(unittest.TestCase):
    def assert_near(self, got, expected):
        self.assertEqual(len(got[0]), len(expected[0]))
        for value, wanted in zip([*got[0], got[1]], [*expected[0], expected[1]], strict=True):
            self.assertIs(type(value), float)
            self.assertAlmostEqual(value, wanted, places=9)

    def test_by_hand(self):
        # heard: 1, 2.5, 0, -3.5, -1.5
        self.assert_near(solve([1, 2, -1, -3, 0], [1, 0.5], 2), [[3.625, 6.125, 2.25], 3.5])

    def test_no_echo(self):
        self.assert_near(solve([3, -4], [1], 2), [[12.5], 4.0])

    def test_nothing(self):
        self.assertEqual(solve([], [1.0], 4), [[], 0.0])
        self.assertEqual(solve([1.0], [], 4), [[], 0.0])

    def test_echoes_longer_than_the_recording(self):
        self.assert_near(solve([1, 0], [1, 2, 3, 4], 1), [[1.0, 4.0], 2.0])

    def test_frame_longer_than_the_recording(self):
        self.assert_near(solve([2, 2], [0.5], 100), [[1.0], 1.0])

    def test_as_the_reference(self):
        rng = random.Random(8)
        for count, length in ((1, 1), (40, 3), (40, 40), (300, 50), (70, 90)):
            samples = [rng.gauss(0, 1) for _ in range(count)]
            echoes = [rng.uniform(-1, 1) for _ in range(length)]
            kept = list(samples), list(echoes)
            self.assert_near(solve(samples, echoes, 32), reference(samples, echoes, 32))
            self.assertEqual((samples, echoes), kept)


if __name__ == "__main__":
    unittest.main()
