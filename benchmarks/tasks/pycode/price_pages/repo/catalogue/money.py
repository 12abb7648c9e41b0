"""Prices as text."""

from __future__ import annotations


def euros(cents: int) -> str:
    """Return cents as euros with a thin space between thousands: 1234567 -> 12 345.67 EUR."""
    sign = "-" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    return f"{sign}{whole:,}.{rest:02d} EUR".replace(",", "\u2009")
