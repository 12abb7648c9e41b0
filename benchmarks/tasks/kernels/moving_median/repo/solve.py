"""Moving median of a series."""

from __future__ import annotations


def solve(values: list[int], window: int) -> list[int]:
    """Return the median of every full window, from left to right; none if the series is too short.

    Of an even number of values the median is the lower one of the two in the middle.

    Args:
        values: The series.
        window: Number of neighbouring values, 1 or more.
    """
    middle = (window - 1) // 2
    medians = []
    for start in range(len(values) - window + 1):
        part = sorted(values[start : start + window])
        medians.append(part[middle])
    return medians
