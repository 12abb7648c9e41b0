"""Prints ten road networks, one a line: `python inputs.py SEED [SIZE]`. SIZE is the number of places."""

from __future__ import annotations

import json
import random
import sys

SIZE = 600

Roads = list[list[int]]


def towns(rng: random.Random, places: int) -> Roads:
    """Places on a map, each with roads to near ones; the map may fall apart."""
    spots = sorted((rng.random(), rng.random()) for _ in range(places))
    roads = []
    for here, (x, y) in enumerate(spots):
        near = range(here + 1, min(places, here + 25))
        ranked = sorted(near, key=lambda there: (spots[there][0] - x) ** 2 + (spots[there][1] - y) ** 2)
        for there in ranked[: rng.randint(1, 4)]:
            length = ((spots[there][0] - x) ** 2 + (spots[there][1] - y) ** 2) ** 0.5
            roads.append([here, there, 1 + int(length * 1000 * rng.uniform(1, 1.5))])
    return roads


def streets(rng: random.Random, places: int) -> Roads:
    """A town's grid of streets, with some of them closed."""
    width = max(1, int(places**0.5) + rng.randint(-3, 3))
    roads = []
    for here in range(places):
        if (here + 1) % width and here + 1 < places and rng.random() < 0.9:
            roads.append([here, here + 1, rng.randint(1, 20)])
        if here + width < places and rng.random() < 0.9:
            roads.append([here, here + width, rng.randint(1, 20)])
    return roads


def valley(rng: random.Random, places: int) -> Roads:
    """One long road with a few short cuts, some of them of no length."""
    roads = [[here, here + 1, rng.randint(0, 9)] for here in range(places - 1)]
    for _ in range(places // 3):
        here = rng.randrange(places)
        roads.append([here, min(places - 1, here + rng.randint(0, 30)), rng.randint(0, 60)])
    return roads


def hubs(rng: random.Random, places: int) -> Roads:
    """A few hubs with many roads, among them several between the same places."""
    centres = [rng.randrange(places) for _ in range(6)]
    roads = [[rng.choice(centres), place, rng.randint(1, 500)] for place in range(places)]
    roads += [[rng.randrange(places), rng.randrange(places), rng.randint(1, 300)] for _ in range(places)]
    return roads


def islands(rng: random.Random, places: int) -> Roads:
    """Groups of places without a way from one group to another; the largest has most of them."""
    border = places - places // rng.randint(5, 9)
    roads = []
    for here in range(1, places):
        low = border if here > border else 0
        for _ in range(rng.randint(1, 3)):
            if here != border:
                roads.append([here, rng.randrange(low, here), rng.randint(1, 99)])
    return roads


def network(rng: random.Random, kind: int, size: int) -> list[object]:
    """Return the arguments of one call: places, roads, start."""
    places = max(2, size + rng.randint(-size // 20, size // 20))
    roads = (towns, streets, valley, hubs, islands)[kind % 5](rng, places)
    names = list(range(places))
    rng.shuffle(names)
    rng.shuffle(roads)
    return [places, [[names[a], names[b], time] for a, b, time in roads], names[rng.randrange(places // 2)]]


def main() -> None:
    rng = random.Random(int(sys.argv[1]))
    size = int(sys.argv[2]) if len(sys.argv) > 2 else SIZE
    kinds = list(range(10))
    rng.shuffle(kinds)
    for kind in kinds:
        print(json.dumps(network(rng, kind, size)))


if __name__ == "__main__":
    main()
