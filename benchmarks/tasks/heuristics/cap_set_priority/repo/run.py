"""Make a cap set by solve.priority: python run.py SPLIT"""

import math
import sys

from decisions import write_rows
from vectors import DIMENSIONS, number_of, third, vector_of


def grow(dimensions, priority):
    """Return the numbers of a cap set's vectors, in the order in which they were taken."""
    ranked = []
    for number in range(3**dimensions):
        vector = vector_of(number, dimensions)
        value = priority(vector, dimensions)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise TypeError(f"priority returned {value!r:.60}, which is no finite number")
        ranked.append((-value, number, vector))
    ranked.sort()
    taken, closed = [], set()
    for _, number, vector in ranked:
        if number not in closed:
            closed.update(number_of(third(vector, other)) for _, other in taken)
            taken.append((number, vector))
    return [number for number, _ in taken]


def main(argv):
    """Write answer.txt: one row with the numbers of the vectors."""
    from solve import priority

    write_rows("answer.txt", [grow(DIMENSIONS[argv[1]], priority)])


if __name__ == "__main__":
    main(sys.argv)
