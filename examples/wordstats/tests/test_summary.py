"""Tests of tokens, similarity, and the summary as a whole."""

from __future__ import annotations

import os
import unittest
from unittest import mock

from wordstats import chunk_size, render_report, summarise
from wordstats.similarity import closest_documents
from wordstats.tokens import drop_stopwords, split_sentences, tokenize

DOCUMENTS = [
    "The brown fox jumps over the lazy dog. The dog sleeps!",
    "A lazy dog is a happy dog; isn't it?",
    "",
    "Rivers run deep. Rivers run wide. The brown fox drinks.",
]


class TokenTest(unittest.TestCase):
    def test_words_are_lower_case_and_bare(self) -> None:
        self.assertEqual(tokenize("Don't panic, Arthur: 42!"), ["don't", "panic", "arthur"])

    def test_sentences_are_stripped(self) -> None:
        self.assertEqual(split_sentences(" One. Two!  Three?? "), ["One", "Two", "Three"])

    def test_words_without_meaning_are_dropped_in_order(self) -> None:
        self.assertEqual(drop_stopwords(["the", "fox", "and", "the", "fox"]), ["fox", "fox"])


class SimilarityTest(unittest.TestCase):
    def test_finds_the_first_of_the_best_pairs(self) -> None:
        documents = [["a"], ["b", "c"], ["c", "b", "b"], ["b", "c"]]
        self.assertEqual(closest_documents(documents), (1, 2, 2))

    def test_of_fewer_than_two_documents(self) -> None:
        self.assertEqual(closest_documents([["a"]]), (0, 0, 0))


class SummaryTest(unittest.TestCase):
    def test_figures_of_a_small_collection(self) -> None:
        summary = summarise(DOCUMENTS, chunk=2, top=2)
        self.assertEqual((summary.documents, summary.words, summary.different_words), (4, 21, 13))
        self.assertEqual(summary.top_words, [("dog", 4), ("brown", 2)])
        self.assertEqual(summary.top_pairs, [(("brown", "fox"), 2), (("lazy", "dog"), 2)])
        self.assertEqual(summary.closest, (0, 1, 2))

    def test_the_chunk_changes_nothing(self) -> None:
        expected = render_report(summarise(DOCUMENTS, chunk=1))
        for chunk in (2, 3, 4, 100):
            self.assertEqual(render_report(summarise(DOCUMENTS, chunk=chunk)), expected)

    def test_the_report_has_a_line_for_every_entry(self) -> None:
        summary = summarise(DOCUMENTS, chunk=4, top=3)
        self.assertEqual(len(render_report(summary).splitlines()), 4 + 3 + 3)

    def test_the_chunk_is_read_from_the_environment(self) -> None:
        with mock.patch.dict(os.environ, {"WORDSTATS_CHUNK": "7"}):
            self.assertEqual(chunk_size(), 7)


if __name__ == "__main__":
    unittest.main()
