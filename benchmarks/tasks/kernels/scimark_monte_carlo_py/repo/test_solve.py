import random
import unittest

from solve import solve

PRIME = 2**31 - 1


def by_powers(samples, seed):
    """The same, each number of the sequence computed by itself."""
    numbers = [seed * pow(48271, k + 1, PRIME) % PRIME for k in range(2 * samples)]
    return sum(x * x + y * y < PRIME * PRIME for x, y in zip(numbers[::2], numbers[1::2]))


class SolveTest(unittest.TestCase):
    def test_no_points(self):
        self.assertEqual(solve(0, 7), 0)

    def test_one_point_inside(self):
        # From 1: x = 48271 and y = 48271^2 - 2147483647 = 182605794, both small.
        self.assertEqual(solve(1, 1), 1)

    def test_one_point_outside(self):
        # From -1: both numbers are near the prime.
        self.assertEqual(solve(1, PRIME - 1), 0)

    def test_result_is_a_plain_number(self):
        self.assertIs(type(solve(10, 3)), int)

    def test_against_powers(self):
        chance = random.Random(3)
        for samples in (1, 2, 3, 10, 101, 400):
            seed = chance.randrange(1, PRIME)
            self.assertEqual(solve(samples, seed), by_powers(samples, seed))

    def test_more_points_go_on_with_the_same_sequence(self):
        counts = [solve(samples, 12345) for samples in range(60)]
        self.assertTrue(all(b - a in (0, 1) for a, b in zip(counts, counts[1:])))

    def test_about_pi(self):
        self.assertAlmostEqual(4 * solve(20000, 99) / 20000, 3.14159, delta=0.05)

    def test_seeds_out_of_range_are_refused(self):
        for seed in (0, -5, PRIME, PRIME + 1):
            with self.assertRaises(ValueError):
                solve(3, seed)


if __name__ == "__main__":
    unittest.main()
