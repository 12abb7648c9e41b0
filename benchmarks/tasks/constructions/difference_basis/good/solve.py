"""A set of integers whose differences are 1, 2, ..., n: Singer's residues, repeated as a small basis says.

Singer (1938): p + 1 residues modulo m = p * p + p + 1 whose differences are each residue once. With a basis
of 1 to k, the residues plus m times each of its elements have all differences up to about k * m (Redei and
Renyi 1948, Leech 1956).
"""

from __future__ import annotations

import math

SIZE = 2000  # whatever the knob says: the largest set is the best one
SMALL = (0, 1, 4, 6)  # differences 1 to 6, each once: 16 / 6 is the limit of the value


def solve() -> list[int]:
    """Return different integers, at most 2000 of them."""
    most = SIZE // len(SMALL) - 1
    prime = max(p for p in range(2, max(3, most + 1)) if all(p % d for d in range(2, math.isqrt(p) + 1)))
    modulus = prime * prime + prime + 1
    return [residue + modulus * shift for shift in SMALL for residue in singer(prime)]


def singer(prime: int) -> list[int]:
    """Return the p + 1 exponents at which powers of a generator of GF(p^3) lie in a plane."""
    modulus = prime * prime + prime + 1
    for a in range(prime):
        for b in range(1, prime):
            found = powers_in_plane(a, b, prime)
            if len(found) == prime + 1 and all_differences(found, modulus):
                return found
    raise AssertionError(f"no cubic for {prime}")


def powers_in_plane(a: int, b: int, prime: int) -> list[int]:
    """Return the exponents e below p * p + p + 1 at which t^e has no t^2, with t^3 = a * t + b."""
    found = [0]
    x, y, z = 0, 1, 0
    for exponent in range(1, prime * prime + prime + 1):
        if x == 0:
            found.append(exponent)
            if len(found) > prime + 1:
                break
        x, y, z = y, (z + x * a) % prime, x * b % prime
    return found


def all_differences(residues: list[int], modulus: int) -> bool:
    """Whether each residue but 0 is a difference."""
    return len({(a - b) % modulus for a in residues for b in residues}) == modulus
