"""Tests of the keys. Run: python -m unittest -v"""

import hashlib
import struct
import unittest

from solve import solve


def salsa(block):
    """Return the Salsa20/8 core of 16 words."""
    x = list(block)

    def turn(a, b, c, by):
        total = (x[b] + x[c]) & 0xFFFFFFFF
        x[a] ^= (total << by | total >> (32 - by)) & 0xFFFFFFFF

    quarters = [(0, 4, 8, 12), (5, 9, 13, 1), (10, 14, 2, 6), (15, 3, 7, 11)]
    rows = [(0, 1, 2, 3), (5, 6, 7, 4), (10, 11, 8, 9), (15, 12, 13, 14)]
    for _ in range(4):
        for a, b, c, d in quarters + rows:
            turn(b, a, d, 7)
            turn(c, b, a, 9)
            turn(d, c, b, 13)
            turn(a, d, c, 18)
    return [(one + other) & 0xFFFFFFFF for one, other in zip(x, block, strict=True)]


def mix(words):
    """Return a block of 16 lanes after a round."""
    last, out = words[-16:], []
    for start in range(0, len(words), 16):
        last = salsa([one ^ other for one, other in zip(last, words[start : start + 16], strict=True)])
        out.append(last)
    return [word for half in (out[::2], out[1::2]) for lane in half for word in lane]


def reference(password, salt, cost, length):
    """Return what solve returns, by the definition in RFC 7914."""
    first = hashlib.pbkdf2_hmac("sha256", password.encode(), bytes.fromhex(salt), 1, 1024)
    words = list(struct.unpack("<256I", first))
    seen = []
    for _ in range(cost):
        seen.append(words)
        words = mix(words)
    for _ in range(cost):
        other = seen[words[-16] % cost]
        words = mix([a ^ b for a, b in zip(words, other, strict=True)])
    mixed = struct.pack("<256I", *words)
    return hashlib.pbkdf2_hmac("sha256", password.encode(), mixed, 1, length).hex()


class SolveTest(unittest.TestCase):
    def test_as_the_definition(self):
        for given in (["secret", "00ff10", 2, 16], ["", "", 4, 33], ["grün", "ab" * 16, 16, 64]):
            self.assertEqual(solve(*given), reference(*given))

    def test_salt_and_cost_count(self):
        keys = {solve("a", "01", 16, 20), solve("a", "02", 16, 20), solve("a", "01", 32, 20)}
        self.assertEqual(len(keys), 3)

    def test_length(self):
        self.assertEqual(len(solve("a", "01", 16, 21)), 42)

    def test_cost_has_to_be_a_power_of_two(self):
        with self.assertRaises(ValueError):
            solve("a", "01", 12, 20)


if __name__ == "__main__":
    unittest.main()
