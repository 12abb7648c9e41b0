"""Prints ten lists of bookings, one a line: `python inputs.py SEED [SIZE]`. SIZE is of bookings."""

from __future__ import annotations

import json
import random
import sys

SIZE = 1200

Bookings = list[list[int]]


def short(rng: random.Random, size: int) -> Bookings:
    """Short bookings all over a time."""
    longest = rng.choice([20, 100, 400])
    return [[start, start + rng.randint(1, longest)] for start in rng.choices(range(20_000), k=size)]


def rush(rng: random.Random, size: int) -> Bookings:
    """Most bookings at a few busy times."""
    busy = [rng.randrange(20_000) for _ in range(rng.randint(3, 9))]
    bookings = []
    for _ in range(size):
        start = int(rng.gauss(rng.choice(busy), 900)) if rng.random() < 0.7 else rng.randrange(20_000)
        bookings.append([start, start + int(rng.expovariate(1 / 120)) + 1])
    return bookings


def mixed(rng: random.Random, size: int) -> Bookings:
    """Short ones, and a few that take up much of the time."""
    bookings = []
    for _ in range(size):
        start = rng.randrange(10_000)
        length = rng.randint(1, 4000) if rng.random() < 0.05 else rng.randint(1, 60)
        bookings.append([start, start + length])
    return bookings


def hours(rng: random.Random, size: int) -> Bookings:
    """Whole hours: many bookings meet end to start, and many are the same."""
    first = rng.randrange(10**6) * 60
    span = max(8, size // 6)
    bookings = []
    for _ in range(size):
        start = first + 60 * rng.randrange(span)
        bookings.append([start, start + 60 * rng.choice([1, 1, 1, 2, 3, 8])])
    return bookings


def days(rng: random.Random, size: int) -> Bookings:
    """Busy days with empty nights between them."""
    bookings = []
    for _ in range(size):
        start = 1440 * rng.randrange(14) + rng.randint(480, 1100)
        bookings.append([start, start + rng.randint(5, 60)])
    return bookings


def main() -> None:
    rng = random.Random(int(sys.argv[1]))
    size = int(sys.argv[2]) if len(sys.argv) > 2 else SIZE
    kinds = [short, rush, mixed, hours, days] * 2
    rng.shuffle(kinds)
    for kind in kinds:
        print(json.dumps([kind(rng, max(2, size + rng.randint(-size // 20, size // 20)))]))


if __name__ == "__main__":
    main()
