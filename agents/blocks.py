"""Texts as lines, and SEARCH/REPLACE: a piece of a file is found exactly once, or not at all.

Two differences are forgiven where the piece is then unique: white space at the ends of lines, and
one indentation shift of the whole piece. Nothing else is guessed: a change in the wrong place costs
a trial, a question to the author costs a few tokens.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from strop.errors import EditError

__all__ = ["Found", "Lines", "locate", "nearest", "positions", "replace_piece"]

SHOWN_LINES = 12
SHOWN_CHARACTERS = 200
COMPARED_LINES = 4000  # of a file, for a hint; comparing texts is slow
MOST_FOUND = 50  # of a piece that is indented otherwise: it is ambiguous long before


@dataclass(frozen=True)
class Lines:
    """A text as lines with the ending of each: the file's own endings survive every edit."""

    rows: tuple[str, ...]
    endings: tuple[str, ...]  # "\n" or "\r\n"; "" for a last line without one
    mark: str = ""  # a byte order mark

    @classmethod
    def of(cls, text: str) -> Lines:
        """Split a text at \\n and \\r\\n only, not at form feeds and the like."""
        mark = "\ufeff" if text.startswith("\ufeff") else ""
        rows, endings = [], []
        pieces = text[len(mark) :].split("\n")
        for piece in pieces[:-1]:
            crlf = piece.endswith("\r")
            rows.append(piece[:-1] if crlf else piece)
            endings.append("\r\n" if crlf else "\n")
        if pieces[-1]:
            rows.append(pieces[-1])
            endings.append("")
        return cls(tuple(rows), tuple(endings), mark)

    @property
    def text(self) -> str:
        """The text again."""
        return self.mark + "".join(row + end for row, end in zip(self.rows, self.endings, strict=True))

    @property
    def ending(self) -> str:
        """The ending that most lines have, for new ones."""
        return "\r\n" if 2 * self.endings.count("\r\n") > len(self.endings) else "\n"

    def spliced(self, start: int, end: int, rows: list[str]) -> Lines:
        """Return the lines with rows [start, end) replaced; kept lines keep their endings."""
        first, last = 0, len(rows)
        while start < end and first < last and rows[first] == self.rows[start]:
            start, first = start + 1, first + 1
        while start < end and first < last and rows[last - 1] == self.rows[end - 1]:
            end, last = end - 1, last - 1
        rows = rows[first:last]
        inside = list(self.endings[start:end])
        # A file whose last line has no ending goes on without one.
        bare = end == len(self.rows) and bool(self.endings) and self.endings[-1] == ""
        if inside and len(rows) == len(inside):
            endings = inside
        else:
            endings = [self.ending] * len(rows)
            if bare and rows:
                endings[-1] = ""
        before = list(self.endings[:start])
        if bare and not rows and before:
            before[-1] = ""
        if before and before[-1] == "" and rows:
            before[-1] = self.ending
        return replace(
            self,
            rows=self.rows[:start] + tuple(rows) + self.rows[end:],
            endings=(*before, *endings, *self.endings[end:]),
        )


class Found(NamedTuple):
    """Where a piece was found, and by how much its indentation differs from the file's."""

    start: int
    add: str = ""  # put this before each line of the answer
    cut: str = ""  # or take this away


def locate(rows: tuple[str, ...], piece: list[str]) -> list[Found]:
    """Return where a piece stands: exactly, else but for trailing space, else shifted as a whole."""
    exact = [Found(at) for at in positions(rows, piece)]
    if exact:
        return exact
    stripped, wanted = tuple(row.rstrip() for row in rows), [row.rstrip() for row in piece]
    if not any(wanted):
        return []
    trailing = [Found(at) for at in positions(stripped, wanted)]
    return trailing or _shifted(stripped, wanted)


