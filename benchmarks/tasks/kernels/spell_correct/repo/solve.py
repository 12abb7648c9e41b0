"""Corrections of mistyped words, by edit distance."""

from __future__ import annotations


def solve(words: list[str], typed: list[str]) -> list[list[str | int]]:
    """Return [closest word, distance] for each typed word; of equally close ones the first by alphabet.

    Args:
        words: The words that exist, at least one, in any order.
        typed: What was typed.
    """
    corrections: list[list[str | int]] = []
    for text in typed:
        best = None
        for word in words:
            found = (_distance(text, word), word)
            if best is None or found < best:
                best = found
        assert best is not None
        corrections.append([best[1], best[0]])
    return corrections


def _distance(left: str, right: str) -> int:
    """Return how many letters must be inserted, deleted or replaced to get from one word to the other."""
    table = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i in range(len(left) + 1):
        table[i][0] = i
    for j in range(len(right) + 1):
        table[0][j] = j
    for i in range(1, len(left) + 1):
        for j in range(1, len(right) + 1):
            replaced = table[i - 1][j - 1]
            if left[i - 1] != right[j - 1]:
                replaced += 1
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, replaced)
    return table[len(left)][len(right)]
