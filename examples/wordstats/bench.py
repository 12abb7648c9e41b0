"""The work that is measured: summarise a generated collection, and print what came out.

The collection is always the same, and so is the output; times are taken from outside.
"""

from __future__ import annotations

import hashlib
import random

from wordstats import chunk_size, render_report, summarise
from wordstats.tokens import STOPWORDS

DOCUMENTS = 120
SENTENCES = 16
SYLLABLES = ("ba", "ce", "di", "fo", "gu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "zu")


def generate(seed: int = 7) -> list[str]:
    """Return documents in which few words are frequent and many are rare, as in real text."""
    chance = random.Random(seed)
    rare = [a + b + c for a in SYLLABLES for b in SYLLABLES for c in SYLLABLES]
    chance.shuffle(rare)
    weights = [1 / (rank + 12) for rank in range(len(rare))]
    sentences = DOCUMENTS * SENTENCES
    meaning = chance.choices(rare, weights, k=11 * sentences)
    common = chance.choices(STOPWORDS.split(), k=3 * sentences)
    lines = []
    for number in range(sentences):
        words = meaning[11 * number : 11 * number + 11]
        for word in common[3 * number : 3 * number + 3]:
            words.insert(chance.randrange(len(words)), word)
        lines.append(" ".join(words).capitalize() + ".")
    return [" ".join(lines[start : start + SENTENCES]) for start in range(0, sentences, SENTENCES)]


def main() -> None:
    """Summarise, and print the figures and a checksum of the whole report."""
    report = render_report(summarise(generate(), chunk=chunk_size(), top=500))
    print("\n".join(report.splitlines()[:7]))
    print("checksum", hashlib.sha256(report.encode()).hexdigest()[:16])


if __name__ == "__main__":
    main()
