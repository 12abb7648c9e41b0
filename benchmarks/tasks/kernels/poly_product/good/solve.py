"""Product of two polynomials."""

from __future__ import annotations


def solve(left: list[int], right: list[int]) -> list[int]:
    """Return the coefficients of the product, of len(left) + len(right) - 1 terms; none if a factor has none.

    The polynomials are evaluated at a power of 256 that is larger than any coefficient of the
    product: one product of two long integers then has all coefficients side by side (Kronecker's
    substitution).

    Args:
        left: Coefficients of a factor, whole numbers, that of the lowest power first.
        right: Those of the other one.
    """
    if not left or not right:
        return []
    # At least 1 each: the factors themselves have to fit, too, where the other one is 0.
    bound = min(len(left), len(right)) * max(1, *map(abs, left)) * max(1, *map(abs, right))
    width = (bound.bit_length() + 1) // 8 + 1  # bytes, with room for a sign
    terms = len(left) + len(right) - 1
    shift = 1 << (8 * width - 1)
    # A shift of all coefficients makes them positive, so that none borrows from the next one.
    product = _packed(left, width) * _packed(right, width) + int.from_bytes(
        shift.to_bytes(width, "little") * terms, "little"
    )
    digits = product.to_bytes(width * terms, "little")
    number = int.from_bytes
    return [number(digits[at : at + width], "little") - shift for at in range(0, width * terms, width)]


def _packed(coefficients: list[int], width: int) -> int:
    shift = 1 << (8 * width - 1)
    digits = b"".join([(value + shift).to_bytes(width, "little") for value in coefficients])
    shifts = shift.to_bytes(width, "little") * len(coefficients)
    return int.from_bytes(digits, "little") - int.from_bytes(shifts, "little")
