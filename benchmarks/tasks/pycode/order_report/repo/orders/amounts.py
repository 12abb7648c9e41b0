"""Amounts of money, in cents."""

from __future__ import annotations


def discounted(cents: int, percent: int) -> int:
    """Return an amount less a discount, rounded half up to a cent."""
    return (cents * (100 - percent) + 50) // 100


def shown(cents: int) -> str:
    """Return an amount as people write it, e.g. "12.05" and "-0.30"."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"
