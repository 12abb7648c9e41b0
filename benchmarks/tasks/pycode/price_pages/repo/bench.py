"""Write a generated price list: python bench.py SEED [ITEMS]. Prints figures and a checksum, no times."""

from __future__ import annotations

import hashlib
import random
import sys

from catalogue import Group, Item, page

WORDS = """bolt nut washer brass steel zinc M3 M4 M6 <new> long short hex &
flat round 1/4" pack sealed black""".split()


def phrase(chance: random.Random, most: int) -> str:
    """Return a few words."""
    return " ".join(chance.choices(WORDS, k=chance.randrange(1, most)))


def generate(seed: int, items: int) -> list[Group]:
    """Return groups in groups, up to seven deep, with most items in the deep ones."""
    chance = random.Random(seed)
    top = [Group(f"Aisle {number}") for number in range(5)]
    groups = list(top)
    deep = {id(group): 1 for group in top}
    for number in range(max(1, items // 12)):
        parent = max(chance.choices(groups, k=3), key=lambda group: deep[id(group)])
        if deep[id(parent)] < 7:
            group = Group(f"{phrase(chance, 3)} {number}")
            deep[id(group)] = deep[id(parent)] + 1
            parent.groups.append(group)
            groups.append(group)
    for _ in range(items):
        group = max(chance.choices(groups, k=2), key=lambda group: deep[id(group)])
        note = ""
        if chance.random() < 0.4:
            parts = [phrase(chance, 8) for _ in range(chance.randrange(1, 4))]
            note = chance.choice(("\n", "\n\n")).join(parts)
        group.items.append(Item(phrase(chance, 5), chance.randrange(1, 300000), note))
    return top


def main() -> None:
    """Write the page, and print its size and a checksum."""
    seed = int(sys.argv[1])
    items = int(sys.argv[2]) if len(sys.argv) > 2 else 420
    text = page(generate(seed, items), f"Prices & more, {seed}")
    print("items", items, "lines", text.count("\n"), "characters", len(text))
    print("escaped", text.count("&amp;"), text.count("&lt;"), text.count("&quot;"))
    print("checksum", hashlib.sha256(text.encode()).hexdigest())


if __name__ == "__main__":
    main()
