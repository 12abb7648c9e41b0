"""Cities, their distances, and a bound: instances(seed, split)."""

import math
import random

CITIES = {"validation": 80, "test": 140}
WIDTH = 10_000
EACH = 2  # instances of each kind
STEPS = 80  # of the ascent of the bound, which then lies some 3 % under 2-opt and Or-opt tours of even cities


def instances(seed, split):
    """Return lists of different cities, each an (x, y) of whole numbers."""
    rng = random.Random(f"{split} {seed}")
    count = CITIES[split]
    return [places(rng, count) for _ in range(EACH) for places in (_even, _clustered)]


def _even(rng, count):
    return _different(count, lambda: (rng.randrange(WIDTH), rng.randrange(WIDTH)))


def _clustered(rng, count):
    centres = [(rng.randrange(WIDTH), rng.randrange(WIDTH)) for _ in range(max(3, count // 16))]

    def place():
        return tuple(min(WIDTH - 1, max(0, round(rng.gauss(c, WIDTH / 16)))) for c in rng.choice(centres))

    return _different(count, place)


def _different(count, place):
    found = {}
    while len(found) < count:
        found[place()] = None
    return list(found)


def distances_of(cities):
    """Return the table of distances, rounded to whole numbers, as a tuple of tuples."""
    return tuple(tuple(round(math.dist(one, other)) for other in cities) for one in cities)


def bound(distances):
    """Return a lower bound of all tours' lengths.

    One-trees with weights of cities, improved step by step. Source: M. Held and R. M. Karp, "The
    traveling-salesman problem and minimum spanning trees, part II", Mathematical Programming 1 (1971).
    """
    count = len(distances)
    weights = [0.0] * count
    best, last, step = 0.0, [0] * count, 0.0
    for _ in range(STEPS):
        length, degrees = _one_tree(distances, weights)
        step = step or 0.5 * length / count
        best = max(best, length)
        pull = [degree - 2 for degree in degrees]
        # A part of the last direction damps the ascent's swings.
        weights = [w + step * (0.7 * p + 0.3 * q) for w, p, q in zip(weights, pull, last, strict=True)]
        last, step = pull, step * 0.93
        if not any(pull):
            break
    return best


def _one_tree(distances, weights):
    """Return the length of a least one-tree under weights, less twice the weights, and all degrees."""
    count = len(distances)
    degrees = [0] * count
    total = -2 * sum(weights)
    row = distances[1]
    near = [row[j] + weights[j] for j in range(count)]
    parent = [1] * count
    left = list(range(2, count))
    shift = weights[1]
    near = [value + shift for value in near]
    while left:
        city = min(left, key=near.__getitem__)
        left.remove(city)
        total += near[city]
        degrees[city] += 1
        degrees[parent[city]] += 1
        row, shift = distances[city], weights[city]
        for j in left:
            cost = row[j] + shift + weights[j]
            if cost < near[j]:
                near[j], parent[j] = cost, city
    ends = sorted(range(1, count), key=lambda j: distances[0][j] + weights[j])[:2]
    for city in ends:
        total += distances[0][city] + weights[0] + weights[city]
        degrees[city] += 1
    degrees[0] = 2
    return total, degrees
