"""Prints ten series with windows, one a line: `python inputs.py SEED [SIZE]`. SIZE is of values."""

from __future__ import annotations

import json
import math
import random
import sys

SIZE = 1800


def noise(rng: random.Random, size: int) -> list[int]:
    return [rng.randint(-(10**6), 10**6) for _ in range(size)]


def wave(rng: random.Random, size: int) -> list[int]:
    """A slow wave under noise, with outliers."""
    period, height = size / rng.uniform(2, 9), rng.randint(500, 5000)
    values = [int(height * math.sin(place / period) + rng.gauss(0, height / 3)) for place in range(size)]
    for _ in range(size // 40):
        values[rng.randrange(size)] *= rng.randint(5, 50)
    return values


def levels(rng: random.Random, size: int) -> list[int]:
    """Few different values: windows are full of ties."""
    some = [rng.randint(0, 999) for _ in range(rng.randint(4, 20))]
    return rng.choices(some, k=size)


def walk(rng: random.Random, size: int) -> list[int]:
    """A random walk."""
    values, level = [], rng.randint(-999, 999)
    for _ in range(size):
        level += rng.randint(-100, 100)
        values.append(level)
    return values


def spikes(rng: random.Random, size: int) -> list[int]:
    """A base line with many values far above it."""
    base = rng.randint(0, 10_000)
    return [
        base + int(rng.paretovariate(0.7)) if rng.random() < 0.6 else base + rng.randint(-9, 9)
        for _ in range(size)
    ]


def main() -> None:
    rng = random.Random(int(sys.argv[1]))
    size = int(sys.argv[2]) if len(sys.argv) > 2 else SIZE
    kinds = [noise, wave, levels, walk, spikes] * 2
    rng.shuffle(kinds)
    for kind in kinds:
        count = max(10, size + rng.randint(-size // 20, size // 20))
        window = max(1, int(count * rng.uniform(0.09, 0.14)))
        print(json.dumps([kind(rng, count), window]))


if __name__ == "__main__":
    main()
