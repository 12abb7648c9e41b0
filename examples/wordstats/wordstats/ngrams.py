"""Pairs of neighbouring words, counted batch by batch and merged into one table.

A table is a list of (pair, count) in alphabetical order of the pairs.
"""

from __future__ import annotations

from itertools import pairwise

Pair = tuple[str, str]
Table = list[tuple[Pair, int]]


def pair_table(sentences: list[list[str]]) -> Table:
    """Return the table of all pairs of neighbours; no pair crosses the end of a sentence."""
    counts: dict[Pair, int] = {}
    for words in sentences:
        for pair in pairwise(words):
            counts[pair] = counts.get(pair, 0) + 1
    return sorted(counts.items())


def merge_tables(left: Table, right: Table) -> Table:
    """Return the table of both: pairs of either side, counts added up."""
    merged = list(left)
    position = 0
    for pair, count in right:
        while position < len(merged) and merged[position][0] < pair:
            position += 1
        if position < len(merged) and merged[position][0] == pair:
            merged[position] = (pair, merged[position][1] + count)
        else:
            merged.insert(position, (pair, count))
    return merged
