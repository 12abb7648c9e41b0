"""Judge config.txt: simulate that controller on all of the seed's requests. python judge.py SEED"""

from __future__ import annotations

import re
import sys

from instance import requests
from simulator import SPACE, Config, simulate


def read(path: str = "config.txt") -> Config:
    """Return the controller of a file; ends with a message and exit code 1 where it is none of the space."""
    try:
        with open(path, "rb") as file:
            lines = file.read(10_000).decode("ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SystemExit(f"{path}: {error}") from None
    config: Config = {}
    for line in lines:
        found = re.fullmatch(r"([a-z_]{1,20}) ([a-z0-9_]{1,20})", line)
        if not found or found[1] not in SPACE or found[1] in config:
            raise SystemExit(f"{path}: {line[:60]!r}: each of {', '.join(SPACE)} is expected once")
        name, value = found.groups()
        known = SPACE[name]
        number = isinstance(known, range)
        if (number and not value.isdecimal()) or (int(value) if number else value) not in known:
            raise SystemExit(f"{path}: {line!r} is not in the space")
        config[name] = int(value) if number else value
    if len(config) != len(SPACE):
        raise SystemExit(f"{path}: each of {', '.join(SPACE)} is expected once")
    if int(config["drain_low"]) >= int(config["drain_high"]):
        raise SystemExit(f"{path}: drain_low has to be below drain_high")
    return config


if __name__ == "__main__":
    for name, value in simulate(requests(int(sys.argv[1])), read()).items():
        print(f"METRIC {name}={value:.9f}")
