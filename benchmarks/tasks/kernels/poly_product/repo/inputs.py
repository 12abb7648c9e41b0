"""Prints ten pairs of polynomials, one a line: `python inputs.py SEED [SIZE]`. SIZE is of coefficients."""

from __future__ import annotations

import json
import random
import sys

SIZE = 480


def coefficients(rng: random.Random, size: int, kind: int) -> list[int]:
    """Return coefficients; kinds differ in how large they are, in signs, and in zeros among them."""
    if kind == 0:
        return [rng.randint(-9, 9) for _ in range(size)]
    if kind == 1:
        return [rng.randint(0, 10**6) for _ in range(size)]
    if kind == 2:  # sparse
        return [rng.randint(-999, 999) if rng.random() < 0.15 else 0 for _ in range(size)]
    if kind == 3:  # large, and of very different sizes
        return [rng.choice([-1, 1]) * rng.randrange(1 << rng.randint(1, 80)) for _ in range(size)]
    return [-rng.randint(1, 10**9) for _ in range(size)]


def request(rng: random.Random, kind: int, size: int) -> list[list[int]]:
    """Return the arguments of one call: left, right."""
    left = max(1, size + rng.randint(-size // 10, size // 10))
    right = max(1, left + rng.randint(-size // 10, size // 10))
    if kind > 7:
        right = rng.randint(1, max(1, left // 2))
    factors = [coefficients(rng, left, kind % 5), coefficients(rng, right, (kind + kind // 5) % 5)]
    if rng.random() < 0.3:  # zeros at the top stay in the product
        factors[0][-(left // 10) - 1 :] = [0] * (left // 10 + 1)
    rng.shuffle(factors)
    return factors


def main() -> None:
    rng = random.Random(int(sys.argv[1]))
    size = int(sys.argv[2]) if len(sys.argv) > 2 else SIZE
    kinds = list(range(10))
    rng.shuffle(kinds)
    for kind in kinds:
        print(json.dumps(request(rng, kind, max(4, size))))


if __name__ == "__main__":
    main()
