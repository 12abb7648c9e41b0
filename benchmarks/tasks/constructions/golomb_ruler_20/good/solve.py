"""Marks of a ruler, no two pairs of them equally far apart: cut out of modular rulers.

Singer (1938) and Bose (1942) have residues whose differences are all different; so have their multiples. Any
run of consecutive residues, unrolled, is a ruler; the shortest run of all multiples is taken.
"""

from __future__ import annotations

import math
from collections.abc import Iterator


def solve(count: int) -> list[int]:
    """Return `count` marks whose differences are all different."""
    best = list(range(count)) if count < 3 else None
    for residues, modulus in modular_rulers(count):
        for factor in range(1, modulus // 2 + 1):
            if math.gcd(factor, modulus) > 1:
                continue
            turned = sorted(residue * factor % modulus for residue in residues)
            unrolled = turned + [residue + modulus for residue in turned]
            for first in range(len(turned) if len(turned) >= count else 0):
                run = unrolled[first : first + count]
                if best is None or run[-1] - run[0] < best[-1] - best[0]:
                    best = run
    assert best is not None
    return [mark - best[0] for mark in best]


def modular_rulers(count: int) -> Iterator[tuple[list[int], int]]:
    """Yield residues with different differences, and their modulus: from the least few primes that do."""
    primes = [p for p in range(2, 2 * count + 10) if all(p % d for d in range(2, math.isqrt(p) + 1))]
    for prime in [p for p in primes if p >= count - 1][:3]:
        yield singer(prime), prime * prime + prime + 1
        if prime >= count:
            yield bose(prime), prime * prime - 1


def singer(prime: int) -> list[int]:
    """Return the p + 1 exponents at which powers of a generator of GF(p^3) lie in a plane."""
    modulus = prime * prime + prime + 1
    for a in range(prime):
        for b in range(1, prime):
            found = [0]
            x, y, z = 0, 1, 0  # x * t^2 + y * t + z, from t on
            for exponent in range(1, modulus):
                if x == 0:
                    found.append(exponent)
                # times t, where t^3 = a * t + b
                x, y, z = y, (z + x * a) % prime, x * b % prime
            if len(found) == prime + 1 and different(found, modulus):
                return found
    raise AssertionError(f"no cubic for {prime}")


def bose(prime: int) -> list[int]:
    """Return the p exponents at which powers of a generator t of GF(p^2) are t + c."""
    modulus = prime * prime - 1
    for a in range(prime):
        for b in range(1, prime):
            found = []
            y, z = 1, 0
            for exponent in range(1, modulus + 1):
                if y == 1:
                    found.append(exponent % modulus)
                y, z = (z + y * a) % prime, y * b % prime
            if len(found) == prime and different(found, modulus):
                return sorted(found)
    raise AssertionError(f"no quadratic for {prime}")


def different(residues: list[int], modulus: int) -> bool:
    """Whether all differences of two residues are different."""
    seen = {(a - b) % modulus for a in residues for b in residues if a != b}
    return len(seen) == len(residues) * (len(residues) - 1)
