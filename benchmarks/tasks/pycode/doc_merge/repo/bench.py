"""Merges generated branches: python bench.py SEED [SIZE], SIZE the number of sections of the document."""

from __future__ import annotations

import hashlib
import random
import sys

from docmerge import merge, outline, parse_changes, parse_document

SYLLABLES = ("ba", "ce", "di", "fo", "gu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "zu")


def words(chance: random.Random, count: int) -> str:
    """Return some words of text in quotes, now and then with quotes inside."""
    text = " ".join("".join(chance.choices(SYLLABLES, k=3)) for _ in range(count))
    return '"' + (text if chance.random() < 0.9 else f'{text} \\"so\\"') + '"'


def section(chance: random.Random) -> str:
    """Return a section with some paragraphs."""
    paragraphs = " ".join(
        f"{{text: {words(chance, 7)} author: {words(chance, 1)} weight: {chance.randrange(90)}}}"
        for _ in range(chance.randrange(2, 6))
    )
    tags = f"{words(chance, 1)} {words(chance, 1)}"
    return f"{{title: {words(chance, 2)} paragraphs: [{paragraphs}] tags: [{tags}]}}"


def changes(chance: random.Random, size: int) -> str:
    """Return what one side changed: mostly single values, some of them in places that are not there."""
    lines = []
    for _ in range(size // 4):
        place = f"sections/{chance.randrange(size + 1)}"
        kind = chance.random()
        if kind < 0.6:
            paragraph = f"{place}/paragraphs/{chance.randrange(4)}"
            lines.append(f"set {paragraph}/{chance.choice(('text', 'author'))} {words(chance, 4)};")
        elif kind < 0.78:
            lines.append(f"set {place}/reviewed {chance.randrange(2000, 2030)};")
        elif kind < 0.88:
            lines.append(f"add {place}/tags {words(chance, 1)};")
        elif kind < 0.96:
            lines.append(f"drop {place}/paragraphs/{chance.randrange(3)};")
        else:
            lines.append(f"add sections {section(chance)};")
    return "\n".join(lines)


def main() -> None:
    """Print the figures, and a checksum of the merged document, the conflicts and the failures."""
    seed = int(sys.argv[1])
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 220
    chance = random.Random(seed)
    sections = "\n".join(section(chance) for _ in range(size))
    base = parse_document(f"{{title: {words(chance, 3)} sections: [{sections}]}}")
    before = outline(base)
    result = merge(base, parse_changes(changes(chance, size)), parse_changes(changes(chance, size)))
    lines = outline(result.document)
    lines += [f"{mine} | {other}" for mine, other in result.conflicts]
    lines += [f"{change}: {reason}" for change, reason in result.failed]
    print("lines before", len(before), "unchanged", before == outline(base))
    print("lines after", len(lines))
    print("conflicts", len(result.conflicts), "failed", len(result.failed))
    print("sha256", hashlib.sha256("\n".join(before + lines).encode()).hexdigest())


if __name__ == "__main__":
    main()
