"""Tests of the powers. Run: python -m unittest -v"""

import copy
import random
import unittest

from solve import solve


def power(base, exponent, modulus):
    """Return a power, multiplication by multiplication."""
    result = 1 % modulus
    for _ in range(exponent):
        result = result * base % modulus
    return result


class SolveTest(unittest.TestCase):
    def test_by_hand(self):
        self.assertEqual(solve([["2", "a", "3e8"], ["3", "4", "7"]]), ["18", "4"])

    def test_nothing(self):
        self.assertEqual(solve([]), [])

    def test_exponent_zero(self):
        self.assertEqual(solve([["5", "0", "9"], ["0", "0", "9"], ["5", "0", "1"]]), ["1", "1", "0"])

    def test_even_modulus(self):
        self.assertEqual(solve([["3", "3", "a"]]), ["7"])

    def test_base_above_the_modulus(self):
        self.assertEqual(solve([["64", "2", "7"]]), ["4"])

    def test_large_fermat(self):
        prime = 2**521 - 1
        self.assertEqual(solve([["abcdef", f"{prime - 1:x}", f"{prime:x}"]]), ["1"])

    def test_as_the_reference(self):
        rng = random.Random(9)
        numbers = [[rng.getrandbits(80), rng.randrange(300), rng.randrange(1, 1 << 70)] for _ in range(30)]
        given = [[f"{number:x}" for number in three] for three in numbers]
        kept = copy.deepcopy(given)
        self.assertEqual(solve(given), [f"{power(*three):x}" for three in numbers])
        self.assertEqual(given, kept)


if __name__ == "__main__":
    unittest.main()
