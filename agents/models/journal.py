"""Append-only files of JSON lines that survive a kill at any instant.

A line is written whole and flushed to the disk before `append` returns. What a kill can leave is a
last line without its end: it is ignored when reading, and cut off before the next append.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from strop.errors import StorageError

__all__ = ["BrokenLine", "Journal", "Lines", "read_lines"]


class BrokenLine(ValueError):
    """A line that is no JSON object; `number` counts from 1."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(reason)
        self.number = number


class Lines(NamedTuple):
    """The content of a file of JSON lines."""

    entries: list[dict[str, Any]]  # entry i is line i + 1
    whole_bytes: int  # length of the file without a torn last line
    torn: bool  # whether there is a torn last line


def read_lines(file: Path) -> Lines:
    """Return the entries of a file of JSON lines.

    Raises:
        OSError: the file cannot be read.
        BrokenLine: a line that has an end is no JSON object.
    """
    content = file.read_bytes()
    *lines, tail = content.split(b"\n")
    entries = [_parse(line, number) for number, line in enumerate(lines, start=1)]
    return Lines(entries, len(content) - len(tail), bool(tail))


def _parse(line: bytes, number: int) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BrokenLine(number, f"not valid JSON: {error}") from None
    if not isinstance(entry, dict):
        raise BrokenLine(number, "not a JSON object")
    return entry


class Journal:
    """A file of JSON lines that is read once and then appended to; safe to use from several threads."""

    def __init__(self, file: Path) -> None:
        """Open a file, or plan to create it with the first append; raises `StorageError`."""
        self.file = file
        self.entries: list[dict[str, Any]] = []  # what the file held when it was opened
        self._lock = threading.Lock()
        if not file.exists():
            return
        try:
            lines = read_lines(file)
            if lines.torn:
                os.truncate(file, lines.whole_bytes)
        except OSError as error:
            raise StorageError(f"{file}: cannot be read: {error.strerror}") from None
        except BrokenLine as error:
            raise StorageError(
                f"{file}:{error.number}: {error}; repair the line, or move the file away"
            ) from None
        self.entries = lines.entries

    def append(self, entry: Mapping[str, Any]) -> None:
        """Write one entry and wait until it is on the disk; raises `StorageError`."""
        line = json.dumps(entry, separators=(",", ":")).encode("ascii") + b"\n"
        with self._lock:
            try:
                self._write(line)
            except OSError as error:
                raise StorageError(f"{self.file}: cannot be written: {error.strerror}") from None

    def _write(self, line: bytes) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.open("ab", buffering=0) as stream:
            size = stream.tell()
            try:
                if stream.write(line) != len(line):
                    raise OSError(28, "no room for a whole line")
                os.fsync(stream.fileno())
            except OSError:
                # Half a line would make everything after it unreadable.
                os.ftruncate(stream.fileno(), size)
                raise
