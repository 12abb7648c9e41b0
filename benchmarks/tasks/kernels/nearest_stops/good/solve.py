"""Bus stops around houses: how far is it to the nearest ones?"""

import numpy as np
from scipy.spatial import cKDTree


def _nearest(houses, stops, count):
    """Return the distances of every house to its `count` nearest stops, ascending: (n, count)."""
    tree = cKDTree(stops)
    wanted = list(range(1, min(count, len(stops)) + 1))
    return tree.query(houses, k=wanted)[0]


def solve(houses, stops, count):
    """Return [distances of every house to its nearest stops, ascending; mean of the first ones].

    Args:
        houses, stops: [x, y] each, in kilometres.
        count: stops that are asked for; there may be fewer.
    """
    if not houses or not stops or count < 1:
        return [[[] for _ in houses], 0.0]
    distances = _nearest(np.array(houses, dtype=float), np.array(stops, dtype=float), count)
    return [distances.tolist(), float(np.mean(distances[:, 0]))]
