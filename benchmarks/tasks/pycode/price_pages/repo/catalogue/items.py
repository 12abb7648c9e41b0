"""What is for sale: items in groups, which are in groups."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Item:
    """Something with a price."""

    name: str
    cents: int
    note: str = ""  # may have several lines


@dataclass
class Group:
    """Items of a kind, and smaller groups."""

    name: str
    items: list[Item] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
