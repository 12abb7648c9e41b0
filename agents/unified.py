"""Unified diffs of a model, read strictly and applied without git.

Line numbers may be wrong where the old lines are found exactly once; counts, context and removed
lines have to be right. What is no change of a text file's content is refused: modes, symlinks,
submodules, renames, copies, binary patches.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from strop.agents.blocks import Lines, nearest, positions
from strop.errors import EditError

__all__ = ["FilePatch", "apply_patch", "diff_extent", "parse_diff", "starts_diff"]

MOST_HUNKS = 200
"""Of a diff; each costs a walk through its file."""

LONGEST_NAMES = 8192
"""Characters of a line that names two paths."""

HUNK = re.compile(
    r"@@(?: -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))?)? @@(?: .*)?$|@@(?: \.\.\. @@)?$"
)

REFUSED = (
    (re.compile(r"(new|deleted) file mode (?!100(644|755)$)"), "only regular files can be made or deleted"),
    (re.compile(r"(old|new) mode "), "modes of files can't be changed"),
    (re.compile(r"index \S+ (120000|160000)"), "symlinks and submodules can't be changed"),
    (re.compile(r"(rename|copy) (from|to) "), "give a rename or copy as a deleted and a new file"),
    (re.compile(r"Binary files .* differ|GIT binary patch"), "binary files can't be changed"),
    (re.compile(r"[-+ ]?Subproject commit "), "submodules can't be changed"),
)

QUIET = re.compile(r"index [0-9a-f]+\.\.|(dis)?similarity index |(new|deleted) file mode 100(644|755)$")


@dataclass
class Hunk:
    """One hunk: its lines with their sign, and where it says it stands."""

    start: int | None  # first old line, counted from 1; None where the header doesn't tell
    rows: list[tuple[str, str]] = field(default_factory=list)  # (" ", "-" or "+", text)
    bare_old: bool = False  # its last old line has no newline
    bare_new: bool = False

    @property
    def old(self) -> list[str]:
        """Context and removed lines."""
        return [text for sign, text in self.rows if sign != "+"]

    @property
    def new(self) -> list[str]:
        """Context and added lines."""
        return [text for sign, text in self.rows if sign != "-"]


@dataclass
class FilePatch:
    """The change of one file."""

    path: str
    created: bool
    deleted: bool
    hunks: list[Hunk] = field(default_factory=list)


def starts_diff(rows: list[str], at: int) -> bool:
    """Return whether a diff begins at a line."""
    if rows[at].startswith("diff --git "):
        return True
    following = rows[at + 1] if at + 1 < len(rows) else ""
    return rows[at].startswith("--- ") and following.startswith("+++ ")


def diff_extent(rows: list[str], at: int) -> int:
    """Return the line after a diff that stands in prose, beginning at line `at`."""
    end = at
    left: list[int] | None = None  # lines that the current hunk still has to bring, old and new
    in_hunk = False
    while end < len(rows):
        row = rows[end]
        head = HUNK.match(row)
        if head:
            in_hunk, left = True, _counts(head)
        elif in_hunk and left != [0, 0] and (not row or row[0] in " +-\\") and not starts_diff(rows, end):
            left = _less(left, row)
        elif not row.strip():
            following = next((at for at in range(end, len(rows)) if rows[at].strip()), None)
            if following is None or not (HUNK.match(rows[following]) or starts_diff(rows, following)):
                break
            end = following
            continue
        elif _is_header(row):
            in_hunk = False
        elif not (in_hunk and row[0] in "+-\\"):  # lines beyond the count are the parser's to refuse
            break
        end += 1
    return end


def _counts(head: re.Match[str]) -> list[int] | None:
    return None if head[1] is None else [int(head[2] or 1), int(head[4] or 1)]


def _less(left: list[int] | None, row: str) -> list[int] | None:
    if left is None or row.startswith("\\"):
        return left
    sign = row[:1] or " "
    return [max(0, left[0] - (sign in " -")), max(0, left[1] - (sign in " +"))]


def _is_header(row: str) -> bool:
    known = row.startswith(("--- ", "+++ ", "diff --git "))
    return known or bool(QUIET.match(row)) or any(pattern.match(row) for pattern, _ in REFUSED)


def parse_diff(rows: list[str]) -> list[FilePatch]:
    """Return the patches of a diff's lines; raises `EditError` for anything that isn't plain."""
    reader = _Reader(rows)
    while not reader.done:
        reader.file()
    if not reader.patches:
        raise EditError("the diff changes no file; give --- and +++ lines and hunks")
    return reader.patches


class _Reader:
    def __init__(self, rows: list[str]) -> None:
        self.rows = rows
        self.at = 0
        self.patches: list[FilePatch] = []
        self._skip_blank()

    @property
    def done(self) -> bool:
        return self.at >= len(self.rows)

    def _skip_blank(self) -> None:
        while not self.done and not self.rows[self.at].strip():
            self.at += 1

    def file(self) -> None:
        """Read one file's headers and hunks."""
        named, fresh, gone = "", False, False
        while not self.done and not self.rows[self.at].startswith("--- "):
            row = self.rows[self.at]
            for pattern, reason in REFUSED:
                if pattern.match(row):
                    raise EditError(f"the diff has the line {row[:80]!r}: {reason}")
            if row.startswith("diff --git "):
                if fresh or gone:
                    self._empty(named, fresh, gone)
                named, fresh, gone = _git_name(row), False, False
            elif row.startswith("new file"):
                fresh = True
            elif row.startswith("deleted file"):
                gone = True
            elif row.strip() and not QUIET.match(row):
                raise EditError(f"the diff has a line that is neither header nor hunk: {row[:80]!r}")
            self.at += 1
        if self.done:
            if fresh or gone:
                self._empty(named, fresh, gone)
            return
        patch = self._head()
        while not self.done and self.rows[self.at].startswith("@@"):
            patch.hunks.append(self._hunk(patch.path))
            self._skip_blank()
            if len(patch.hunks) + sum(len(other.hunks) for other in self.patches) > MOST_HUNKS:
                raise EditError(f"the diff has more than {MOST_HUNKS} hunks; give a smaller change")
        if not patch.hunks:
            raise EditError(
                f"{patch.path}: the diff has no hunk; begin each with @@ -line,count +line,count @@"
            )
        self.patches.append(patch)

    def _empty(self, named: str, fresh: bool, gone: bool) -> None:
        """Take a file that is made or deleted empty: it has no hunks."""
        if not named:
            raise EditError("the diff names no file; give --- and +++ lines")
        self.patches.append(FilePatch(named, fresh, gone))

    def _head(self) -> FilePatch:
        old = _name(self.rows[self.at][4:])
        self.at += 1
        if self.done or not self.rows[self.at].startswith("+++ "):
            raise EditError(f"{old}: the diff's --- line has no +++ line after it")
        new = _name(self.rows[self.at][4:])
        self.at += 1
        if old == new == "/dev/null":
            raise EditError("the diff names no file")
        before = old[2:] if old.startswith("a/") and (new.startswith("b/") or new == "/dev/null") else old
        after = new[2:] if new.startswith("b/") and (old.startswith("a/") or old == "/dev/null") else new
        if "/dev/null" not in (old, new) and before != after:
            raise EditError(
                f"the diff renames {before} to {after}; give a rename as a deleted and a new file"
            )
        return FilePatch(after if old == "/dev/null" else before, old == "/dev/null", new == "/dev/null")

    def _hunk(self, path: str) -> Hunk:
        head = HUNK.match(self.rows[self.at])
        if not head:
            raise EditError(f"{path}: not a hunk header: {self.rows[self.at][:80]!r}")
        where = f"{path}: hunk {self.rows[self.at][:60]!r}"
        self.at += 1
        counts = _counts(head)
        if counts is None:
            return self._body(Hunk(None), None, where)
        return self._body(Hunk(int(head[1])), counts, where)

    def _body(self, hunk: Hunk, counts: list[int] | None, where: str) -> Hunk:
        old = new = 0  # lines so far
        while not self.done:
            row = self.rows[self.at]
            full = [old, new] == counts
            if row.startswith("\\"):
                self._no_newline(hunk)
                continue
            if full and (not row.strip() or row[0] not in " +-" or starts_diff(self.rows, self.at)):
                break
            if row.startswith(("@@", "diff --git ")) or (counts is None and starts_diff(self.rows, self.at)):
                break
            if row and row[0] not in " +-":
                raise EditError(f"{where}: the line {row[:80]!r} begins with neither space, + nor -")
            # Editors and models drop the one space of an empty context line.
            hunk.rows.append((row[0], row[1:]) if row else (" ", ""))
            old, new = old + (row[:1] != "+"), new + (row[:1] != "-")
            self.at += 1
        if counts is None:
            while hunk.rows and hunk.rows[-1] == (" ", ""):
                hunk.rows.pop()
        elif [old, new] != counts:
            raise EditError(
                f"{where} announces {counts[0]} old and {counts[1]} new lines, but has {old} and "
                f"{new}; is it cut off? Count again, or use SEARCH/REPLACE blocks"
            )
        if all(sign == " " for sign, _ in hunk.rows):
            raise EditError(f"{where} changes nothing")
        return hunk

    def _no_newline(self, hunk: Hunk) -> None:
        sign = hunk.rows[-1][0] if hunk.rows else " "
        hunk.bare_old |= sign in " -"
        hunk.bare_new |= sign in " +"
        self.at += 1


