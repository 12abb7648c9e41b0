"""Limits of folders, and who breaks them."""

from __future__ import annotations

from dataclasses import dataclass

from quota.tree import Folder, all_figures


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
    figures = all_figures(top)
    paths = {top: top.path()}
    valid = {top: limit_of(top, limits)}
    for folder in top.walk():
        if folder is not top:
            assert folder.parent is not None
            paths[folder] = paths[folder.parent].rstrip("/") + "/" + folder.name
            valid[folder] = limits.get(paths[folder], valid[folder.parent])
        limit, used = valid[folder], figures[folder].size
        if limit is not None and used > limit:
            found.append(Excess(paths[folder], used, limit))
    return found
