"""Tests of vocabularies, counts and n-gram tables."""

from __future__ import annotations

import random
import unittest
from collections import Counter

from wordstats.counting import count_words, most_common, vocabulary
from wordstats.ngrams import merge_tables, pair_table


class VocabularyTest(unittest.TestCase):
    def test_keeps_the_order_of_first_appearance(self) -> None:
        self.assertEqual(vocabulary(["b", "a", "b", "c", "a"]), ["b", "a", "c"])

    def test_of_no_words_is_empty(self) -> None:
        self.assertEqual(vocabulary([]), [])

    def test_leaves_its_argument_alone(self) -> None:
        words = ["x", "y", "x"]
        vocabulary(words)
        self.assertEqual(words, ["x", "y", "x"])


class CountTest(unittest.TestCase):
    def test_agrees_with_a_plain_count(self) -> None:
        chance = random.Random(1)
        for size in (0, 1, 2, 50, 300):
            words = [chance.choice("abcdefghij") for _ in range(size)]
            self.assertEqual(count_words(words, vocabulary(words)), dict(Counter(words)))

    def test_counts_the_words_asked_for_in_their_order(self) -> None:
        counts = count_words(["d", "b", "d", "a", "b"], ["b", "d", "x"])
        self.assertEqual(list(counts.items()), [("b", 2), ("d", 2), ("x", 0)])

    def test_ties_go_by_the_alphabet(self) -> None:
        self.assertEqual(most_common({"b": 2, "a": 2, "c": 5}, 2), [("c", 5), ("a", 2)])


class PairTest(unittest.TestCase):
    def test_no_pair_crosses_a_sentence(self) -> None:
        table = pair_table([["a", "b"], ["c"], [], ["a", "b", "a"]])
        self.assertEqual(table, [(("a", "b"), 2), (("b", "a"), 1)])

    def test_merging_equals_counting_at_once(self) -> None:
        chance = random.Random(2)
        for _ in range(40):
            sentences = [[chance.choice("abcd") for _ in range(chance.randrange(6))] for _ in range(8)]
            cut = chance.randrange(9)
            merged = merge_tables(pair_table(sentences[:cut]), pair_table(sentences[cut:]))
            self.assertEqual(merged, pair_table(sentences))

    def test_merging_leaves_both_sides_alone(self) -> None:
        left, right = pair_table([["a", "b"]]), pair_table([["a", "b", "c"]])
        merge_tables(left, right)
        self.assertEqual(left, [(("a", "b"), 1)])
        self.assertEqual(right, [(("a", "b"), 1), (("b", "c"), 1)])


if __name__ == "__main__":
    unittest.main()
