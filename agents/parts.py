"""The parts of a candidate that can be left out: what it changes in one function, one place, one knob."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from strop.agents.definitions import parsed
from strop.candidate import Candidate, FileEdit, text_lines

__all__ = ["Part", "parts", "without"]

NEAR = 3
"""Changes that are at most so many unchanged lines apart belong together, as in a unified diff."""


@dataclass(frozen=True)
class Hunk:
    """Lines of the base text, `start` to before `end`, and what a candidate has in their place."""

    start: int
    end: int
    new: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """A part of a candidate: some hunks of a file, a whole file, or a knob's value."""

    name: str  # for people
    path: str = ""
    hunks: tuple[Hunk, ...] = ()  # empty for a file that is new or deleted
    knob: str = ""


def parts(candidate: Candidate, base: Mapping[str, str]) -> list[Part]:
    """Return a candidate's parts: functions first, the largest first; then other places; then knobs.

    In Python files the changes inside one function are one part, since a line of them alone rarely
    makes sense; elsewhere changes that are near each other.
    """
    inside: list[Part] = []
    outside: list[Part] = []
    for edit in candidate.edits:
        if edit.text is None or edit.path not in base:
            outside.append(Part(edit.path, edit.path))
            continue
        spans = _functions(base[edit.path]) if edit.path.endswith(".py") else {}
        groups: dict[str, list[Hunk]] = {}
        loose: list[list[Hunk]] = []
        for hunk in hunks(base[edit.path], edit.text):
            name = _function_of(hunk, spans)
            if name:
                groups.setdefault(name, []).append(hunk)
            elif loose and not spans and hunk.start - loose[-1][-1].end <= NEAR:
                loose[-1].append(hunk)
            else:
                loose.append([hunk])
        inside += [Part(f"{edit.path}:{name}", edit.path, tuple(group)) for name, group in groups.items()]
        outside += [Part(f"{edit.path}:{group[0].start + 1}", edit.path, tuple(group)) for group in loose]
    inside.sort(key=lambda part: -sum(len(hunk.new) + hunk.end - hunk.start for hunk in part.hunks))
    return inside + outside + [Part(f"{name}={value}", knob=name) for name, value in candidate.knobs]


def without(candidate: Candidate, part: Part, base: Mapping[str, str]) -> Candidate:
    """Return the candidate less a part of it, the base's lines in its place."""
    edits = []
    for edit in candidate.edits:
        if edit.path != part.path:
            edits.append(edit)
        elif part.hunks and edit.text is not None:
            lines = text_lines(base[edit.path])
            for hunk in reversed(hunks(base[edit.path], edit.text)):
                if hunk not in part.hunks:
                    lines[hunk.start : hunk.end] = hunk.new
            if "".join(lines) != base[edit.path]:
                edits.append(FileEdit(edit.path, "".join(lines)))
    knobs = tuple((name, value) for name, value in candidate.knobs if name != part.knob)
    return Candidate(
        tuple(edits), knobs, (candidate.id,), candidate.author, candidate.rationale, candidate.choices
    )


def hunks(old: str, new: str) -> list[Hunk]:
    """Return the changes between two texts, line by line, in order."""
    before, after = text_lines(old), text_lines(new)
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    return [
        Hunk(start, end, tuple(after[new_start:new_end]))
        for tag, start, end, new_start, new_end in matcher.get_opcodes()
        if tag != "equal"
    ]


def _functions(text: str) -> dict[str, tuple[int, int]]:
    """Return (first line, line after the last) of each outermost function and method, from 0."""
    tree = parsed(text)
    found: dict[str, tuple[int, int]] = {}

    def visit(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                found[prefix + node.name] = (node.lineno - 1, node.end_lineno or node.lineno)
            elif isinstance(node, ast.ClassDef):
                visit(node.body, f"{prefix}{node.name}.")

    visit(tree.body if tree else [], "")
    return found


def _function_of(hunk: Hunk, spans: Mapping[str, tuple[int, int]]) -> str:
    for name, (start, end) in spans.items():
        if start <= hunk.start and hunk.end <= end and not hunk.start == hunk.end == start:
            return name
    return ""
