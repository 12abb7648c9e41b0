"""Vocabularies and word counts."""

from __future__ import annotations


def vocabulary(words: list[str]) -> list[str]:
    """Return every different word once, in the order of first appearance."""
    seen: list[str] = []
    for word in words:
        if word not in seen:
            seen.append(word)
    return seen


def count_words(words: list[str], different: list[str]) -> dict[str, int]:
    """Return how often each word of `different` occurs in `words`, in the order of `different`."""
    counts: dict[str, int] = {}
    for word in different:
        counts[word] = words.count(word)
    return counts


def most_common(counts: dict[str, int], size: int) -> list[tuple[str, int]]:
    """Return the `size` most frequent words with their counts; ties in alphabetical order."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ranked[:size]
