"""Build delivery rounds by solve.next_stop: python run.py SEED SPLIT"""

import sys

from decisions import write_rows
from instances import instances


def build(demands, capacity, distances, next_stop):
    """Return the stops in order, 0 for each return to the depot but the last one."""
    here, room, stops = 0, capacity, []
    unserved = list(range(1, len(demands)))
    while unserved:
        told = next_stop(here, tuple(unserved), room, demands, capacity, distances)
        if type(told) is not int or (told != 0 and told not in unserved):
            raise ValueError(f"next_stop returned {told!r:.60}, which is no customer that is left, nor 0")
        if told == 0 == here:
            raise ValueError("next_stop returned 0 at the depot, where every customer fits")
        if demands[told] > room:
            raise ValueError(f"next_stop returned {told}, whose demand is {demands[told]} of {room} left")
        stops.append(told)
        here, room = told, room - demands[told] if told else capacity
        if told:
            unserved.remove(told)
    return stops


def main(argv):
    """Write answer.txt: a row for each instance, with the stops in order."""
    found = instances(int(argv[1]), argv[2])
    argv[:] = argv[:1]
    from solve import next_stop

    rows = [build(one.demands, one.capacity, one.distances(), next_stop) for one in found]
    write_rows("answer.txt", rows)


if __name__ == "__main__":
    main(sys.argv)
