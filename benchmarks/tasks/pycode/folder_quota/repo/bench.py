"""Report on a generated listing: python bench.py SEED [FILES]. Prints figures and a checksum, no times."""

from __future__ import annotations

import hashlib
import random
import sys

from quota import parse, report

NAMES = "src lib data old docs img raw tmp site mail work logs base core test misc".split()


def generate(seed: int, files: int) -> tuple[list[str], dict[str, int]]:
    """Return the lines of a listing with deep folders, and limits of some folders."""
    chance = random.Random(seed)
    folders = [f"home/{name}" for name in ("ann", "bob", "cleo", "dan", "eve", "finn")]
    for number in range(max(1, files // 6)):
        parent = chance.choice(folders[-12:] if chance.random() < 0.8 else folders)
        if parent.count("/") < 30:
            folders.append(f"{parent}/{chance.choice(NAMES)}{number % 40}")
    lines = []
    for number in range(files):
        size = int(chance.paretovariate(0.9) * 400) % 5_000_000
        lines.append(f"{size} {chance.randrange(4000)} {chance.choice(folders)}/f{number:05d}.dat\n")
    limits = {"/": 10**9, "/home": 2_000_000}
    for folder in chance.sample(folders, len(folders) // 6):
        limits["/" + folder] = chance.randrange(1000, 400_000)
    return lines, limits


def main() -> None:
    """Report, and print the first line, how long the report is, and a checksum."""
    seed = int(sys.argv[1])
    lines, limits = generate(seed, int(sys.argv[2]) if len(sys.argv) > 2 else 4000)
    text = report(parse(lines), limits)
    print(text.splitlines()[0])
    print("lines", text.count("\n"), "over", text.count("over by"))
    print("checksum", hashlib.sha256(text.encode()).hexdigest())


if __name__ == "__main__":
    main()
