"""Judge answer.txt from the customers alone: python judge.py SEED SPLIT"""

import sys

from decisions import read_rows, refuse
from instances import bound, instances


def length(instance, stops, name):
    """Return the length of all rounds; refuses what overloads a vehicle, or doesn't serve all just once."""
    served = sorted(stop for stop in stops if stop)
    if served != list(range(1, len(instance.demands))):
        refuse(f"{name}: a customer is missing, is served twice, or is none")
    distances = instance.distances()
    here, load, total = 0, 0, 0
    for stop in (*stops, 0):
        total += distances[here][stop]
        load = load + instance.demands[stop] if stop else 0
        if load > instance.capacity:
            refuse(f"{name}: a vehicle carries {load} of {instance.capacity} at stop {stop}")
        here = stop
    return total


def main(seed, split):
    """Print the mean of the rounds' length over the lower bound."""
    found = instances(seed, split)
    rows = read_rows("answer.txt", len(found), 2 * max(len(one.demands) for one in found))
    ratios = [
        length(one, stops, f"instance {number}") / bound(one)
        for number, (one, stops) in enumerate(zip(found, rows, strict=True), start=1)
    ]
    print(f"METRIC length_over_bound={sum(ratios) / len(ratios):.9f}")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
