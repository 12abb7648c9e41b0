"""Run the candidate on a sample of the seed's requests and write config.txt: python run.py SEED"""

from __future__ import annotations

import os
import sys

from instance import sample

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
    """Write a line for each part of the controller."""
    requests = sample(int(sys.argv[1]))
    sys.argv[1:] = []  # the seed is not for the candidate: it tells all requests
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
