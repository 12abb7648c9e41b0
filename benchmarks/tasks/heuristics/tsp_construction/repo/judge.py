"""Judge answer.txt from the cities alone: python judge.py SEED SPLIT"""

import sys

from decisions import read_rows, refuse
from instances import bound, distances_of, instances


def length(distances, tour, name):
    """Return the length of a closed tour; refuses what doesn't visit every city once, from city 0."""
    if len(tour) != len(distances):
        refuse(f"{name}: {len(tour)} cities; there are {len(distances)}")
    if sorted(tour) != list(range(len(distances))):
        refuse(f"{name}: a city is missing, or visited twice")
    if tour[0] != 0:
        refuse(f"{name}: the tour starts at city {tour[0]}, not at 0")
    return sum(distances[one][other] for one, other in zip(tour, tour[1:] + tour[:1], strict=True))


def main(seed, split):
    """Print the mean of the tours' lengths over the lower bound."""
    found = instances(seed, split)
    tours = read_rows("answer.txt", len(found), max(map(len, found)))
    ratios = []
    for number, (cities, tour) in enumerate(zip(found, tours, strict=True), start=1):
        distances = distances_of(cities)
        ratios.append(length(distances, tour, f"instance {number}") / bound(distances))
    print(f"METRIC length_over_bound={sum(ratios) / len(ratios):.9f}")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
