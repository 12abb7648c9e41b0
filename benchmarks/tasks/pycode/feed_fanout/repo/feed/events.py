"""Events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Event:
    """Something that has happened: a topic such as `orders.paid`, a time in seconds, and what it was."""

    topic: str
    at: int
    body: dict[str, Any]


def under(topic: str, prefix: str) -> bool:
    """Return whether a topic is the prefix, or below it; all topics are below the empty one."""
    return not prefix or topic == prefix or topic.startswith(prefix + ".")
