"""Bins: the places of a warehouse, written like `B07-3` (aisle and shelf)."""

from __future__ import annotations

import re

_BIN = re.compile(r"[A-Z]\d{2}-\d\Z")


def is_bin(text: str) -> bool:
    """Return whether a text names a bin."""
    return _BIN.match(text) is not None


def aisle_of(place: str) -> str:
    """Return the aisle of a bin, e.g. "B07"; raises ValueError if it is none."""
    if not is_bin(place):
        raise ValueError(f"not a bin: {place!r}")
    return place.partition("-")[0]
