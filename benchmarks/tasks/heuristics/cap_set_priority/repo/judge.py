"""Judge answer.txt: is it a cap set, and how large? python judge.py SPLIT"""

import sys

from decisions import read_rows, refuse
from vectors import DIMENSIONS, number_of, third, vector_of

MOST = 1000  # vectors that are looked at: no set of 8 dimensions is known to come near


def size(numbers, dimensions):
    """Return how many vectors a cap set has; refuses what is none."""
    if not numbers:
        refuse("the set is empty")
    for number in numbers:
        if number >= 3**dimensions:
            refuse(f"{number} is no vector of {dimensions} dimensions")
    if len(set(numbers)) != len(numbers):
        refuse("a vector is there twice")
    held = set(numbers)
    vectors = [vector_of(number, dimensions) for number in numbers]
    for place, one in enumerate(vectors):
        for other in vectors[:place]:
            if number_of(third(one, other)) in held:
                refuse(f"{one}, {other} and {third(one, other)} are on a line")
    return len(numbers)


def main(split):
    """Print the size of the cap set."""
    (numbers,) = read_rows("answer.txt", 1, MOST)
    print(f"METRIC cap_size={size(numbers, DIMENSIONS[split])}")


if __name__ == "__main__":
    main(sys.argv[1])
