"""Pack sequences of items by solve.priorities, one item at a time: python run.py SEED SPLIT"""

import math
import os
import sys

from decisions import write_rows
from instances import instances

MODULES = (".py", ".pyc", ".so")
STARTS = (
    "subprocess.",
    "os.system",
    "os.posix_spawn",
    "os.exec",
    "os.fork",
    "os.link",
    "os.symlink",
    "os.rename",
)


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
    if not isinstance(told, (list, tuple)) or len(told) != count:
        raise TypeError(f"priorities has to return a list of {count} numbers")
    for value in told:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise TypeError(f"priorities returned {value!r:.60}, which is no finite number")
    return max(range(count), key=told.__getitem__)


def _is_module(path):
    return isinstance(path, (str, bytes)) and os.path.realpath(os.fsdecode(path)).endswith(MODULES)


def keep_closed(packing):
    """While `packing` is not empty, let nothing be opened but modules, and nothing be started.

    The seed of the items stands in the command lines of this process and of its parents, where a rule that
    looks for it would find what is still to come.
    """

    def hook(event, arguments):
        if not packing:
            return
        if event.startswith(STARTS):
            raise PermissionError(f"{event}: an online rule works on what it is given")
        if event == "open" and not _is_module(arguments[0]):
            raise PermissionError(f"{arguments[0]!r:.80}: an online rule reads no files")

    sys.addaudithook(hook)


def main(argv):
    """Write answer.txt: a row for each sequence, with the bin of each item."""
    sequences = instances(int(argv[1]), argv[2])
    # An online rule knows the items that came, not the seed of those to come.
    argv[:] = argv[:1]
    packing = [True]
    keep_closed(packing)
    from solve import priorities

    rows = [pack(capacity, iter(items), priorities) for capacity, items in sequences]
    packing.clear()
    write_rows("answer.txt", rows)


if __name__ == "__main__":
    main(sys.argv)
