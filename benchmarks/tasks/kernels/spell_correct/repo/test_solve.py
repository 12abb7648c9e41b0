"""Tests of corrections: by hand, at the edges, and against a plain recursion."""

from __future__ import annotations

import random
import unittest
from functools import cache

from solve import solve


@cache
def distance(left: str, right: str) -> int:
    """The definition, letter by letter."""
    if not left or not right:
        return len(left) + len(right)
    return min(
        distance(left[1:], right) + 1,
        distance(left, right[1:]) + 1,
        distance(left[1:], right[1:]) + (left[0] != right[0]),
    )


class Corrections(unittest.TestCase):
    def test_known_distances(self) -> None:
        self.assertEqual(solve(["sitting"], ["kitten"]), [["sitting", 3]])
        self.assertEqual(solve(["sunday"], ["saturday"]), [["sunday", 3]])

    def test_the_closest_word(self) -> None:
        self.assertEqual(solve(["house", "mouse", "horse"], ["hause", "morse"]), [["house", 1], ["horse", 1]])

    def test_of_equally_close_words_the_first_by_alphabet(self) -> None:
        self.assertEqual(solve(["cot", "cat", "cut"], ["c"]), [["cat", 2]])
        self.assertEqual(solve(["bat", "at", "a"], ["t"]), [["a", 1]])

    def test_words_that_exist(self) -> None:
        self.assertEqual(solve(["b", "a", "b"], ["b", "a"]), [["b", 0], ["a", 0]])

    def test_nothing_typed(self) -> None:
        self.assertEqual(solve(["a"], []), [])
        self.assertEqual(solve(["abc", "de"], [""]), [["de", 2]])

    def test_empty_word_in_the_list(self) -> None:
        self.assertEqual(solve(["", "xyz"], ["a", "xy", ""]), [["", 1], ["xyz", 1], ["", 0]])

    def test_nothing_in_common(self) -> None:
        self.assertEqual(solve(["xxxx", "yyy"], ["abcd"]), [["xxxx", 4]])

    def test_long_words(self) -> None:
        self.assertEqual(solve(["ab" * 50, "ba" * 50], ["b" + "ab" * 50]), [["ab" * 50, 1]])

    def test_arguments_stay_as_they_are(self) -> None:
        words, typed = ["b", "a"], ["c"]
        solve(words, typed)
        self.assertEqual((words, typed), (["b", "a"], ["c"]))

    def test_random_words(self) -> None:
        rng = random.Random(11)
        for _ in range(150):
            letters = "abcdef"[: rng.randint(1, 6)]
            some = ["".join(rng.choices(letters, k=rng.randint(0, 7))) for _ in range(12)]
            words, typed = some[: rng.randint(1, 9)], some[9:]
            expected = []
            for text in typed:
                length, word = min((distance(text, word), word) for word in words)
                expected.append([word, length])
            self.assertEqual(solve(words, typed), expected)


if __name__ == "__main__":
    unittest.main()
