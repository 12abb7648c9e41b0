"""Values and code as a prompt shows them: no addresses, no noise, shortened in the middle."""

from __future__ import annotations

import re

__all__ = ["shortened", "shown"]

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def shortened(text: str, limit: int) -> str:
    """Return a text of at most some `limit` characters: its start and its end, which both tell most."""
    if len(text) <= limit:
        return text
    head, tail = limit * 3 // 5, limit * 2 // 5
    return f"{text[:head]} … {len(text) - head - tail} characters left out … {text[len(text) - tail :]}"


def shown(value: object, limit: int | None = 400) -> str:
    """Return a value as text: the same for equal values in every process; `limit` None: whole."""
    value = _plain(value)
    if isinstance(value, str) and "\n" in value:
        text = "\n" + value.rstrip("\n")
    else:
        try:
            text = _ADDRESS.sub("", repr(value))
        except Exception as error:  # a user's own repr
            text = f"<{type(value).__name__} whose repr fails: {type(error).__name__}>"
    return text if limit is None else shortened(text, limit)


def _plain(value: object) -> object:
    """Return a numpy scalar as Python's own number: `np.float64(0.5)` is noise."""
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
        item = getattr(value, "item", None)
        if item is not None:
            return item()
    return value
