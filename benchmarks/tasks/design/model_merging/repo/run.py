"""Run the candidate on a few examples of the seed and write shares.txt: python run.py SEED"""

from __future__ import annotations

import os
import sys

from nets import CALIBRATION, drawn, load_networks

MODULES = (".py", ".pyc", ".so")


def keep_closed() -> None:
    """From now on let nothing be opened but modules, and nothing be started.

    The seed stands in the command lines of this process and of those above it, where a solver that looks for it
    would find the judge's data.
    """

    def hook(event: str, arguments: tuple) -> None:
        if event.startswith(("subprocess.", "os.system", "os.posix_spawn", "os.exec", "os.fork")):
            raise PermissionError(f"{event}: a solver works on what it is given")
        if event == "open" and type(arguments[0]) is not int:
            # No subclass of a text: its methods would say one thing, and what is opened is another.
            plain = type(arguments[0]) in (str, bytes)
            if not plain or not os.path.realpath(os.fsdecode(arguments[0])).endswith(MODULES):
                raise PermissionError("a solver reads no files")

    sys.addaudithook(hook)


def main() -> None:
    """Write a line for each tensor: what solve() returns, a list of lists of floats."""
    base, experts = load_networks()
    examples = drawn([2, int(sys.argv[1])], CALIBRATION)
    sys.argv[1:] = []  # the seed is not for the candidate: it tells the data of the judge
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
