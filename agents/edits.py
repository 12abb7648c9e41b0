"""The text of a model's answer as edits: tolerant of its form, strict about its meaning.

Understood are SEARCH/REPLACE blocks, fences that name their path and hold the whole file or whole
functions of a Python file, unified diffs, and
a JSON object with a list of edits; several of them in one answer apply in their order. What can't
be understood is an `EditError` whose text goes back to the model: what is wrong, where, what to do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from strop.agents.answer import Anonymous, Block, Diff, Reader, Whole
from strop.agents.blocks import Lines, locate, replace_piece
from strop.agents.definitions import definitions, lost_methods, merge_definitions, parsed, runs, statements
from strop.agents.unified import apply_patch, parse_diff
from strop.candidate import Candidate, FileEdit
from strop.errors import EditError
from strop.sandbox.workspace import path_problem

__all__ = ["Answer", "merge_edits", "parse_answer"]

FORMAT = (
    "Write the path of the file on a line of its own, then the new code in a code block below it, "
    "or the change as a SEARCH/REPLACE block"
)

RATIONALE_CHARACTERS = 2000

LONGEST_ELISION = 300
"""Characters of a line that are looked at: a sentence is short, and the pattern takes quadratic time."""

# "# ... rest of the code unchanged": a sentence in place of code.
_PARTS = r"\b(?:code|file|functions?|methods?|class(?:es)?|imports?|lines?|implementation)\b"
ELISION = re.compile(
    # A spread (...rest) is no elision: outside of comments there has to be a space and a noun.
    rf"\s*(?:#|//|--|/\*|;|<!--)\s*[\[(]?\s*(?:\.\.\.|…)\s*\(?(?:the\s+)?(?:rest|existing|remaining|unchanged|"
    rf"same|other|previous|keep)\b"
    rf"|\s*(?:\.\.\.|…)\s+(?:the\s+)?(?:rest|existing|remaining|other|previous|unchanged)\b.*{_PARTS}"
    rf"|\s*(?:#|//|--|/\*|;|<!--)\s*\(?(?:the\s+)?(?:rest of|existing|remaining|other|previous)\b.*{_PARTS}.*"
    r"(?:unchanged|\bsame\b|as before|\bstays?\b|\bremains?\b|\bhere\b|\.\.\.|…)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Answer:
    """What a model wants to change, as new texts of files, and why."""

    edits: tuple[FileEdit, ...]  # against the texts that it was shown, sorted by path
    rationale: str  # the prose around the edits


def parse_answer(
    text: str, base: Mapping[str, str] | Callable[[str], str | None], *, only_path: str | None = None
) -> Answer:
    """Return the edits of an answer against the parent's texts.

    `base` gives the parent's text of a path, None for none. `only_path` is the one file that an edit
    without a path can mean, if there is just one. Raises `EditError` with a message for the model.
    """
    read = base.get if isinstance(base, Mapping) else base
    reader = Reader(text, lambda path: not path_problem(path) and read(path) is not None)
    reader.read()
    files = _Files(read, tuple(base) if isinstance(base, Mapping) else ())
    for step in reader.steps:
        if isinstance(step, Block):
            _apply_block(step, files, only_path)
        elif isinstance(step, Whole):
            _apply_whole(step, files)
        elif isinstance(step, Diff):
            for patch in parse_diff(step.rows):
                files.write(patch.path, apply_patch(patch, files.read))
    if not reader.steps:
        _take_anonymous(reader.anonymous, files, only_path)
    _take_further(reader, files)
    edits = files.edits()
    if not edits:
        raise EditError("the answer changes nothing: all new texts equal the old ones")
    return Answer(edits, reader.rationale[:RATIONALE_CHARACTERS])


def merge_edits(parent: Candidate, new: Iterable[FileEdit], base: Mapping[str, str]) -> tuple[FileEdit, ...]:
    """Return the parent's edits with new ones over them, all against the base revision.

    Files that end up equal to the base are no edits.
    """
    merged = {edit.path: edit for edit in (*parent.edits, *new)}
    return tuple(merged[path] for path in sorted(merged) if merged[path].text != base.get(path))


class _Files:
    """The texts while an answer's edits are applied one after the other."""

    def __init__(self, read: Callable[[str], str | None], paths: tuple[str, ...] = ()) -> None:
        self._base = read
        self.paths = paths  # that exist, where they are known
        self._now: dict[str, str | None] = {}

    def read(self, path: str) -> str | None:
        problem = path_problem(path)
        if problem:
            raise EditError(f"{path!r}: {problem}")
        return self._now[path] if path in self._now else self._base(path)

    def write(self, path: str, text: str | None) -> None:
        _refuse_elision(path, text, self.read(path))
        self._now[path] = text

    def edits(self) -> tuple[FileEdit, ...]:
        changed = [path for path, text in self._now.items() if text != self._base(path)]
        return tuple(FileEdit(path, self._now[path]) for path in sorted(changed))