def _name(text: str) -> str:
    name = text.split("\t")[0].strip()
    if name.startswith('"'):
        raise EditError(f"the diff quotes the path {name[:80]}; only plain paths are allowed")
    return name


def _git_name(row: str) -> str:
    # The backward reference takes quadratic time.
    match = re.fullmatch(r"diff --git a/(.+) b/\1", row.strip()) if len(row) <= LONGEST_NAMES else None
    if not match:
        raise EditError(f"the diff's line {row[:80]!r} names two paths; renames aren't allowed")
    return match[1]


# --- application ----------------------------------------------------------------------------------


def apply_patch(patch: FilePatch, read: Callable[[str], str | None]) -> str | None:
    """Return the file's new text, None where the patch deletes it; raises `EditError`."""
    text = read(patch.path)
    if patch.created:
        if text:
            raise EditError(
                f"{patch.path}: the diff makes a new file, but the file exists; change it instead"
            )
        return _made(patch)
    if text is None:
        raise EditError(f"{patch.path}: there is no such file to change; a new file has `--- /dev/null`")
    lines = Lines.of(text)
    offset = 0  # how far hunks before have moved the lines
    done = 0
    for hunk in patch.hunks:
        at = _place(lines, hunk, offset, done, patch.path)
        old, new = hunk.old, _kept_context(hunk, lines.rows[at : at + len(hunk.old)])
        grown = len(new) - len(old)
        ends = at + len(old) == len(lines.rows)
        lines = lines.spliced(at, at + len(old), new)
        if ends and hunk.bare_old != hunk.bare_new and lines.rows:
            last = "" if hunk.bare_new else lines.ending
            lines = Lines(lines.rows, (*lines.endings[:-1], last), lines.mark)
        offset += grown
        done = at + len(new)
    if patch.deleted and lines.rows:
        raise EditError(f"{patch.path}: the diff deletes the file, but doesn't remove all of its lines")
    return None if patch.deleted else lines.text