def positions(rows: Sequence[str], piece: Sequence[str]) -> list[int]:
    """Return where a piece begins in rows, overlapping places too; in linear time, whatever repeats.

    Source: Knuth, Morris, Pratt, Fast Pattern Matching in Strings, 1977.
    """
    if not piece or len(piece) > len(rows):
        return []
    fallback = [0] * len(piece)  # of each prefix: the length of its longest border
    length = 0
    for at in range(1, len(piece)):
        while length and piece[at] != piece[length]:
            length = fallback[length - 1]
        length += piece[at] == piece[length]
        fallback[at] = length
    found, length = [], 0
    for at, row in enumerate(rows):
        while length and (length == len(piece) or row != piece[length]):
            length = fallback[length - 1]
        length += row == piece[length]
        if length == len(piece):
            found.append(at - length + 1)
    return found


def _shifted(rows: tuple[str, ...], piece: list[str]) -> list[Found]:
    bare_rows, bare = tuple(row.lstrip() for row in rows), [row.lstrip() for row in piece]
    found: list[Found] = []
    for at in positions(bare_rows, bare)[:MOST_FOUND]:
        pairs = [(row, mine) for row, mine in zip(rows[at:], piece, strict=False) if mine]
        shifts = {_shift(_indent(row), _indent(mine)) for row, mine in pairs}
        shift = shifts.pop() if len(shifts) == 1 else None
        if shift is not None:
            found.append(Found(at, *shift))
    return found


def _indent(row: str) -> str:
    return row[: len(row) - len(row.lstrip())]


def _shift(theirs: str, mine: str) -> tuple[str, str] | None:
    if theirs.endswith(mine):
        return theirs[: len(theirs) - len(mine)], ""
    return ("", mine[: len(mine) - len(theirs)]) if mine.endswith(theirs) else None


def replace_piece(text: str, path: str, piece: list[str], new: list[str]) -> str:
    """Return a file's text with one piece replaced; raises `EditError` unless it is found once."""
    lines = Lines.of(text)
    found = locate(lines.rows, piece)
    if not found:
        raise EditError(
            f"{path}: the SEARCH text is missing in the file; copy the lines exactly. "
            f"{nearest(lines.rows, piece)}"
        )
    if len(found) > 1:
        at = ", ".join(str(place.start + 1) for place in found[:5])
        raise EditError(
            f"{path}: the SEARCH text is ambiguous ({len(found)} matches, at lines {at}); "
            "add lines around it until it is unique"
        )
    place = found[0]
    return lines.spliced(place.start, place.start + len(piece), _moved(new, place, path)).text


def _moved(new: list[str], place: Found, path: str) -> list[str]:
    """Return the new lines with the shift that the old ones needed."""
    moved = []
    for row in new:
        if row.strip() and not row.startswith(place.cut):
            raise EditError(
                f"{path}: the REPLACE text is indented less than the SEARCH text allows for; "
                "indent both as the file does"
            )
        moved.append(place.add + row.removeprefix(place.cut) if row.strip() else row)
    return moved


def nearest(rows: tuple[str, ...], piece: list[str]) -> str:
    """Return the lines of a file that are most like a piece, for a message to its author."""
    wanted = max((row.strip() for row in piece), key=len, default="")
    if not rows or not wanted:
        return "The file is empty." if not rows else ""
    bare = {
        row.strip()[:SHOWN_CHARACTERS]: at for at, row in reversed(list(enumerate(rows[:COMPARED_LINES])))
    }
    close = difflib.get_close_matches(wanted[:SHOWN_CHARACTERS], bare, n=1, cutoff=0.5)
    if not close:
        return "No line of the file is like it."
    offset = next(at for at, row in enumerate(piece) if row.strip() == wanted)
    start = max(0, bare[close[0]] - min(max(offset, 1), SHOWN_LINES // 2))
    end = min(len(rows), start + min(max(len(piece), 3), SHOWN_LINES))
    shown = "\n".join(row[:SHOWN_CHARACTERS] for row in rows[start:end])
    return f"The nearest lines of the file, {start + 1} to {end}, are:\n{shown}"
