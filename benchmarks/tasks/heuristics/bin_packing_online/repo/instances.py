"""Sequences of items: instances(seed, split)."""

import random

# Items of a sequence; the ranking has longer ones, which a rule made for the shorter ones doesn't know.
LENGTHS = {"validation": (250, 1000), "test": (500, 3000)}
EACH = 3  # sequences of each kind


def instances(seed, split):
    """Return pairs of capacity and item sizes, all whole numbers.

    Uniform sizes as in E. Falkenauer, "A hybrid grouping genetic algorithm for bin packing", 1996; Weibull
    sizes as in I. Castineiras, M. De Cauwer and B. O'Sullivan, "Weibull-based benchmarks for bin packing",
    2012.
    """
    rng = random.Random(f"{split} {seed}")
    uniform, weibull = LENGTHS[split]
    found = []
    for _ in range(EACH):
        found.append((150, [rng.randint(20, 100) for _ in range(uniform)]))
        found.append((100, [_clipped(rng.weibullvariate(45, 3), 100) for _ in range(weibull)]))
    return found


def _clipped(size, capacity):
    return min(capacity, max(1, round(size)))


def bound(capacity, items):
    """Return a lower bound of the number of bins: L2 of Martello and Toth, "Knapsack Problems", 1990, 8.3."""
    best = 0
    for small in {0, *(item for item in items if 2 * item <= capacity)}:
        alone = sum(item > capacity - small for item in items)
        halves = [item for item in items if capacity < 2 * item and item <= capacity - small]
        rest = sum(item for item in items if small <= item and 2 * item <= capacity)
        missing = rest - (len(halves) * capacity - sum(halves))
        best = max(best, alone + len(halves) + max(0, -(-missing // capacity)))
    return best
