"""Vectors of Z_3^n, as tuples of digits and as whole numbers in base 3."""

DIMENSIONS = {"validation": 6, "test": 8}


def vector_of(number, dimensions):
    """Return the digits of a number, the highest first."""
    digits = []
    for _ in range(dimensions):
        number, digit = divmod(number, 3)
        digits.append(digit)
    return tuple(reversed(digits))


def number_of(vector):
    """Return the number that a vector's digits make."""
    number = 0
    for digit in vector:
        number = 3 * number + digit
    return number


def third(one, other):
    """Return the vector that is on a line with two others."""
    return tuple(-(a + b) % 3 for a, b in zip(one, other, strict=True))
