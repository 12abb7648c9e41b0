"""Customers with demands around a depot, and a bound: instances(seed, split)."""

import math
import random
from typing import NamedTuple

CUSTOMERS = {"validation": 50, "test": 90}
WIDTH = 1000
CAPACITY = 100
EACH = 2  # instances of each kind


class Instance(NamedTuple):
    """What is to be delivered. Place 0 is the depot, whose demand is 0."""

    places: tuple[tuple[int, int], ...]
    demands: tuple[int, ...]
    capacity: int

    def distances(self):
        """Return the table of distances, rounded to whole numbers, as a tuple of tuples."""
        return tuple(tuple(round(math.dist(one, other)) for other in self.places) for one in self.places)


def instances(seed, split):
    """Return the instances: depots in the middle or aside, customers scattered or in clusters."""
    rng = random.Random(f"{split} {seed}")
    return [_instance(rng, CUSTOMERS[split], clusters) for _ in range(EACH) for clusters in (False, True)]


def _instance(rng, count, clusters):
    depot = (WIDTH // 2, WIDTH // 2) if rng.random() < 0.5 else (rng.randrange(WIDTH), rng.randrange(WIDTH))
    centres = [(rng.randrange(WIDTH), rng.randrange(WIDTH)) for _ in range(max(3, count // 12))]
    places = [depot]
    for _ in range(count):
        if clusters:
            place = tuple(
                min(WIDTH - 1, max(0, round(rng.gauss(c, WIDTH / 14)))) for c in rng.choice(centres)
            )
        else:
            place = (rng.randrange(WIDTH), rng.randrange(WIDTH))
        places.append(place)
    demands = [0] + [rng.randint(4, 26) for _ in range(count)]
    return Instance(tuple(places), tuple(demands), CAPACITY)


def bound(instance):
    """Return a lower bound of the length of all rounds, not rounded.

    The larger one of the radial bound (M. Haimovich and A. H. G. Rinnooy Kan, "Bounds and heuristics for
    capacitated routing problems", 1985) and the least spanning tree.
    """
    distances = instance.distances()
    carried = sum(distances[0][i] * demand for i, demand in enumerate(instance.demands))
    return max(2 * carried / instance.capacity, _tree(distances))


def _tree(distances):
    near = list(distances[0])
    left, total = set(range(1, len(distances))), 0
    while left:
        place = min(left, key=lambda j: (near[j], j))
        left.remove(place)
        total += near[place]
        for j in left:
            near[j] = min(near[j], distances[place][j])
    return total
