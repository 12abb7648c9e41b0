"""Labels of parcels: zone, number, check digit."""

from __future__ import annotations


def _check_digit(digits: str) -> int:
    """Return the digit that makes the weighted sum a multiple of ten; weights are 3 and 1 in turn."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return -total % 10


def label(zone: str, number: int) -> str:
    """Return a label such as B4-00001234-7."""
    if not 0 <= number < 10**8:
        raise ValueError(f"number {number}: it must have at most eight digits")
    digits = f"{number:08d}"
    return f"{zone}-{digits}-{_check_digit(digits)}"


def is_good(text: str) -> bool:
    """Whether a text is a label with the right check digit."""
    parts = text.split("-")
    if len(parts) != 3 or len(parts[1]) != 8 or not (parts[1] + parts[2]).isdecimal():
        return False
    return parts[2] == str(_check_digit(parts[1]))
