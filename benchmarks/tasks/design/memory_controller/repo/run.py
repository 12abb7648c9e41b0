"""Run the candidate on a sample of the seed's requests and write config.txt: python run.py SEED"""

from __future__ import annotations

import sys

from closed import keep_closed
from instance import sample


def main() -> None:
    """Write a line for each part of the controller."""
    requests = sample(int(sys.argv[1]))
    sys.argv[1:] = sys.orig_argv[1:] = []  # the seed is not for the candidate: it tells all requests
    written = open("config.txt", "w", encoding="utf-8")
    keep_closed()
    from solve import solve

    config = solve(requests)
    if type(config) is not dict:
        raise TypeError(f"solve() returned {type(config).__name__}, a dict is expected")
    with written as file:
        file.writelines(f"{name} {value}\n" for name, value in config.items())


if __name__ == "__main__":
    main()
