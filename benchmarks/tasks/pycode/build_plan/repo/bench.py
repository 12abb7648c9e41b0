"""Plans a generated build: python bench.py SEED [SIZE], SIZE the number of targets."""

from __future__ import annotations

import hashlib
import random
import sys

from buildplan import parse, plan, render


def manifest(chance: random.Random, size: int) -> str:
    """Return a manifest in which later targets need some of the earlier ones, most of them near."""
    lines = ["# generated"]
    for number in range(size):
        needed = {max(0, number - 1 - int(chance.expovariate(0.08))) for _ in range(chance.randrange(1, 4))}
        names = [f"lib/{need:03d}" for need in sorted(needed - {number})]
        lines.append(f"lib/{number:03d} {chance.randrange(1, 60)}: {' '.join(names)}".rstrip())
    first, rest = lines[:1], lines[1:]
    chance.shuffle(rest)
    return "\n".join(first + rest)


def main() -> None:
    """Print the figures, and a checksum of the whole plan."""
    seed = int(sys.argv[1])
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 170
    chance = random.Random(seed)
    graph = parse(manifest(chance, size))
    changed = {f"lib/{number:03d}" for number in chance.sample(range(size // 8, size // 2), size // 16)}
    text = render(plan(graph, changed, workers=5))
    print("\n".join(text.splitlines()[:3]))
    print("sha256", hashlib.sha256(text.encode()).hexdigest())


if __name__ == "__main__":
    main()
