"""The form of an answer: which of its lines are blocks, files, diffs, JSON, and which are prose."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from strop.agents.unified import diff_extent, starts_diff
from strop.errors import EditError

__all__ = ["Anonymous", "Block", "Diff", "Reader", "Whole", "without_thoughts"]

OPEN = re.compile(r"\s*(?P<marker><{5,})\s*(?:SEARCH|ORIGINAL|OLD|HEAD)?\b[ \t]*(?P<path>\S*)\s*$")
CLOSE = re.compile(r"\s*>{5,}(?:\s*[A-Z]+)?\s*$")
FENCE = re.compile(r"(?P<indent>\s*)(?P<marker>`{3,}|~{3,})(?P<info>[^`]*)$")
DIFF_WORDS = ("diff", "patch", "udiff")

MAX_CHARACTERS = 4 << 20
"""Of an answer: four times what the texts of a candidate may have."""

MOST_STEPS = 200
"""Blocks, files and diffs of an answer; each costs a walk through its file."""

MOST_DIVIDERS = 50
MOST_JSON = 20
"""Places of an answer that are tried as JSON: each try reads all the rest."""

LONGEST_HEADING = 300
"""Characters of a line that may be a path: the pattern takes quadratic time."""

PATH = r"[\w.@+-]+(?:[ \w.@+/-]*[\w.@+-])?"
HEADING = re.compile(
    rf"\s*(?:#{{1,6}}\s+|[-*]\s+|\d+[.)]\s+|//\s+|--\s+|;\s+)?(?:(?i:file|path|filename)\s*:\s*)?[*_`\"']*(?P<path>/?{PATH})[*_`\"']*:?"
    r"[*_]*(?:\s*\((?:new|new file|modified|changed|updated)\))?:?\s*$"
)


@dataclass(frozen=True)
class Block:
    """A SEARCH/REPLACE block; more than one divider where its texts hold such lines."""

    path: str | None
    rows: list[str]
    dividers: list[int]


@dataclass(frozen=True)
class Whole:
    """The whole new text of a file."""

    path: str
    rows: list[str]


@dataclass(frozen=True)
class Diff:
    """The lines of a unified diff."""

    rows: list[str]


@dataclass(frozen=True)
class Anonymous:
    """A fence that names no file."""

    rows: list[str]


class Reader:
    """Reads an answer once, from the top; `exists` tells whether a path is a file that there is."""

    def __init__(self, text: str, exists: Callable[[str], bool]) -> None:
        if len(text) > MAX_CHARACTERS:
            raise EditError(
                f"the answer has {len(text)} characters, more than {MAX_CHARACTERS}; give a smaller change"
            )
        self.rows = without_thoughts(text.replace("\r\n", "\n")).split("\n")
        self.steps: list[Block | Whole | Diff] = []
        self.anonymous: list[Anonymous] = []
        self._exists = exists
        self._prose: list[str] = []
        self._path: str | None = None  # of the last block, for those that follow
        self._fence = ""  # marker of the fence that blocks stand in
        self._fence_path: str | None = None
        self._at = 0
        self._json_tries = 0

    @property
    def rationale(self) -> str:
        """The prose around the edits."""
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._prose)).strip()

    def read(self) -> None:
        """Find all steps. Raises `EditError` for a form that is broken or cut off."""
        while self._at < len(self.rows):
            row = self.rows[self._at]
            fence = FENCE.match(row)
            if OPEN.match(row):
                self._block()
            elif fence and self._fence and not fence["info"].strip():
                self._fence, self._fence_path = "", None
                self._at += 1
            elif fence:
                self._open_fence(fence)
            elif starts_diff(self.rows, self._at):
                end = diff_extent(self.rows, self._at)
                self.steps.append(Diff(self.rows[self._at : end]))
                self._at = end
            elif row.lstrip().startswith("{") and self._json():
                continue
            else:
                self._prose.append(row)
                self._at += 1
            if len(self.steps) > MOST_STEPS:
                raise EditError(f"the answer has more than {MOST_STEPS} changes; give a smaller change")

    # --- blocks ---------------------------------------------------------------------------

    def _block(self) -> None:
        head = OPEN.match(self.rows[self._at])
        assert head
        path = head["path"] or self._heading(prose=True) or self._fence_path or self._path
        where = f"the SEARCH/REPLACE block of {path}" if path else "a SEARCH/REPLACE block"
        divider = "=" * len(head["marker"])
        rows: list[str] = []
        dividers: list[int] = []
        self._at += 1
        while self._at < len(self.rows) and not self._closes(dividers):
            row = self.rows[self._at]
            if OPEN.match(row):
                raise EditError(f"{where} is not closed before the next begins; end it with >>>>>>> REPLACE")
            if row.strip() == divider:
                dividers.append(len(rows))
            rows.append(row)
            self._at += 1
        if self._at == len(self.rows):
            raise EditError(
                f"the answer was cut off in {where}; give a smaller change, or end it with >>>>>>> REPLACE"
            )
        if len(dividers) > MOST_DIVIDERS:
            raise EditError(
                f"{where} has more than {MOST_DIVIDERS} ======= lines; it is not clear what divides it"
            )
        if not dividers:
            raise EditError(f"{where} has no ======= line between old and new text")
        self._at += 1
        self._path = path
        self.steps.append(Block(path, rows, dividers))

    def _closes(self, dividers: list[int]) -> bool:
        row = self.rows[self._at]
        return bool(CLOSE.match(row)) and (bool(dividers) or "REPLACE" in row)

    def _heading(self, *, prose: bool = False) -> str | None:
        """Take the path from the last line of prose; a sentence may hold one path that exists."""
        while self._prose and not self._prose[-1].strip():
            self._prose.pop()
        if not self._prose:
            return None
        last = self._prose[-1]
        path = self._path_in(last)
        if path:
            self._prose.pop()
            return path
        if not prose:
            return None
        words = {word.strip("*_`\"'():,") for word in last.split()}
        known = [word for word in words if _like_path(word) and self._exists(word)]
        return known[0] if len(known) == 1 else None

    def _path_in(self, line: str) -> str | None:
        """Return the path that a line consists of, None where it says more than that."""
        match = HEADING.match(line) if len(line) <= LONGEST_HEADING else None
        if not match:
            return None
        path = match["path"].removeprefix("./")
        if self._exists(path):
            return path
        return path if _like_path(path) and " " not in path else None

    # --- fences ---------------------------------------------------------------------------

    def _open_fence(self, fence: re.Match[str]) -> None:
        info, marker = fence["info"].strip(), fence["marker"]
        path = self._info_path(info)
        first = self._first_inside(marker)
        if first is not None and OPEN.match(self.rows[first]):
            self._fence, self._fence_path = marker, path or self._fence_path
            for row in self.rows[self._at + 1 : first]:
                self._prose.append(row)
            self._at = first
            return
        heading = path or self._heading()
        rows = self._fenced(fence, heading)
        language = info.split(" ")[0].lower()
        # Code may hold a diff as a text; a whole file is one if it says so.
        content = [row for row in rows if row.strip()]
        if language in DIFF_WORDS or (not heading and content and starts_diff(content, 0)):
            self.steps.append(Diff(rows))
        elif heading and not (language == "json" and _edit_list("\n".join(rows))):
            self._path = heading
            self.steps.append(Whole(heading, rows))
        elif language in ("", "json") and '"edits"' in "".join(rows):
            self._json_steps(_loaded("\n".join(rows)))
        else:
            self.anonymous.append(Anonymous(rows))

    def _first_inside(self, marker: str) -> int | None:
        """Return the first line of a fence that may open a block: after blank lines and a path."""
        at, paths = self._at + 1, 0
        while at < len(self.rows):
            row = self.rows[at]
            if OPEN.match(row):
                return at
            if row.strip():
                paths += 1
                if paths > 1 or row.strip().startswith(marker[:3]) or not self._path_in(row):
                    return at
            at += 1
        return None

    def _fenced(self, fence: re.Match[str], path: str | None) -> list[str]:
        """Return the lines up to the end of a fence; fences with an info string nest."""
        marker, indent = fence["marker"], fence["indent"]
        rows: list[str] = []
        depth = 1
        for at in range(self._at + 1, len(self.rows)):
            inner = FENCE.match(self.rows[at])
            if inner and inner["marker"][0] == marker[0] and len(inner["marker"]) >= len(marker):
                depth += 1 if inner["info"].strip() else -1
                if not depth:
                    self._at = at + 1
                    return [row.removeprefix(indent) for row in rows]
            rows.append(self.rows[at])
        of = f" of {path}" if path else ""
        raise EditError(f"the answer was cut off in a code block{of}; give a smaller change, and close it")

    def _info_path(self, info: str) -> str | None:
        """Return the path in a fence's info: `python src/a.py`, `python:src/a.py`, `title="src/a.py"`."""
        for word in re.split(r"[\s{}]+", info):
            bare = re.sub(r"^(?:\w+[=:])?", "", word).strip("\"'`")
            # A word alone is a language, unless it looks like a path.
            if bare and bare.removeprefix("./") and _like_path(bare) or self._exists(bare):
                return bare.removeprefix("./")
        return None

    # --- JSON -----------------------------------------------------------------------------

    def _json(self) -> bool:
        """Take a JSON object that begins at this line; False where there is none with edits."""
        if self._json_tries >= MOST_JSON:
            return False
        self._json_tries += 1
        rest = "\n".join(self.rows[self._at :]).lstrip()
        if not re.match(r"\{\s*\"", rest) or '"edits"' not in rest:
            return False
        try:
            data, end = json.JSONDecoder().raw_decode(rest)
        except (ValueError, RecursionError) as error:
            raise EditError(f"the JSON answer is broken or cut off: {error}") from None
        if not isinstance(data, dict) or "edits" not in data:
            return False
        self._json_steps(data)
        self._at += rest[:end].count("\n") + 1
        return True

    def _json_steps(self, data: Any) -> None:
        edits = data.get("edits") if isinstance(data, dict) else None
        if not isinstance(edits, list):
            raise EditError('the JSON answer needs the form {"edits": [{"path", "search", "replace"}]}')
        for number, edit in enumerate(edits):
            self.steps.append(_json_step(edit, f"edits[{number}]"))
        for key in ("rationale", "reason", "explanation"):
            if isinstance(data.get(key), str):
                self._prose.append(data[key])


