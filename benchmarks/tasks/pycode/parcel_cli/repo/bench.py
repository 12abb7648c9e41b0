"""A clerk's usual commands: python bench.py SEED [COMMANDS]. Prints figures and a checksum, no times."""

from __future__ import annotations

import hashlib
import io
import random
import sys

from parcels.cli import main as parcels


def commands(seed: int, count: int) -> list[list[str]]:
    """Return commands for prices, labels and checks; some have errors in them."""
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        zone = chance.choice("ABCDEFGHJ") + chance.choice("123456789")
        kind = chance.random()
        if kind < 0.5:
            found.append(["price", zone, str(chance.randrange(33000))])
        elif kind < 0.8:
            found.append(["label", zone, str(chance.randrange(10**8))])
        else:
            digits = "".join(chance.choices("0123456789", k=9))
            found.append(["check", f"{zone}-{digits[:8]}-{digits[8]}"])
    return found


def main() -> None:
    """Carry the commands out, and print how they ended and a checksum of all that they printed."""
    seed = int(sys.argv[1])
    out = io.StringIO()
    todo = commands(seed, int(sys.argv[2]) if len(sys.argv) > 2 else 8)
    statuses = [parcels(words, out) for words in todo]
    print("commands", len(statuses), "errors", statuses.count(2))
    print(out.getvalue().splitlines()[0])
    print("checksum", hashlib.sha256(out.getvalue().encode()).hexdigest())


if __name__ == "__main__":
    main()
