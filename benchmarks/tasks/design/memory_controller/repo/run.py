"""Run the candidate on a sample of the seed's requests and write config.txt: python run.py SEED

solve() runs in a process of its own (apart.py), which is told the sample alone: the seed tells all requests.
"""

from __future__ import annotations

import sys

from apart import Apart
from instance import sample


def main() -> None:
    """Write a line for each part of the controller."""
    with Apart("solve.py", "simulator") as candidate:
        config = candidate.ask("solve", sample(int(sys.argv[1])))
    if type(config) is not dict:
        raise TypeError(f"solve() returned {type(config).__name__}, a dict is expected")
    with open("config.txt", "w", encoding="utf-8") as file:
        file.writelines(f"{name} {value}\n" for name, value in config.items())


if __name__ == "__main__":
    main()
