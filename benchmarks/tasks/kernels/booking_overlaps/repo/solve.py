"""Bookings that overlap."""

from __future__ import annotations

import os

SLOTS = max(1, int(os.environ.get("BOOKING_SLOTS", "8")))


def solve(bookings: list[list[int]]) -> list[int]:
    """Return for each booking how many others overlap it.

    A booking that begins when another one ends does not overlap it.

    Args:
        bookings: [start, end] each, start < end.
    """
    if not bookings:
        return []
    first = min(start for start, _ in bookings)
    last = max(end for _, end in bookings)
    width = (last - first) // SLOTS + 1
    slots: list[list[int]] = [[] for _ in range(SLOTS)]
    for number, (start, end) in enumerate(bookings):
        for slot in range((start - first) // width, (end - 1 - first) // width + 1):
            slots[slot].append(number)
    counts = []
    for number, (start, end) in enumerate(bookings):
        overlapping = set()
        for slot in range((start - first) // width, (end - 1 - first) // width + 1):
            for other in slots[slot]:
                if other != number and bookings[other][0] < end and start < bookings[other][1]:
                    overlapping.add(other)
        counts.append(len(overlapping))
    return counts
