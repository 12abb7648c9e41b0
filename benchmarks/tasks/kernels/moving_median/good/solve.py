"""Moving median of a series."""

from __future__ import annotations

from bisect import bisect_left, insort


def solve(values: list[int], window: int) -> list[int]:
    """Return the median of every full window, from left to right; none if the series is too short.

    Of an even number of values the median is the lower one of the two in the middle.

    Args:
        values: The series.
        window: Number of neighbouring values, 1 or more.
    """
    if len(values) < window:
        return []
    middle = (window - 1) // 2
    part = sorted(values[:window])
    medians = [part[middle]]
    for leaving, coming in zip(values, values[window:], strict=False):
        if leaving != coming:
            del part[bisect_left(part, leaving)]
            insort(part, coming)
        medians.append(part[middle])
    return medians
