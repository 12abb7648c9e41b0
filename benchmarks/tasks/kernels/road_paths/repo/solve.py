"""Travel times in a road network."""

from __future__ import annotations

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
    times[start] = 0
    done = [False] * places
    while True:
        here = _next_place(times, done)
        if here is None:
            return times
        done[here] = True
        for there, minutes in neighbours[here]:
            arrival = times[here] + minutes
            if times[there] == UNREACHABLE or arrival < times[there]:
                times[there] = arrival


def _next_place(times: list[int], done: list[bool]) -> int | None:
    """Return the nearest place that has been reached and not yet been left."""
    nearest = None
    for place, time in enumerate(times):
        if time == UNREACHABLE or done[place]:
            continue
        if nearest is None or time < times[nearest]:
            nearest = place
    return nearest
