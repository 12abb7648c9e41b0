"""Folders as a tree."""

from __future__ import annotations

from collections.abc import Iterator

from quota.listing import Entry


class Folder:
    """A folder with its files and folders; the top has no name and no parent."""

    def __init__(self, name: str, parent: Folder | None = None) -> None:
        self.name = name
        self.parent = parent
        self.entries: list[Entry] = []
        self.folders: dict[str, Folder] = {}

    def folder(self, name: str) -> Folder:
        """Return the folder of this name in this one; makes it where it is missing."""
        if name not in self.folders:
            self.folders[name] = Folder(name, self)
        return self.folders[name]

    def path(self) -> str:
        """Return the names from the top to here: `/home/ann`; "/" for the top."""
        if self.parent is None:
            return "/"
        return self.parent.path().rstrip("/") + "/" + self.name

    def size(self) -> int:
        """Return the bytes of all files in here, at any depth."""
        return sum(entry.size for entry in self.entries) + sum(part.size() for part in self.folders.values())

    def files(self) -> int:
        """Return the number of files in here, at any depth."""
        return len(self.entries) + sum(part.files() for part in self.folders.values())

    def last_day(self) -> int:
        """Return the day of the last change of a file in here, 0 without files."""
        days = [entry.day for entry in self.entries] + [part.last_day() for part in self.folders.values()]
        return max(days, default=0)

    def walk(self) -> Iterator[Folder]:
        """Return this folder and all in it: each before those in it, by name."""
        yield self
        for name in sorted(self.folders):
            yield from self.folders[name].walk()


def build(entries: list[Entry]) -> Folder:
    """Return the top of the tree of these files."""
    top = Folder("")
    for entry in entries:
        place = top
        for name in entry.folders:
            place = place.folder(name)
        place.entries.append(entry)
    return top
