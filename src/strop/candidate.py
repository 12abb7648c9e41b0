"""The candidate: an immutable assignment of code edits and knob values, named by its content."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["BASELINE", "Candidate", "FileEdit", "KnobValue", "text_lines", "unified_diff"]

KnobValue = bool | int | float | str


@dataclass(frozen=True, order=True)
class FileEdit:
    """The new text of one file against the base revision; None deletes it."""

    path: str  # relative POSIX path
    text: str | None


@dataclass(frozen=True)
class Candidate:
    """Code edits against the base revision, and knob values.

    The id is a hash of edits and knobs alone: two agents that find the same change have found
    the same candidate. Edits are sorted by path; a file equal to the base is no edit.
    """

    edits: tuple[FileEdit, ...] = ()
    knobs: tuple[tuple[str, KnobValue], ...] = ()  # sorted by name; absent knobs keep their default
    parents: tuple[str, ...] = field(default=(), compare=False)
    author: str = field(default="", compare=False)  # the optimizer or agent that proposed it
    rationale: str = field(default="", compare=False)  # its reason, in its own words
    choices: tuple[str, ...] = field(default=(), compare=False)  # rule sites switched on, if any

    def __post_init__(self) -> None:
        object.__setattr__(self, "edits", tuple(sorted(self.edits)))
        object.__setattr__(self, "knobs", tuple(sorted(self.knobs)))

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits of a hash of the content."""
        return _digest({"edits": [[e.path, e.text] for e in self.edits], "knobs": list(self.knobs)})

    @property
    def code_id(self) -> str:
        """The same for the edits alone: trials of one code version share it."""
        return _digest({"edits": [[e.path, e.text] for e in self.edits]})

    @property
    def values(self) -> dict[str, KnobValue]:
        """The knob values as a dict."""
        return dict(self.knobs)

    def text_of(self, path: str, base: Mapping[str, str]) -> str | None:
        """Return a file's text in this candidate, given the base texts; None where it has none."""
        for edit in self.edits:
            if edit.path == path:
                return edit.text
        return base.get(path)

    def to_json(self) -> dict[str, Any]:
        """Return the whole candidate as plain JSON types."""
        return {
            "id": self.id,
            "edits": [{"path": e.path, "text": e.text} for e in self.edits],
            "knobs": dict(self.knobs),
            "parents": list(self.parents),
            "author": self.author,
            "rationale": self.rationale,
            "choices": list(self.choices),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Candidate:
        """Return the candidate that `to_json` described."""
        return cls(
            edits=tuple(FileEdit(e["path"], e["text"]) for e in data["edits"]),
            knobs=tuple(data["knobs"].items()),
            parents=tuple(data["parents"]),
            author=data["author"],
            rationale=data["rationale"],
            choices=tuple(data.get("choices", ())),
        )


BASELINE = Candidate(author="baseline")
"""The candidate that changes nothing."""


def _digest(content: Any) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def unified_diff(edits: Iterable[FileEdit], base: Mapping[str, str]) -> str:
    """Return edits as one unified diff against the base texts, in git's form."""
    return "".join(_file_diff(edit, base.get(edit.path)) for edit in edits)


def text_lines(text: str) -> list[str]:
    """Return the lines of a text with their ends, as git and editors count them.

    `str.splitlines` ends lines at form feeds and other separators, too: such a piece of a line is none.
    """
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _file_diff(edit: FileEdit, old: str | None) -> str:
    before, after = text_lines(old or ""), text_lines(edit.text or "")
    head = f"diff --git a/{edit.path} b/{edit.path}\n"
    if old is None:
        head += "new file mode 100644\n"
    elif edit.text is None:
        head += "deleted file mode 100644\n"
    lines = difflib.unified_diff(
        before,
        after,
        fromfile="/dev/null" if old is None else f"a/{edit.path}",
        tofile="/dev/null" if edit.text is None else f"b/{edit.path}",
    )
    body = ""
    for line in lines:
        body += line if line.endswith("\n") else line + "\n\\ No newline at end of file\n"
    # An empty file that comes or goes has no lines, and is a change all the same.
    return head + body if body or old is None or edit.text is None else ""
