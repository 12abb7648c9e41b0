"""What whom concerns: levels of subscribers, and fields of bodies that are not for all of them."""

from __future__ import annotations

from typing import Any

from feed.codec import copied

LEVELS = ("public", "partner", "internal")

# Field -> the lowest level that sees it, at whatever depth.
_PRIVATE = {
    "email": "partner",
    "phone": "partner",
    "margin": "internal",
    "trace": "internal",
    "note": "internal",
}


def visible(body: dict[str, Any], level: str) -> dict[str, Any]:
    """Return a copy of a body with those fields that a level may see; raises ValueError if there is none."""
    if level not in LEVELS:
        raise ValueError(f"unknown level {level!r}; known: {', '.join(LEVELS)}")
    hidden = {field for field, least in _PRIVATE.items() if LEVELS.index(least) > LEVELS.index(level)}
    result: dict[str, Any] = copied(body)
    _strip(result, hidden)
    return result


def _strip(value: Any, hidden: set[str]) -> None:
    if isinstance(value, dict):
        for field in hidden.intersection(value):
            del value[field]
        for inner in value.values():
            _strip(inner, hidden)
    elif isinstance(value, list):
        for inner in value:
            _strip(inner, hidden)
