"""Run the candidate on a few examples of the seed and write shares.txt: python run.py SEED

solve() runs in a process of its own (apart.py), which is told the examples alone: the seed tells the judge's data.
"""

from __future__ import annotations

import sys

from apart import Apart
from examples import CALIBRATION, drawn
from nets import load_networks


def main() -> None:
    """Write a line for each tensor: what solve() returns, a list of lists of floats."""
    base, experts = load_networks()
    examples = drawn([2, int(sys.argv[1])], CALIBRATION)
    with Apart("solve.py", "nets") as candidate:
        shares = candidate.ask("solve", base, experts, *examples)
    if type(shares) is not list or any(type(row) is not list for row in shares):
        raise TypeError("solve() has to return a list of lists")
    with open("shares.txt", "w", encoding="ascii") as file:
        file.writelines(" ".join(float.__repr__(float(share)) for share in row) + "\n" for row in shares)


if __name__ == "__main__":
    main()
