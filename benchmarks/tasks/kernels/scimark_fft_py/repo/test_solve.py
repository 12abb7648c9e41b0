import cmath
import math
import random
import unittest

from solve import solve


def by_definition(real, imaginary):
    """The same by sums over all samples, for each frequency and each result."""
    n = len(real)
    weighted = []
    for k in range(n):
        total = sum(complex(real[j], imaginary[j]) * cmath.exp(-2j * math.pi * j * k / n) for j in range(n))
        weighted.append(total / (1 + (8 * min(k, n - k) / n) ** 2))
    result = []
    for j in range(n):
        total = sum(weighted[k] * cmath.exp(2j * math.pi * j * k / n) for k in range(n)) / n
        result += [total.real, total.imag]
    return result


class SolveTest(unittest.TestCase):
    def assert_close(self, found, expected):
        self.assertIs(type(found), list)
        self.assertEqual(len(found), len(expected))
        for a, b in zip(found, expected):
            self.assertIs(type(a), float)
            self.assertAlmostEqual(a, b, delta=1e-9 * max(1.0, abs(b)))

    def test_one_sample_stays(self):
        self.assert_close(solve([3], [-4]), [3, -4])

    def test_two_samples(self):
        # Sum 6 and difference 2; the difference gets the weight 1 / (1 + 4^2).
        self.assert_close(solve([4, 2], [0, 0]), [3 + 1 / 17, 0, 3 - 1 / 17, 0])

    def test_a_constant_stays(self):
        self.assert_close(solve([5] * 16, [-2] * 16), [5, -2] * 16)

    def test_the_highest_frequency_fades(self):
        self.assert_close(solve([17, -17] * 4, [0] * 8), [1, 0, -1, 0] * 4)

    def test_a_turning_signal_keeps_its_phase(self):
        # Frequency 1 of 4, with the weight 1 / (1 + 2^2).
        self.assert_close(solve([5, 0, -5, 0], [0, 5, 0, -5]), [1, 0, 0, 1, -1, 0, 0, -1])

    def test_against_the_definition(self):
        chance = random.Random(11)
        for n in (2, 4, 8, 16, 32, 64):
            real = [chance.randint(-99, 99) for _ in range(n)]
            imaginary = [chance.uniform(-99, 99) for _ in range(n)]
            self.assert_close(solve(real, imaginary), by_definition(real, imaginary))

    def test_arguments_stay_as_they_are(self):
        real, imaginary = [1, 2, 3, 4], [5, 6, 7, 8]
        solve(real, imaginary)
        self.assertEqual((real, imaginary), ([1, 2, 3, 4], [5, 6, 7, 8]))

    def test_wrong_lengths_are_refused(self):
        for real, imaginary in (([], []), ([1, 2, 3], [1, 2, 3]), ([1, 2], [1])):
            with self.assertRaises(ValueError):
                solve(real, imaginary)


if __name__ == "__main__":
    unittest.main()