def _refuse_elision(path: str, text: str | None, old: str | None) -> None:
    if text is None:
        return
    known = set((old or "").split("\n"))
    for number, row in enumerate(text.split("\n"), start=1):
        if row not in known and ELISION.match(row[:LONGEST_ELISION]):
            raise EditError(
                f"{path}: line {number} stands for code that was left out ({row.strip()[:80]!r}); "
                "give all of the code, or a SEARCH/REPLACE block for the part that changes"
            )


# --- SEARCH/REPLACE -------------------------------------------------------------------------------


def _apply_block(block: Block, files: _Files, only_path: str | None) -> None:
    path = block.path or only_path
    if not path:
        raise EditError(
            "a SEARCH/REPLACE block names no file; put its path on a line of its own before <<<<<<< SEARCH"
        )
    old = files.read(path)
    splits = [(block.rows[:at], block.rows[at + 1 :]) for at in block.dividers]
    if len(splits) > 1 and old is not None:
        # Only a file with such lines itself can have them in its SEARCH text: the longest that fits.
        rows = Lines.of(old).rows
        own = any(row.strip() == block.rows[block.dividers[0]].strip() for row in rows)
        splits = [split for split in reversed(splits) if own and len(locate(rows, split[0])) == 1]
        if not splits:
            raise EditError(
                f"{path}: the block has several ======= lines and it is not clear which one divides it; "
                "use more of <, = and > in all three markers"
            )
    search, new = splits[0]
    if any(row.strip() for row in search):
        if old is None:
            raise EditError(f"{path}: there is no such file; leave SEARCH empty to make a new one")
        files.write(path, replace_piece(old, path, search, new))
    elif old is None or not old.strip():
        files.write(path, _whole(new, old))
    else:
        raise EditError(f"{path}: the file exists, but SEARCH is empty; copy the lines to replace into it")


# --- whole files ----------------------------------------------------------------------------------


def _whole(rows: list[str], old: str | None) -> str:
    """Return a file's new text with the line endings, mark and last newline of the old one."""
    text = "\n".join(rows) + "\n" if rows else ""
    if not old:
        return text
    lines = Lines.of(old)
    if lines.ending == "\r\n":
        text = text.replace("\n", "\r\n")
    if lines.endings and lines.endings[-1] == "":
        text = text.removesuffix("\n").removesuffix("\r")
    return lines.mark + text.removeprefix("\ufeff")


def _apply_whole(step: Whole, files: _Files) -> None:
    old = files.read(step.path)
    new = _whole(step.rows, old)
    merged = _with_definitions(step.path, step.rows, old)
    if merged is not None:
        files.write(step.path, merged)
        return
    reason = _not_whole(step.path, new, old or "", least=3) or _drops(step.path, new, old or "")
    # What doesn't parse is told with its line when candidates are screened.
    if reason and "parse" not in reason:
        raise EditError(
            f"{step.path}: the code block is not the whole of the file ({reason}); "
            "give all of it, or a SEARCH/REPLACE block for the part that changes"
        )
    files.write(step.path, new)


def _take_anonymous(fences: list[Anonymous], files: _Files, only_path: str | None) -> None:
    """Take the one fence without a path for the one file that it can mean."""
    if not fences:
        raise EditError(f"no edit found in the answer\n{FORMAT}")
    if only_path is None and len(fences) == 1:
        # Functions that just one file has need no path.
        found = {
            path: merged
            for path in files.paths
            if (merged := _placed(path, fences[0].rows, files.read(path))) is not None
        }
        if len(found) == 1:
            files.write(*found.popitem())
            return
    if only_path is None or len(fences) != 1:
        raise EditError(f"no edit found: a code block without a path could be any file\n{FORMAT}")
    old = files.read(only_path) or ""
    merged = _with_definitions(only_path, fences[0].rows, old)
    if merged is not None:
        files.write(only_path, merged)
        return
    new = _whole(fences[0].rows, old)
    reason = _not_whole(only_path, new, old)
    if reason:
        raise EditError(f"no edit found: the code block is not the whole of {only_path} ({reason})\n{FORMAT}")
    files.write(only_path, new)


