"""The priority of bins for an item that has to be packed now."""

import os

SPARE = int(os.environ.get("PACKING_SPARE", "0"))  # smaller rooms count as lost; 0: none do


def priorities(item, rooms, counts, capacity):
    """Return a number for each of `rooms`; the bin with the highest one takes the item.

    Args:
        item: Size of the item, from 1 to the capacity.
        rooms: Different rooms of the bins that the item fits in, ascending. The last is the capacity: a new
            bin.
        counts: Number of open bins by the room that they have left: counts[0] are full.
        capacity: Of every bin.
    """
    return [-_waste(room - item, capacity) for room in rooms]


def _waste(left, capacity):
    """Return what is held against leaving a room: best fit takes the least one."""
    return left + capacity if 0 < left < SPARE else left
