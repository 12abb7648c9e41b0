"""The next city of a tour: the first one of a plan for all that are left."""


def next_city(here, unvisited, start, distances):
    """Return the city of `unvisited` to go to from `here`.

    Plans the whole way from here through all cities that are left to the start, and goes its first step.
    The plan is made by farthest insertion (Rosenkrantz, Stearns, Lewis, "An analysis of several heuristics
    for the traveling salesman problem", 1977), and shortened by 2-opt moves.

    Args:
        here: The city that the tour has come to.
        unvisited: Cities that are left, ascending; at least one.
        start: The city that the tour goes back to in the end.
        distances: Table of distances between all cities, whole numbers.
    """
    way = [here, start]
    away = {city: min(distances[here][city], distances[start][city]) for city in unvisited}
    while away:
        city = max(away, key=away.__getitem__)
        del away[city]
        row = distances[city]
        way.insert(_place(row, way, distances), city)
        for other, distance in away.items():
            if row[other] < distance:
                away[other] = row[other]
    while _shortened(way, distances):
        pass
    return way[1]


def _place(row, way, distances):
    """Return where a city makes the way least longer."""
    longer = [row[one] + row[other] - distances[one][other] for one, other in zip(way, way[1:], strict=False)]
    return longer.index(min(longer)) + 1


def _shortened(way, distances):
    """Turn round every piece of a way that is shorter the other way round; returns whether there was one."""
    found = False
    for first in range(len(way) - 3):
        one, other = way[first], way[first + 1]
        row, next_row, length = distances[one], distances[other], distances[one][other]
        for last in range(first + 2, len(way) - 1):
            end, after = way[last], way[last + 1]
            if row[end] + next_row[after] < length + distances[end][after]:
                way[first + 1 : last + 1] = way[last:first:-1]
                other = way[first + 1]
                next_row, length = distances[other], distances[one][other]
                found = True
    return found
