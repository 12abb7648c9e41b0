"""The priority of bins for an item that has to be packed now: tight fits, or rooms that are still of use."""

TIGHT = 0.05  # of the capacity: a room that may be lost
USEFUL = 0.18  # of the capacity: least room that a later item is likely to fit in
CROWD = 10  # each bin that already has the room that would be left counts like so much more of it


def priorities(item, rooms, counts, capacity):
    """Return a number for each of `rooms`; the bin with the highest one takes the item.

    Best fit leaves many rooms that are too small for any item to come, and too large to be lost. Here an item
    opens a new bin rather than leave one, and rooms that few bins have are preferred. The three numbers were
    found by a coarse search on instances of both kinds.

    Args:
        item: Size of the item, from 1 to the capacity.
        rooms: Different rooms of the bins that the item fits in, ascending. The last is the capacity: a new
            bin.
        counts: Number of open bins by the room that they have left: counts[0] are full.
        capacity: Of every bin.
    """
    return [_priority(room - item, room == capacity, counts, capacity) for room in rooms]


def _priority(left, new, counts, capacity):
    if left <= TIGHT * capacity:
        return 1e6 - left
    if new:
        return 0.0
    if left < USEFUL * capacity:
        return -1e6 - left
    return 1e5 - left - CROWD * counts[left]
