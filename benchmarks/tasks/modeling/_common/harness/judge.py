"""Counts the right answers in answer.txt: python judge.py SEED

Makes the problems of the seed again, solves the reference formulations, and compares. An answer is right
within a relative 1e-4. "none" is a wrong answer; a file that isn't as run.py writes it is refused with exit
code 1.
"""

from __future__ import annotations

import math
import re
import sys
from pathlib import Path

from group import GROUP
from problems import instances, problems_of
from reference import agrees, answer

MOST_BYTES = 1 << 16
LINE = re.compile(r"([a-z_]{1,40}) (\d{1,4}) (none|-?\d{1,25}(?:\.\d{1,25})?(?:e[+-]?\d{1,3})?)", re.ASCII)


class Refused(Exception):
    """The file is not one that run.py writes."""


def read(path: Path) -> dict[tuple[str, int], float]:
    """Return the given answers by problem and instance, NaN where there is none; raises `Refused`."""
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise Refused(f"longer than {MOST_BYTES} bytes")
    given: dict[tuple[str, int], float] = {}
    for place, line in enumerate(content.decode("ascii", "replace").split("\n")[:-1], 1):
        match = LINE.fullmatch(line)
        if match is None:
            raise Refused(f"line {place}: not a problem, a number and an answer: {line[:60]!r}")
        key = (match[1], int(match[2]))
        value = math.nan if match[3] == "none" else float(match[3])
        if math.isinf(value):
            raise Refused(f"line {place}: the answer is not finite")
        if key in given:
            raise Refused(f"line {place}: {match[1]} {match[2]} is answered twice")
        given[key] = value
    return given


def main() -> None:
    """Judge and print."""
    asked = instances(GROUP, int(sys.argv[1]))
    try:
        given = read(Path(__file__).resolve().parent / "answer.txt")
        if missing := [one for one in asked if (one.problem, one.number) not in given]:
            raise Refused(
                f"{len(missing)} answers are missing, first {missing[0].problem} {missing[0].number}"
            )
        if len(given) != len(asked):
            raise Refused(f"{len(given)} answers for {len(asked)} problems")
    except (OSError, Refused) as error:
        sys.exit(f"answer.txt: {error}")
    right = dict.fromkeys(problems_of(GROUP), 0)
    for one in asked:
        right[one.problem] += agrees(given[one.problem, one.number], answer(GROUP, one.problem, one.data))
    for name, count in right.items():
        print(f"{name}: {count} of {len(asked) // len(right)} right")
    print(f"METRIC accuracy={sum(right.values()) / len(asked)}")


if __name__ == "__main__":
    main()
