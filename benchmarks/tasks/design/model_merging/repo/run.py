"""Run the candidate on a few examples of the seed and write shares.txt: python run.py SEED"""

from __future__ import annotations

import sys

from closed import keep_closed
from nets import CALIBRATION, drawn, load_networks


def main() -> None:
    """Write a line for each tensor: what solve() returns, a list of lists of floats."""
    base, experts = load_networks()
    examples = drawn([2, int(sys.argv[1])], CALIBRATION)
    sys.argv[1:] = sys.orig_argv[1:] = []  # the seed is not for the candidate: it tells the data of the judge
    written = open("shares.txt", "w", encoding="ascii")
    keep_closed()
    from solve import solve

    shares = solve(base, experts, *examples)
    if type(shares) is not list or any(type(row) is not list for row in shares):
        raise TypeError("solve() has to return a list of lists")
    with written as file:
        file.writelines(" ".join(float.__repr__(float(share)) for share in row) + "\n" for row in shares)


if __name__ == "__main__":
    main()
