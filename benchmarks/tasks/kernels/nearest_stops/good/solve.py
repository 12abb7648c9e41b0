"""Bus stops around houses: how far is it to the nearest ones?"""

import numpy as np


def _nearest(houses, stops, count):
    """Return the distances of every house to its `count` nearest stops, ascending: (n, count)."""
    squares = np.subtract.outer(houses[:, 0], stops[:, 0]) ** 2
    squares += np.subtract.outer(houses[:, 1], stops[:, 1]) ** 2
    count = min(count, len(stops))
    # Only the nearest ones are put into order, and only of them are roots taken.
    nearest = np.partition(squares, count - 1, axis=1)[:, :count]
    nearest.sort(axis=1)
    return np.sqrt(nearest)


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
