"""Run the candidate and write shape.txt: python run.py"""

from __future__ import annotations

import operator

from solve import solve


def main() -> None:
    """Write a line for each part of the shape."""
    shape = solve()
    if type(shape) is not dict:
        raise TypeError(f"solve() returned {type(shape).__name__}, a dict is expected")
    lines = [f"{name} {operator.index(value)}\n" for name, value in shape.items()]
    with open("shape.txt", "w", encoding="ascii") as file:
        file.writelines(lines)


if __name__ == "__main__":
    main()
