"""Bus stops around houses: how far is it to the nearest ones?"""

import os

import numpy as np

CHUNK = int(os.environ.get("STOPS_CHUNK", "64"))  # houses that are compared with all stops at once


def _nearest(houses, stops, count):
    """Return the distances of every house to its `count` nearest stops, ascending: (n, count)."""
    parts = []
    for start in range(0, len(houses), CHUNK):
        some = houses[start : start + CHUNK]
        steps = some[:, np.newaxis, :] - stops[np.newaxis, :, :]
        distances = np.sqrt(np.sum(steps**2, axis=2))
        parts.append(np.sort(distances, axis=1)[:, :count])
    return np.concatenate(parts)


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
