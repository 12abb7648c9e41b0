"""Words and numbers of the texts."""

from __future__ import annotations

from collections.abc import Sequence


def num(value: float) -> str:
    """Return a number as all texts write it: no thousands separators, no zeros at the end."""
    return str(value) if isinstance(value, int) else f"{value:.4f}".rstrip("0").rstrip(".")


def nums(values: Sequence[float]) -> str:
    """Return numbers as an enumeration: 1, 2 and 3."""
    return listed([num(value) for value in values])


def listed(words: Sequence[str]) -> str:
    """Return words as an enumeration: a, b and c."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def cents(draw, low: float, high: float) -> float:
    """Return an evenly drawn number with two decimals."""
    return round(draw.uniform(low, high), 2)
