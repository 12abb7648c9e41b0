"""One summary of a collection: documents go through in batches, whose results are merged."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from wordstats.counting import count_words, most_common, vocabulary
from wordstats.ngrams import Pair, Table, merge_tables, pair_table
from wordstats.similarity import closest_documents
from wordstats.tokens import drop_stopwords, split_sentences, tokenize


@dataclass(frozen=True)
class Summary:
    """What is known about a collection."""

    documents: int
    words: int  # that carry meaning
    different_words: int
    top_words: list[tuple[str, int]]
    top_pairs: list[tuple[Pair, int]]
    closest: tuple[int, int, int]  # positions of the two most similar documents, words they share


def chunk_size() -> int:
    """Return how many documents go through at once: WORDSTATS_CHUNK, 60 where it isn't set."""
    return max(1, int(os.environ.get("WORDSTATS_CHUNK", "60")))


def summarise(documents: list[str], *, chunk: int, top: int = 20) -> Summary:
    """Return the summary of a collection; `chunk` changes how long it takes, not the result."""
    counts: dict[str, int] = {}
    pairs: Table = []
    contents: list[list[str]] = []
    for batch in _batches(documents, chunk):
        sentences = [tokenize(sentence) for text in batch for sentence in split_sentences(text)]
        pairs = merge_tables(pairs, pair_table(sentences))
        words: list[str] = []
        for text in batch:
            content = drop_stopwords(tokenize(text))
            contents.append(content)
            words.extend(content)
        for word, count in count_words(words, vocabulary(words)).items():
            counts[word] = counts.get(word, 0) + count
    return Summary(
        documents=len(documents),
        words=sum(counts.values()),
        different_words=len(counts),
        top_words=most_common(counts, top),
        top_pairs=sorted(pairs, key=lambda entry: (-entry[1], entry[0]))[:top],
        closest=closest_documents(contents),
    )


def _batches(documents: list[str], chunk: int) -> Iterator[list[str]]:
    for start in range(0, len(documents), chunk):
        yield documents[start : start + chunk]
