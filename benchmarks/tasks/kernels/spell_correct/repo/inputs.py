"""Prints ten lists of words with typed ones, one a line: `python inputs.py SEED [SIZE]`. SIZE is of words."""

from __future__ import annotations

import json
import random
import sys

SIZE = 120
TYPED = 6
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def syllables(rng: random.Random, letters: str) -> list[str]:
    vowels = [letter for letter in letters if letter in "aeiouy"] or list(letters)
    return [
        rng.choice(letters) + rng.choice(vowels) + rng.choice(["", rng.choice(letters)]) for _ in range(40)
    ]


def vocabulary(rng: random.Random, kind: int, size: int) -> list[str]:
    """Return words; kinds differ in length, in how many letters there are, and in how alike words are."""
    letters = LETTERS if kind % 3 else "".join(rng.sample(LETTERS, 5))
    parts = syllables(rng, letters)
    longest = (2, 3, 4, 5)[kind % 4]
    words = ["".join(rng.choices(parts, k=rng.randint(1, longest))) for _ in range(size)]
    if kind % 2:
        stem = "".join(rng.choices(parts, k=2))
        words = [stem[: rng.randint(0, len(stem))] + word if rng.random() < 0.5 else word for word in words]
    if kind % 5 == 4:
        words += rng.choices(words, k=size // 10)
    return words


def mistyped(rng: random.Random, word: str) -> str:
    """Return a word with up to four mistakes; the word may be gone by then."""
    text = word
    for _ in range(rng.randint(0, 4)):
        place = rng.randint(0, len(text))
        text = text[:place] + rng.choice(["", rng.choice(LETTERS)]) + text[place + rng.randint(0, 1) :]
    return text


def request(rng: random.Random, kind: int, size: int) -> list[object]:
    """Return the arguments of one call: words, typed."""
    words = vocabulary(rng, kind, size)
    typed = [mistyped(rng, rng.choice(words)) for _ in range(TYPED)]
    typed[rng.randrange(TYPED)] = "".join(rng.choices(LETTERS, k=rng.randint(0, 14)))
    # Short words make tables small: more typed ones keep the work alike.
    while sum(map(len, typed)) * sum(map(len, words)) < 45 * 7 * len(words):
        typed.append(mistyped(rng, rng.choice(words)))
    return [words, typed]


def main() -> None:
    rng = random.Random(int(sys.argv[1]))
    size = int(sys.argv[2]) if len(sys.argv) > 2 else SIZE
    kinds = list(range(10))
    rng.shuffle(kinds)
    for kind in kinds:
        print(json.dumps(request(rng, kind, max(2, size))))


if __name__ == "__main__":
    main()
