"""Listings of a disk: a line for each file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """A file in a listing."""

    folders: tuple[str, ...]
    name: str
    size: int  # bytes
    day: int  # of its last change


def parse(lines: Iterable[str]) -> list[Entry]:
    """Return the files of lines such as `1200 365 home/ann/notes.txt`; empty lines are skipped.

    Raises:
        ValueError: A line has no size, day and path, or a folder without a name.
    """
    entries = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        parts = line.rstrip("\n").split(" ", 2)
        if len(parts) != 3 or not all(part.isdecimal() for part in parts[:2]):
            raise ValueError(f"line {number}: it must be a size, a day and a path: {line.strip()!r}")
        *folders, name = parts[2].split("/")
        if not name or "" in folders:
            raise ValueError(f"line {number}: a name in the path is empty: {parts[2]!r}")
        entries.append(Entry(tuple(folders), name, int(parts[0]), int(parts[1])))
    return entries
