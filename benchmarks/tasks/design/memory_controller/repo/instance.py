"""Requests to memory, drawn from a seed: a mix of streams, of jumps over a table, and of bursts of writes."""

from __future__ import annotations

import random

REQUESTS = 4000
LINES = 1 << 22  # cache lines of 64 bytes
SAMPLE = 400

Request = tuple[int, int, int]


def requests(seed: int) -> list[Request]:
    """Return (cycle of arrival, line, 1 for a write), by arrival."""
    rng = random.Random(seed)
    streams = [[rng.randrange(LINES), rng.choice((1, 1, 1, 2, 16, 128))] for _ in range(rng.randint(2, 6))]
    table, extent = rng.randrange(LINES // 2), rng.choice((1 << 10, 1 << 14, 1 << 18))
    jumps, writes = rng.uniform(0.1, 0.6), rng.uniform(0.1, 0.4)
    gap = rng.uniform(20, 45)
    found, now = [], 0.0
    while len(found) < REQUESTS:
        now += rng.expovariate(1 / gap) * 8
        for _ in range(rng.randint(1, 15)):
            if rng.random() < jumps:
                line = table + rng.randrange(extent)
            else:
                stream = rng.choice(streams)
                stream[0] = (stream[0] + stream[1]) % LINES
                line = stream[0]
            found.append((int(now), line, int(rng.random() < writes)))
    return found[:REQUESTS]


def sample(seed: int) -> list[Request]:
    """Return the first requests: what a controller may be chosen by."""
    return requests(seed)[:SAMPLE]
