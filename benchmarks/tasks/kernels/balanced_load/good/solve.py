"""Parcels spread over two vans as evenly as can be."""

from __future__ import annotations


def solve(weights: list[int]) -> list[int]:
    """Return [lighter load, heavier load, how many different loads one van could have].

    Args:
        weights: Of the parcels, whole numbers, 0 or more. Each goes into one of the two vans.
    """
    total = sum(weights)
    possible = 1  # bit n: a load of n is possible
    for weight in weights:
        possible |= possible << weight
    up_to_half = possible & ((1 << (total // 2 + 1)) - 1)
    lighter = up_to_half.bit_length() - 1
    return [lighter, total - lighter, possible.bit_count()]
