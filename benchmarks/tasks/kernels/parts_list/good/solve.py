"""Basic parts that orders need."""

from __future__ import annotations


def solve(catalogue: list[list[list[int]]], orders: list[list[int]]) -> list[list[int]]:
    """Return [part, how many] of every basic part that is needed, by rising number of the part.

    Args:
        catalogue: What each item is made of: [item, how many] each, how many >= 1; an item may come
            more than once. Basic parts are made of nothing. No item contains itself.
        orders: [item, how many] each, how many >= 1.
    """
    needed = [0] * len(catalogue)
    for item, count in orders:
        needed[item] += count
    # Whatever contains an item comes before it, so that its number is complete when its turn comes.
    for item in reversed(_components_first(catalogue, [item for item, _ in orders])):
        count = needed[item]
        for component, each in catalogue[item]:
            needed[component] += count * each
    return [[part, count] for part, count in enumerate(needed) if count and not catalogue[part]]


def _components_first(catalogue: list[list[list[int]]], items: list[int]) -> list[int]:
    """Return the items and all that they contain, each once, after its components."""
    order: list[int] = []
    seen = [False] * len(catalogue)
    waiting = [(item, False) for item in items]
    while waiting:
        item, done = waiting.pop()
        if done:
            order.append(item)
        elif not seen[item]:
            seen[item] = True
            waiting.append((item, True))
            waiting.extend([(component, False) for component, _ in catalogue[item] if not seen[component]])
    return order
