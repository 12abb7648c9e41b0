"""Parcels spread over two vans as evenly as can be."""

from __future__ import annotations


def solve(weights: list[int]) -> list[int]:
    """Return [lighter load, heavier load, how many different loads one van could have].

    Args:
        weights: Of the parcels, whole numbers, 0 or more. Each goes into one of the two vans.
    """
    total = sum(weights)
    possible = [False] * (total + 1)
    possible[0] = True
    for weight in weights:
        # From above, so that no parcel is loaded twice.
        for load in range(total, weight - 1, -1):
            if possible[load - weight]:
                possible[load] = True
    lighter = 0
    count = 0
    for load in range(total + 1):
        if possible[load]:
            count += 1
            if 2 * load <= total:
                lighter = load
    return [lighter, total - lighter, count]