def _json_step(edit: Any, where: str) -> Block | Whole:
    if not isinstance(edit, dict) or not isinstance(edit.get("path"), str):
        raise EditError(f'{where} of the JSON answer needs "path", a text')
    path = edit["path"].removeprefix("./")
    if isinstance(edit.get("search"), str) and isinstance(edit.get("replace"), str):
        search, new = _rows(edit["search"]), _rows(edit["replace"])
        return Block(path, [*search, "=======", *new], [len(search)])
    for key in ("text", "content"):
        if isinstance(edit.get(key), str):
            return Whole(path, _rows(edit[key]))
    raise EditError(f'{where} of the JSON answer ({path}) needs "search" and "replace", both texts')


def _rows(text: str) -> list[str]:
    rows = text.replace("\r\n", "\n").split("\n")
    return rows[:-1] if rows[-1] == "" else rows


def _edit_list(text: str) -> bool:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(data, dict) and isinstance(data.get("edits"), list)


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise EditError(f"the JSON answer is broken: {error}") from None


def _like_path(word: str) -> bool:
    """Return whether a word is a path by its looks: a folder or a suffix, no version, no sentence."""
    if len(word) > LONGEST_HEADING or word.endswith((".", "/")) or "//" in word:
        return False
    if re.fullmatch(r"[\d.]+", word):
        return False
    return bool(re.fullmatch(rf"/?{PATH}", word)) and ("/" in word or bool(re.search(r"\w\.\w+$", word)))


def without_thoughts(text: str) -> str:
    """Return the answer after a model's thinking aloud. Raises `EditError` where it is cut off in that."""
    opened = re.match(r"\s*<(think|thinking)>", text)
    if opened:
        end = text.find(f"</{opened[1]}>")
        if end < 0:
            raise EditError("the answer was cut off in its <think> part; think less and give the change")
        return text[end + len(opened[1]) + 3 :]
    # Some chat templates open the part themselves.
    lone = re.search(r"^</think>[ \t]*$", text, re.MULTILINE)
    return text[lone.end() :] if lone and "<think>" not in text[: lone.start()] else text
