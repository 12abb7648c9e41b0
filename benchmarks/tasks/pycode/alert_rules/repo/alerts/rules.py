"""Rules as lines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """When to raise an alert."""

    name: str
    level: int
    rest: int  # events without a further alert after one
    condition: str


def read_rules(lines: Iterable[str]) -> list[Rule]:
    """Return the rules of lines such as `hot 3 10: temp > 80`: name, level, rest, condition.

    Empty lines and those that start with # are skipped; a line of another form is a ValueError.
    """
    rules = []
    for number, line in enumerate(lines, 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        head, colon, condition = line.partition(":")
        parts = head.split()
        if not colon or len(parts) != 3 or not all(part.isdecimal() for part in parts[1:]):
            raise ValueError(f"line {number}: it must look like `name level rest: condition`, not {line!r}")
        rules.append(Rule(parts[0], int(parts[1]), int(parts[2]), condition.strip()))
    return rules
