"""Bookings that overlap."""

from __future__ import annotations

from bisect import bisect_left, bisect_right


def solve(bookings: list[list[int]]) -> list[int]:
    """Return for each booking how many others overlap it.

    A booking that begins when another one ends does not overlap it.

    Args:
        bookings: [start, end] each, start < end.
    """
    starts = sorted([start for start, _ in bookings])
    ends = sorted([end for _, end in bookings])
    # Of those that begin before this one ends, the ones that ended by its start do not count, nor itself.
    return [bisect_left(starts, end) - bisect_right(ends, start) - 1 for start, end in bookings]
