"""Run the candidate and write answer.txt, a line for each item: python run.py [ARGUMENT ...]

The arguments are integers for solve(). What this process prints counts for nothing: judge.py derives
the value.
"""

from __future__ import annotations

import operator
import sys

from solve import solve


def text_of(value: object) -> str:
    """Return a number as it is written; decimals may come as text, so that floats don't limit precision."""
    if type(value) is str and value.isascii() and value.strip() == value != "" and len(value) <= 60:
        return value
    if isinstance(value, float):
        return float.__repr__(value)
    if isinstance(value, bool):
        raise TypeError("a truth value is no number")
    return str(operator.index(value))


def main() -> None:
    """Write what solve() returns: a list of numbers, or of lists (tuples) of numbers."""
    answer = solve(*map(int, sys.argv[1:]))
    if type(answer) is not list:
        raise TypeError(f"solve() returned {type(answer).__name__}, a list is expected")
    lines = []
    for item in answer:
        values = item if type(item) in (list, tuple) else (item,)
        lines.append(" ".join(text_of(value) for value in values))
    with open("answer.txt", "w", encoding="ascii", newline="\n") as file:
        file.writelines(line + "\n" for line in lines)


if __name__ == "__main__":
    main()