def _made(patch: FilePatch) -> str:
    rows = [row for hunk in patch.hunks for row in hunk.rows]
    if any(sign != "+" for sign, _ in rows):
        raise EditError(f"{patch.path}: a new file has lines with + only")
    text = "".join(row + "\n" for _, row in rows)
    return text[:-1] if patch.hunks and patch.hunks[-1].bare_new else text


def _kept_context(hunk: Hunk, theirs: tuple[str, ...]) -> list[str]:
    """Return the new lines, context as the file has it."""
    new, position = [], 0
    for sign, text in hunk.rows:
        if sign == "+":
            new.append(text)
            continue
        if sign == " ":
            new.append(theirs[position])
        position += 1
    return new


def _place(lines: Lines, hunk: Hunk, offset: int, done: int, path: str) -> int:
    """Return where a hunk's old lines stand: where it says, else the only place after the last one."""
    old = [row.rstrip() for row in hunk.old]
    rows = [row.rstrip() for row in lines.rows]
    if not old:
        if not rows:
            return 0
        raise EditError(f"{path}: a hunk without context has no certain place; add lines around it")
    if hunk.start is not None:
        said = hunk.start - 1 + offset
        if said >= done and rows[said : said + len(old)] == old:
            return said
    places = [at for at in positions(rows, old) if at >= done]
    if len(places) == 1:
        return places[0]
    if places:
        raise EditError(
            f"{path}: the hunk's old lines are ambiguous ({len(places)} matches) and its line number "
            "is wrong; add lines around it"
        )
    raise EditError(
        f"{path}: the hunk's old lines are missing in the file; copy them exactly. "
        f"{nearest(lines.rows, hunk.old)}"
    )
