"""Travel times in a road network."""

from __future__ import annotations

from heapq import heappop, heappush

UNREACHABLE = -1


def solve(places: int, roads: list[list[int]], start: int) -> list[int]:
    """Return the least travel time from `start` to every place, -1 where no road leads.

    Args:
        places: How many there are; they are numbered from 0.
        roads: [place, other place, minutes] each, open in both directions. Minutes are 0 or more.
        start: Where the journey begins.
    """
    neighbours: list[list[tuple[int, int]]] = [[] for _ in range(places)]
    for one, other, minutes in roads:
        neighbours[one].append((other, minutes))
        neighbours[other].append((one, minutes))
    times = [UNREACHABLE] * places
    best: list[float] = [float("inf")] * places
    best[start] = 0
    waiting = [(0, start)]
    while waiting:
        time, here = heappop(waiting)
        if times[here] != UNREACHABLE:
            continue
        times[here] = time
        for there, minutes in neighbours[here]:
            arrival = time + minutes
            if arrival < best[there]:
                best[there] = arrival
                heappush(waiting, (arrival, there))
    return times
