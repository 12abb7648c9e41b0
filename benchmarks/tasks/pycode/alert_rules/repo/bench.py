"""Run generated rules: python bench.py SEED [EVENTS]. Prints figures and a checksum, no times."""

from __future__ import annotations

import hashlib
import random
import sys
from collections import Counter

from alerts import read_events, read_rules, run

RULES = 24
NUMBERS = ("load", "temp", "disk.free", "users", "delay")
TEXTS = ("state", "host", "zone")
WORDS = ("up", "down", "a1", "a7", "b2", "east", "west")


def part(chance: random.Random) -> str:
    """Return a part of a condition."""
    name, other = chance.sample(NUMBERS, 2)
    low = chance.randrange(100)
    return chance.choice(
        (
            f"{name} > {low}",
            f"{name} * {chance.randrange(2, 5)} - {other} >= {low}",
            f"within({name}, {low // 2}, {low})",
            f'{chance.choice(TEXTS)} == "{chance.choice(WORDS)}"',
            f'starts({chance.choice(TEXTS)}, "{chance.choice("abdeuw")}")',
            f"largest({name}, {other}, {low}) < {low + 30}",
            f"not known({name})",
        )
    )


def generate(seed: int, events: int) -> tuple[list[str], list[str]]:
    """Return the lines of rules and of events."""
    chance = random.Random(seed)
    rules = []
    for number in range(RULES):
        words = [part(chance), chance.choice(("and", "or")), f"({part(chance)} or {part(chance)})"]
        if chance.random() < 0.5:
            words += ["and", f"not ({part(chance)} and {part(chance)})"]
        rules.append(f"rule{number} {chance.randrange(1, 5)} {chance.randrange(4)}: {' '.join(words)}\n")
    lines = []
    for _ in range(events):
        fields = [f"{name}={chance.randrange(120)}" for name in NUMBERS if chance.random() < 0.9]
        fields += [f"{name}={chance.choice(WORDS)}" for name in TEXTS]
        lines.append(" ".join(fields) + "\n")
    return rules, lines


def main() -> None:
    """Run, and print alerts by level and a checksum of all."""
    seed = int(sys.argv[1])
    rules, lines = generate(seed, int(sys.argv[2]) if len(sys.argv) > 2 else 200)
    alerts = run(read_rules(rules), read_events(lines))
    print("alerts", len(alerts), sorted(Counter(alert.level for alert in alerts).items()))
    print("checksum", hashlib.sha256(repr(alerts).encode()).hexdigest())


if __name__ == "__main__":
    main()
