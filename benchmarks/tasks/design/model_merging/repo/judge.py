"""Judge shares.txt on data of the seed and split: python judge.py SEED SPLIT

Candidates write twelve shares, so that there is next to nothing that they could learn by heart. Nothing of
theirs runs here.
"""

from __future__ import annotations

import re
import sys

from examples import DOMAINS, JUDGED, drawn
from nets import TENSORS, load_networks, log_likelihoods, log_loss, merged

NUMBER = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,20})?([eE]-?[0-9]{1,2})?")
LARGEST = 10.0
SPLITS = {"validation": 3, "test": 4}


def read(path: str = "shares.txt") -> list[list[float]]:
    """Return the shares of a file; ends with a message and exit code 1 where they are none."""
    try:
        with open(path, "rb") as file:
            lines = file.read(10_000).decode("ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SystemExit(f"{path}: {error}") from None
    rows = [line.split(" ") for line in lines]
    if [len(row) for row in rows] != [DOMAINS] * len(TENSORS):
        raise SystemExit(f"{path}: {len(TENSORS)} lines of {DOMAINS} shares are expected")
    for word in (word for row in rows for word in row):
        if not NUMBER.fullmatch(word) or abs(float(word)) > LARGEST:
            raise SystemExit(f"{path}: {word[:60]!r} is no share from {-LARGEST:g} to {LARGEST:g}")
    return [[float(word) for word in row] for row in rows]


def main(seed: int, split: str) -> None:
    """Print the mean log loss in nats, and the accuracy."""
    network = merged(*load_networks(), read())
    inputs, classes = drawn([SPLITS[split], seed], JUDGED)
    right = log_likelihoods(network, inputs).argmax(axis=1) == classes
    print(f"METRIC log_loss={log_loss(network, inputs, classes):.9f}")
    print(f"METRIC accuracy={right.mean():.9f}")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
