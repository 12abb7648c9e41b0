"""Build tours by solve.next_city: python run.py SEED SPLIT"""

import sys

from decisions import write_rows
from instances import distances_of, instances


def build(distances, next_city):
    """Return a tour that starts at city 0: each city once."""
    here, tour = 0, [0]
    unvisited = list(range(1, len(distances)))
    while unvisited:
        told = next_city(here, tuple(unvisited), 0, distances)
        if type(told) is not int or told not in unvisited:
            raise ValueError(f"next_city returned {told!r:.60}, which is no unvisited city")
        unvisited.remove(told)
        tour.append(told)
        here = told
    return tour


def main(argv):
    """Write answer.txt: a row for each instance, with its cities in the order of the tour."""
    found = instances(int(argv[1]), argv[2])
    argv[:] = argv[:1]
    from solve import next_city

    write_rows("answer.txt", [build(distances_of(cities), next_city) for cities in found])


if __name__ == "__main__":
    main(sys.argv)
