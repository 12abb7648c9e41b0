"""Tests of the packer. Run: python -m unittest -v"""

import hashlib
import random
import unittest
import zlib

from solve import solve


def reference(bases):
    """Return what solve returns, packed piece by piece."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(letter.encode("ascii")) for letter in bases) + packer.flush()
    assert zlib.decompress(packed).decode("ascii") == bases
    return [len(packed), hashlib.sha256(packed).hexdigest()]


class SolveTest(unittest.TestCase):
    def test_nothing(self):
        self.assertEqual(solve(""), [8, hashlib.sha256(bytes.fromhex("78da030000000001")).hexdigest()])

    def test_repeats_take_no_room(self):
        self.assertLess(solve("ACGT" * 1000)[0], 50)

    def test_as_the_reference(self):
        rng = random.Random(1)
        for count in (1, 2, 50, 3000):
            bases = "".join(rng.choices("ACGT", k=count))
            self.assertEqual(solve(bases), reference(bases))

    def test_other_letters_are_refused(self):
        with self.assertRaises(UnicodeEncodeError):
            solve("ACGÜ")


if __name__ == "__main__":
    unittest.main()
