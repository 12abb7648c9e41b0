"""Product of two polynomials."""

from __future__ import annotations

import os

CUTOFF = max(1, int(os.environ.get("POLY_CUTOFF", "8")))


def solve(left: list[int], right: list[int]) -> list[int]:
    """Return the coefficients of the product, of len(left) + len(right) - 1 terms; none if a factor has none.

    Args:
        left: Coefficients of a factor, whole numbers, that of the lowest power first.
        right: Those of the other one.
    """
    if not left or not right:
        return []
    size = max(len(left), len(right))
    product = _karatsuba(left + [0] * (size - len(left)), right + [0] * (size - len(right)))
    return product[: len(left) + len(right) - 1]


def _karatsuba(a: list[int], b: list[int]) -> list[int]:
    """Multiply two polynomials of equal length by three products of half the length."""
    size = len(a)
    if size <= CUTOFF:
        return _term_by_term(a, b)
    half = (size + 1) // 2
    low = _karatsuba(a[:half], b[:half])
    high = _karatsuba(a[half:], b[half:])
    both = _karatsuba(_add(a[:half], a[half:]), _add(b[:half], b[half:]))
    product = [0] * (2 * size - 1)
    for i, value in enumerate(low):
        product[i] += value
        product[i + half] -= value
    for i, value in enumerate(high):
        product[i + 2 * half] += value
        product[i + half] -= value
    for i, value in enumerate(both):
        product[i + half] += value
    return product


def _add(long: list[int], short: list[int]) -> list[int]:
    total = list(long)
    for i, value in enumerate(short):
        total[i] += value
    return total


def _term_by_term(a: list[int], b: list[int]) -> list[int]:
    product = [0] * (len(a) + len(b) - 1)
    for i in range(len(a)):
        for j in range(len(b)):
            product[i + j] += a[i] * b[j]
    return product
