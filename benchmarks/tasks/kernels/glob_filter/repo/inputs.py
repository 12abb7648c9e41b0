"""Prints ten requests of patterns and names, one a line: `python inputs.py SEED [SIZE]`. SIZE is of names."""

from __future__ import annotations

import json
import random
import sys

SIZE = 60
PATTERNS = 13
WORDS = ["log", "data", "test", "backup", "image", "user", "report", "main", "cache", "draft", "old", "photo"]
ENDINGS = ["txt", "tar.gz", "log", "py", "json", "csv", "bak", ""]


def file_name(rng: random.Random) -> str:
    words = rng.choices(WORDS, k=rng.randint(2, 4))
    return rng.choice("_-.").join(words) + f"{rng.randrange(10 ** rng.randint(1, 6))}." + rng.choice(ENDINGS)


def code(rng: random.Random) -> str:
    """A name of few letters, in which pieces are found nearly everywhere."""
    return "".join(rng.choices("abc", k=rng.randint(0, 28) if rng.random() < 0.3 else rng.randint(15, 28)))


def binary(rng: random.Random) -> str:
    return "".join(rng.choices("01", weights=[3, 1], k=rng.randint(8, 24)))


def pattern_of(rng: random.Random, name: str, stars: int) -> str:
    """Return a name with parts of it replaced by wildcards, and sometimes a letter that does not fit."""
    letters = list(name)
    for _ in range(stars):
        place = rng.randint(0, len(letters))
        letters[place : place + rng.randint(0, max(1, len(name) // 4))] = ["*"]
    for place in range(len(letters)):
        if letters[place] != "*" and rng.random() < 0.1:
            letters[place] = "?"
    if letters and rng.random() < 0.4:
        letters[rng.randrange(len(letters))] = rng.choice(name or "a")
    return "".join(letters)


def pieces(rng: random.Random, name: str, stars: int) -> str:
    """Return short parts of a name in any order between stars."""
    parts = []
    for _ in range(stars):
        place = rng.randrange(len(name) or 1)
        parts.append(name[place : place + rng.randint(1, 2)])
    return "*" + "*".join(parts) + rng.choice(["*", ""])


def request(rng: random.Random, kind: int, size: int) -> list[object]:
    """Return the arguments of one call: patterns, names."""
    make = (file_name, code, binary, file_name, code)[kind % 5]
    names = [make(rng) for _ in range(size)]
    most = 4 if make is file_name else 3
    patterns = []
    while len(patterns) < PATTERNS * (2 if make is file_name else 1):
        chosen = rng.choice((pattern_of, pieces))
        patterns.append(chosen(rng, rng.choice(names), rng.randint(1, most)))
    patterns += rng.sample(["", "*", "**", "?*", rng.choice(names)], k=2)
    rng.shuffle(patterns)
    return [patterns, names]


def main() -> None:
    rng = random.Random(int(sys.argv[1]))
    size = int(sys.argv[2]) if len(sys.argv) > 2 else SIZE
    kinds = list(range(10))
    rng.shuffle(kinds)
    for kind in kinds:
        print(json.dumps(request(rng, kind, size)))


if __name__ == "__main__":
    main()
