"""Pack sequences of items by solve.priorities, one item at a time: python run.py SEED SPLIT

The rule is asked in a process of its own (apart.py), and every decision is kept here as it is made.
"""

import math
import sys

from apart import Apart
from decisions import write_rows
from instances import instances


def pack(capacity, items, priorities):
    """Return the bin of each item, numbered in the order in which bins are opened."""
    counts = [0] * (capacity + 1)  # open bins by the room that they have left
    with_room = {}  # room -> the bins that have it; they are all alike, the last one is taken
    opened, bins = 0, []
    for item in items:
        rooms = tuple(room for room in range(item, capacity) if counts[room]) + (capacity,)
        told = priorities(item, rooms, tuple(counts), capacity)
        room = rooms[_highest(told, len(rooms))]
        if room == capacity:
            chosen, opened = opened, opened + 1
        else:
            chosen = with_room[room].pop()
            counts[room] -= 1
        counts[room - item] += 1
        with_room.setdefault(room - item, []).append(chosen)
        bins.append(chosen)
    return bins


def _highest(told, count):
    """Return the place of the highest of `count` finite numbers; the first one of several."""
    if not isinstance(told, list) or len(told) != count:
        raise TypeError(f"priorities has to return a list of {count} numbers")
    for value in told:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise TypeError(f"priorities returned {value!r:.60}, which is no finite number")
    return max(range(count), key=told.__getitem__)


def main(argv):
    """Write answer.txt: a row for each sequence, with the bin of each item."""
    sequences = instances(int(argv[1]), argv[2])
    with Apart("solve.py") as rule:
        rows = [
            pack(capacity, iter(items), lambda *question: rule.ask("priorities", *question))
            for capacity, items in sequences
        ]
    write_rows("answer.txt", rows)


if __name__ == "__main__":
    main(sys.argv)
