"""Prints ten catalogues with orders, one a line: `python inputs.py SEED [SIZE]`. SIZE is of items."""

from __future__ import annotations

import json
import random
import sys

SIZE = 80
STEPS = 1000  # of taking apart, for each item of the catalogue

Catalogue = list[list[list[int]]]


def component(rng: random.Random, low: int, high: int) -> list[int]:
    return [rng.randrange(low, high), rng.choice([1, 1, 2, 3, 4, 8, 12])]


def layered(rng: random.Random, size: int) -> Catalogue:
    """Layers of items, each made of items of the next layer or of the one after it; the last are basic."""
    layers = rng.randint(6, 8)
    borders = [size * layer // layers for layer in range(layers + 1)]
    catalogue: Catalogue = []
    for layer in range(layers):
        for _ in range(borders[layer], borders[layer + 1]):
            if layer == layers - 1:
                catalogue.append([])
                continue
            high = borders[min(layers, layer + rng.choice([2, 2, 2, 3]))]
            catalogue.append([component(rng, borders[layer + 1], high) for _ in range(rng.randint(2, 4))])
    return catalogue


def chain(rng: random.Random, size: int) -> Catalogue:
    """Few things at each level, used twice by the level above, with basic parts at every level."""
    levels = 11
    catalogue: Catalogue = [[] for _ in range(size)]
    for level in range(levels):
        for item in (2 * level, 2 * level + 1):
            below = [2 * level + 2, 2 * level + 3] if level < levels - 1 else []
            for low in below:
                if low < size:
                    catalogue[item].append([low, rng.randint(1, 3)])
            if 2 * levels < size:
                catalogue[item] += [component(rng, 2 * levels, size) for _ in range(rng.randint(0, 2))]
    return [made if item < 2 * levels else [] for item, made in enumerate(catalogue)]


def loose(rng: random.Random, size: int) -> Catalogue:
    """Any item may be used by some of those before it; a third of all are basic."""
    basic = size - max(1, size // 3)
    return [
        [component(rng, item + 1, min(size, item + 2 + size // 4)) for _ in range(rng.randint(2, 4))]
        if item < basic
        else []
        for item in range(size)
    ]


def steps(catalogue: Catalogue) -> list[int]:
    """Return how many calls it takes to take each item apart."""
    counts = [1] * len(catalogue)
    for item in range(len(catalogue) - 1, -1, -1):
        counts[item] += sum(counts[low] for low, _ in catalogue[item])
    return counts


def request(rng: random.Random, kind: int, size: int) -> list[object]:
    """Return the arguments of one call: catalogue, orders."""
    catalogue = (layered, chain, loose, layered, layered)[kind % 5](rng, size)
    counts = steps(catalogue)
    left = STEPS * size
    orders = [[rng.randrange(size), 1]]
    while left > 0:
        # Most orders are of products, which are among the first items; some are of spare parts.
        item = rng.randrange(size if rng.random() < 0.2 else max(1, size // 4))
        orders.append([item, rng.randint(1, 500)])
        left -= counts[item]
    names = list(range(size))
    rng.shuffle(names)
    made: Catalogue = [[] for _ in range(size)]
    for item, parts in enumerate(catalogue):
        made[names[item]] = [[names[low], count] for low, count in parts]
    return [made, [[names[item], count] for item, count in orders]]


def main() -> None:
    rng = random.Random(int(sys.argv[1]))
    size = int(sys.argv[2]) if len(sys.argv) > 2 else SIZE
    kinds = list(range(10))
    rng.shuffle(kinds)
    for kind in kinds:
        print(json.dumps(request(rng, kind, max(12, size))))


if __name__ == "__main__":
    main()
