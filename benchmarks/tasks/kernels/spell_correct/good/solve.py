"""Corrections of mistyped words, by edit distance."""

from __future__ import annotations


def solve(words: list[str], typed: list[str]) -> list[list[str | int]]:
    """Return [closest word, distance] for each typed word; of equally close ones the first by alphabet.

    Args:
        words: The words that exist, at least one, in any order.
        typed: What was typed.
    """
    known = set(words)
    ranked = sorted(known)
    by_length: dict[int, list[str]] = {}
    for word in ranked:
        by_length.setdefault(len(word), []).append(word)
    return [[text, 0] if text in known else _closest(text, by_length) for text in typed]


def _closest(text: str, by_length: dict[int, list[str]]) -> list[str | int]:
    """Try words of like length first: a difference in length is the least that a distance can be."""
    size = len(text)
    masks: dict[str, int] = {}
    for place, letter in enumerate(text):
        masks[letter] = masks.get(letter, 0) | 1 << place
    best, chosen = 1 << 60, ""
    for length in sorted(by_length, key=lambda length: abs(length - size)):
        if abs(length - size) > best:
            break
        for word in by_length[length]:
            found = _distance(masks, size, word) if size else length
            if found < best or (found == best and word < chosen):
                best, chosen = found, word
    return [chosen, best]


def _distance(masks: dict[str, int], size: int, word: str) -> int:
    """Return the edit distance to a text, given where each letter stands in it.

    The columns of the table are two integers, of the places where the distance rises and falls.
    Source: Myers, "A fast bit-vector algorithm for approximate string matching", 1999, in the
    variant for whole words.
    """
    full = (1 << size) - 1
    last = 1 << (size - 1)
    up, down, distance = full, 0, size
    where = masks.get
    for letter in word:
        equal = where(letter, 0)
        diagonal = (((equal & up) + up) ^ up) | equal | down
        right_up = down | ~(diagonal | up) & full
        right_down = up & diagonal
        if right_up & last:
            distance += 1
        elif right_down & last:
            distance -= 1
        right_up = right_up << 1 | 1
        up = (right_down << 1 | ~(diagonal | right_up)) & full
        down = right_up & diagonal & full
    return distance
