"""Limits of folders, and who breaks them."""

from __future__ import annotations

from dataclasses import dataclass

from quota.tree import Folder


@dataclass(frozen=True)
class Excess:
    """A folder above its limit."""

    path: str
    used: int  # bytes
    limit: int


def limit_of(folder: Folder, limits: dict[str, int]) -> int | None:
    """Return the limit of a folder: its own, else that of the nearest folder above; None without any.

    Paths in `limits` are those of `Folder.path`, "/" is the top.
    """
    place: Folder | None = folder
    while place is not None:
        if place.path() in limits:
            return limits[place.path()]
        place = place.parent
    return None


def excesses(top: Folder, limits: dict[str, int]) -> list[Excess]:
    """Return all folders above their limit, those above others first, then by name."""
    found = []
    for folder in top.walk():
        limit = limit_of(folder, limits)
        if limit is not None and folder.size() > limit:
            found.append(Excess(folder.path(), folder.size(), limit))
    return found
