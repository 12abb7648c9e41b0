"""Basic parts that orders need."""

from __future__ import annotations


def solve(catalogue: list[list[list[int]]], orders: list[list[int]]) -> list[list[int]]:
    """Return [part, how many] of every basic part that is needed, by rising number of the part.

    Args:
        catalogue: What each item is made of: [item, how many] each, how many >= 1; an item may come
            more than once. Basic parts are made of nothing. No item contains itself.
        orders: [item, how many] each, how many >= 1.
    """
    needed: dict[int, int] = {}
    for item, count in orders:
        _take_apart(catalogue, item, count, needed)
    return [[part, needed[part]] for part in sorted(needed)]


def _take_apart(catalogue: list[list[list[int]]], item: int, count: int, needed: dict[int, int]) -> None:
    if not catalogue[item]:
        needed[item] = needed.get(item, 0) + count
        return
    for component, each in catalogue[item]:
        _take_apart(catalogue, component, count * each, needed)