def _take_further(reader: Reader, files: _Files) -> None:
    """Take functions in fences without a path for the one file that the others name."""
    wholes = {step.path for step in reader.steps if isinstance(step, Whole)}
    if len(wholes) != 1 or not all(isinstance(step, Whole) for step in reader.steps):
        return
    (path,) = wholes
    given = {name for step in reader.steps if isinstance(step, Whole) for name in _names(step.rows)}
    for fence in reader.anonymous:
        # A function that is there already: this one may well be the old one, shown for comparison.
        if given & _names(fence.rows):
            continue
        given |= _names(fence.rows)
        merged = _with_definitions(path, fence.rows, files.read(path))
        if merged is not None:
            files.write(path, merged)


def _placed(path: str, rows: list[str], old: str | None) -> str | None:
    """Return a Python file with rows in it that hold some or all of its definitions, else None."""
    piece = "\n".join(rows)
    names, before = _definitions(piece), _definitions(old or "")
    if path.endswith(".py") and names and before and before <= names and not _lacks(piece, old or ""):
        return _whole(rows, old)
    return _with_definitions(path, rows, old)


def _with_definitions(path: str, rows: list[str], old: str | None) -> str | None:
    """Return a Python file with some of its definitions replaced, None where the rows are no such piece."""
    if not path.endswith(".py") or not old:
        return None
    plain, piece = old.replace("\r\n", "\n"), "\n".join(rows)
    ends = "\r\n" if "\r\n" in old else "\n"
    if "\r" in plain or old.count(ends) != plain.count("\n"):
        return None  # line ends of both kinds
    names, before = _definitions(piece), _definitions(plain)
    if not names or not before or (before <= names and not _lacks(piece, plain)):
        return None
    merged = merge_definitions(plain, piece)
    return None if merged is None else merged.replace("\n", ends)


def _lacks(piece: str, old: str) -> bool:
    """Return whether a Python text lacks statements of the file: imports, constants, what it runs."""
    ours, theirs = parsed(piece), parsed(old)
    return ours is not None and theirs is not None and not statements(theirs) <= statements(ours)


def _drops(path: str, new: str, old: str) -> str:
    """Return why a text that lacks more than a rewrite would is none, or an empty string."""
    ours, theirs = parsed(new), parsed(old)
    if not path.endswith(".py") or ours is None or theirs is None:
        return ""
    before, after = definitions(theirs), definitions(ours)
    for name in before.keys() & after.keys():
        if lost := lost_methods(before[name], after[name]):
            return f"class {name} lacks {', '.join(lost[:5])}"
    missing = sorted(before.keys() - after.keys())
    kept, had = statements(ours), statements(theirs)
    if missing and 2 * len(had - kept) > len(had):
        return f"it lacks {', '.join(missing[:5])}, and statements beside the functions"
    if runs(theirs) and not runs(ours):
        return "it lacks what the file does when it is run"
    return ""


def _not_whole(path: str, new: str, old: str, *, least: int = 2) -> str:
    """Return why a text looks like a piece of a file, or an empty string.

    `least`: a text with less than one `least`th of the old one's words is taken for a piece.
    """
    if path.endswith(".py"):
        names, before = _definitions(new), _definitions(old)
        if names is None:
            return "it doesn't parse as Python"
        missing = sorted((before or set()) - names)
        # A rewrite may drop a helper or two; a snippet lacks most of the file.
        if before and 2 * len(missing) > len(before):
            return f"it lacks {', '.join(missing[:5])}"
        if before or not old.strip():
            return ""
    return "it is much shorter" if least * len(new.split()) < len(old.split()) else ""


def _names(rows: list[str]) -> set[str]:
    return _definitions("\n".join(rows)) or set()


def _definitions(text: str) -> set[str] | None:
    """Return the names that a Python file defines at its top, None where it doesn't parse."""
    tree = parsed(text)
    return None if tree is None else set(definitions(tree))
