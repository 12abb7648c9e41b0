"""Run the candidate on the seed's truss and write areas.txt, a section a line: python run.py SEED"""

from __future__ import annotations

import sys

from instance import instance
from solve import solve


def main() -> None:
    """Write what solve() returns: a list of floats."""
    areas = solve(instance(int(sys.argv[1])))
    if type(areas) is not list:
        raise TypeError(f"solve() returned {type(areas).__name__}, a list is expected")
    with open("areas.txt", "w", encoding="ascii") as file:
        file.writelines(float.__repr__(float(area)) + "\n" for area in areas)


if __name__ == "__main__":
    main()
