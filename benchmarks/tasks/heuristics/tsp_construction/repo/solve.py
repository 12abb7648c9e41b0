"""The next city of a tour."""

import os

ISOLATION = float(os.environ.get("TSP_ISOLATION", "0"))  # 0: the nearest city, whatever lies around it


def next_city(here, unvisited, start, distances):
    """Return the city of `unvisited` to go to from `here`.

    Args:
        here: The city that the tour has come to.
        unvisited: Cities that are left, ascending; at least one.
        start: The city that the tour goes back to in the end.
        distances: Table of distances between all cities, whole numbers.
    """
    row = distances[here]
    if ISOLATION == 0 or len(unvisited) < 3:
        return min(unvisited, key=row.__getitem__)
    return min(unvisited, key=lambda city: row[city] - ISOLATION * _alone(city, unvisited, distances))


def _alone(city, unvisited, distances):
    """Return how far it is from a city to the nearest other one that is left."""
    row = distances[city]
    return min(row[other] for other in unvisited if other != city)
