"""Tests of patterns: by hand, at the edges, and against a table of all prefixes."""

from __future__ import annotations

import random
import unittest

from solve import solve


def by_table(pattern: str, name: str) -> bool:
    """Which prefixes of the name the pattern's prefixes match, one letter of the pattern at a time."""
    fits = [True] + [False] * len(name)
    for letter in pattern:
        if letter == "*":
            fits = [any(fits[: end + 1]) for end in range(len(name) + 1)]
        else:
            fits = [False] + [fits[end] and letter in ("?", name[end]) for end in range(len(name))]
    return fits[-1]


class Patterns(unittest.TestCase):
    def test_by_hand(self) -> None:
        names = ["report.txt", "report.csv", "old_report.txt", "re.txt"]
        self.assertEqual(
            solve(["*.txt", "report.*", "re*t", "?e*.*"], names), [[0, 2, 3], [0, 1], [0, 3], [0, 1, 3]]
        )

    def test_no_patterns_or_names(self) -> None:
        self.assertEqual(solve([], ["a"]), [])
        self.assertEqual(solve(["*", ""], []), [[], []])

    def test_empty_pattern_and_empty_name(self) -> None:
        self.assertEqual(solve(["", "*", "?", "a"], ["", "a"]), [[0], [0, 1], [1], [1]])

    def test_whole_names_only(self) -> None:
        self.assertEqual(solve(["bc", "abc", "ab"], ["abc"]), [[], [0], []])

    def test_stars_in_a_row(self) -> None:
        self.assertEqual(solve(["a**b", "**"], ["ab", "axyb", "a"]), [[0, 1], [0, 1, 2]])

    def test_pieces_do_not_share_letters(self) -> None:
        self.assertEqual(solve(["ab*ba", "*aa*aa"], ["aba", "abba", "aaa", "aaaa"]), [[1], [3]])

    def test_the_first_place_is_not_always_the_end(self) -> None:
        self.assertEqual(solve(["*ab", "*a?c*d"], ["abab", "aacxabcd"]), [[0], [1]])

    def test_other_signs_stand_for_themselves(self) -> None:
        names = ["a.b", "axb", "[a]", "a", "a+", "aa", "(x|y)\n"]
        self.assertEqual(solve(["a.b", "[a]", "a+", "(?|?)?"], names), [[0], [2], [4], [6]])

    def test_arguments_stay_as_they_are(self) -> None:
        patterns, names = ["a*", "?"], ["ab", "b"]
        solve(patterns, names)
        self.assertEqual((patterns, names), (["a*", "?"], ["ab", "b"]))

    def test_random_patterns(self) -> None:
        rng = random.Random(23)
        for _ in range(300):
            names = ["".join(rng.choices("ab", k=rng.randint(0, 9))) for _ in range(6)]
            pattern = "".join(rng.choices("ab?*", k=rng.randint(0, 6)))
            expected = [number for number, name in enumerate(names) if by_table(pattern, name)]
            self.assertEqual(solve([pattern], names), [expected])


if __name__ == "__main__":
    unittest.main()
