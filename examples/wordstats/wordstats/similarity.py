"""Documents that resemble each other."""

from __future__ import annotations


def closest_documents(documents: list[list[str]]) -> tuple[int, int, int]:
    """Return the positions of the two documents that share most words, and how many they share.

    Of several pairs the first one counts; fewer than two documents share nothing: (0, 0, 0).
    """
    best = (0, 0, 0)
    for first in range(len(documents)):
        words = set(documents[first])
        for second in range(first + 1, len(documents)):
            shared = len(words & set(documents[second]))
            if shared > best[2]:
                best = (first, second, shared)
    return best
