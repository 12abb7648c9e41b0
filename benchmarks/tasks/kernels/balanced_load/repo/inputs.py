"""Prints ten collections of parcels, one a line: `python inputs.py SEED [SIZE]`. SIZE is of parcels."""

from __future__ import annotations

import json
import random
import sys

SIZE = 60
MEAN = 100  # of the weights, in all kinds: the work grows with their sum


def even(rng: random.Random, size: int) -> list[int]:
    return [rng.randint(1, 2 * MEAN) for _ in range(size)]


def multiples(rng: random.Random, size: int) -> list[int]:
    """A common divisor, and now and then a weight that breaks it."""
    step = rng.choice([2, 3, 4, 6, 7])
    weights = [step * rng.randint(1, 2 * MEAN // step) for _ in range(size)]
    return weights + [rng.randint(1, step) for _ in range(rng.randint(0, 2))]


def heavy(rng: random.Random, size: int) -> list[int]:
    """One parcel weighs more than all others."""
    weights = [rng.randint(1, MEAN) for _ in range(size - 1)]
    weights.insert(rng.randrange(size), sum(weights) + rng.randint(1, 5 * MEAN))
    return weights


def few_kinds(rng: random.Random, size: int) -> list[int]:
    """Many parcels of the same weight."""
    kinds = [rng.randint(MEAN // 3, 2 * MEAN) for _ in range(rng.randint(2, 5))]
    return rng.choices(kinds, k=size)


def skewed(rng: random.Random, size: int) -> list[int]:
    """Mostly light ones and a few heavy ones; some weigh nothing."""
    weights = [int(rng.expovariate(1 / (1.2 * MEAN))) for _ in range(size - 2)]
    weights += [0, 0][: rng.randint(0, 2)]
    rng.shuffle(weights)
    return weights


def main() -> None:
    rng = random.Random(int(sys.argv[1]))
    size = int(sys.argv[2]) if len(sys.argv) > 2 else SIZE
    kinds = [even, multiples, heavy, few_kinds, skewed] * 2
    rng.shuffle(kinds)
    for kind in kinds:
        count = max(4, size + rng.randint(-size // 10, size // 10))
        print(json.dumps([kind(rng, count)]))


if __name__ == "__main__":
    main()
