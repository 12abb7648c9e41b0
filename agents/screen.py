"""The cheap look at a candidate before it costs a trial: paths, texts, syntax, knobs, duplicates."""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from strop.candidate import BASELINE, Candidate, FileEdit
from strop.errors import ConfigError
from strop.job import Job
from strop.sandbox.gate import inspect
from strop.sandbox.knobs import literals
from strop.sandbox.python_text import odd_coding, parse_python
from strop.sandbox.workspace import Snapshot

__all__ = ["MAX_BYTES", "Refusal", "screen"]

MAX_BYTES = 1 << 20
"""Of one new text, and of all new texts of a candidate together."""

MAX_FILES = 100
"""That a candidate edits, makes or deletes."""

# Unicode TR36/TR39: characters that make code read otherwise than it is compiled.
HIDDEN = re.compile(
    "[\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
    "|[\x01-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f]"
)


@dataclass(frozen=True)
class Refusal:
    """Why a candidate gets no trial."""

    reason: str  # one sentence
    feedback: str  # what its author is told: the reason and what to do
    duplicate_of: str = ""  # id of the candidate that it equals, if that is why


def screen(
    candidate: Candidate, job: Job, snapshot: Snapshot, seen: Iterable[Candidate] = ()
) -> Refusal | None:
    """Return why a candidate can't be evaluated, None where it can.

    `seen` are the candidates that were evaluated already; the baseline counts as one of them.
    """
    base = snapshot.texts
    problem = (
        _edit_problem(candidate.edits, snapshot)
        or _knob_problem(candidate, job)
        or _gate_problem(candidate, snapshot, job)
    )
    if problem:
        return Refusal(*problem)
    shape = _shape(candidate, base, job)
    for other in (BASELINE, *seen):
        if other.id != candidate.id and _shape(other, base, job) != shape:
            continue
        if other.id == BASELINE.id:
            reason = "it changes nothing: its code and knob values are the baseline's"
        elif other.id == candidate.id:
            reason = f"it is candidate {other.id} again"
        else:
            reason = f"it equals candidate {other.id} but for comments, docstrings or formatting"
        return Refusal(reason, f"{reason}; propose another change.", other.id)
    return None


def _gate_problem(candidate: Candidate, snapshot: Snapshot, job: Job) -> Problem | None:
    """What the evaluator would refuse unseen: its author learns it without a trial."""
    found = inspect(candidate, snapshot.texts, allow=job.verify.allow, others=snapshot.paths)
    refused = [one for one in found if one.refuse]
    if not refused:
        return None
    sentences = [f"{_printable(found.path)}:{found.line}: {found.message}" for found in refused[:5]]
    return sentences[0], "\n".join(sentences)


# --- edits --------------------------------------------------------------------------------------

Problem = tuple[str, str]  # reason, feedback


def _edit_problem(edits: tuple[FileEdit, ...], snapshot: Snapshot) -> Problem | None:
    base = snapshot.texts
    total = 0
    paths = [edit.path for edit in edits]
    if len(paths) > MAX_FILES:
        reason = f"it changes {len(paths)} files, more than {MAX_FILES}"
        return reason, f"{reason}. Make a smaller change."
    for edit in edits:
        shown = _printable(edit.path)
        problem = snapshot.targets.problem(edit.path) or _place_problem(edit, paths, snapshot)
        if problem:
            reason = f"{shown} may not be edited: {problem}"
            return reason, f"{reason}. Edit only the files of the target."
        if edit.text is None:
            continue
        size = len(edit.text.encode("utf-8", "surrogatepass"))
        total += size
        if max(size, total) > MAX_BYTES:
            what = f"{shown} has" if size > MAX_BYTES else "the new texts together have"
            reason = f"{what} {max(size, total)} bytes, more than {MAX_BYTES}"
            return reason, f"{reason}. Make the change smaller; compute large tables instead."
        found = _text_problem(edit.path, edit.text, base.get(edit.path, ""))
        if found:
            reason = f"{shown}: {found}"
            return reason, f"{reason}. Correct this and give the change again."
    return None


def _place_problem(edit: FileEdit, paths: list[str], snapshot: Snapshot) -> str:
    """Return why a file can't stand or go where it should, or an empty string."""
    if paths.count(edit.path) > 1:
        return "it is edited twice"
    if edit.text is None:
        return "" if edit.path in snapshot.paths else "it is deleted, but there is no such file"
    if edit.path in snapshot.paths:
        return "" if edit.path in snapshot.texts else "it is no text file"
    parts = edit.path.split("/")
    above = {"/".join(parts[:end]) for end in range(1, len(parts))}
    if above & snapshot.paths or any(path.startswith(f"{edit.path}/") for path in snapshot.paths):
        return "a file and a folder would have the same name"
    return ""


def _printable(path: str) -> str:
    return path if path.isprintable() else ascii(path)


def _text_problem(path: str, text: str, old: str) -> str:
    if "\0" in text:
        return "the new text is binary (it holds NUL)"
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "the new text is not valid Unicode"
    known = set(old.split("\n"))
    for number, row in enumerate(text.split("\n"), start=1):
        if row in known:
            continue
        hidden = HIDDEN.search(row.removeprefix("\ufeff") if number == 1 and old[:1] == "\ufeff" else row)
        if hidden:
            return (
                f"line {number} holds the invisible character U+{ord(hidden[0]):04X}; "
                "write it as an escape, or leave it out"
            )
    return _syntax_problem(path, text, old) or _annotation_problem(path, text, old)


def _syntax_problem(path: str, text: str, old: str) -> str:
    if not path.endswith((".py", ".pyi")):
        return ""
    coding = odd_coding(text)
    if coding and odd_coding(old) != coding:
        return f"its encoding would be {coding!r}, in which it is another text; write it in UTF-8"
    problem = _parsed(text)
    # The sandbox may have a newer Python: what the user's own file may use, the new one may.
    if not isinstance(problem, str) or (old and isinstance(_parsed(old), str)):
        return ""
    return problem


def _parsed(text: str) -> ast.Module | str:
    """Return the tree of a Python text, or why there is none."""
    try:
        return parse_python(text)
    except SyntaxError as error:
        rows = text.split("\n")
        row = rows[error.lineno - 1].strip()[:100] if error.lineno and error.lineno <= len(rows) else ""
        return f"syntax error in line {error.lineno}: {error.msg}" + (f": {row}" if row else "")
    except (ValueError, RecursionError, MemoryError) as error:
        return f"Python can't parse it: {type(error).__name__}: {error}"


def _annotation_problem(path: str, text: str, old: str) -> str:
    try:
        literals(text, path)
    except ConfigError as error:
        try:
            literals(old, path)
        except ConfigError:
            return ""  # the user's own text has something like it
        return f"annotation: {str(error).removeprefix(f'{path}:')}"
    return ""


# --- knobs and duplicates -----------------------------------------------------------------------


def _knob_problem(candidate: Candidate, job: Job) -> Problem | None:
    names = [name for name, _ in candidate.knobs]
    twice = next((name for name in names if names.count(name) > 1), None)
    reason = f"knob {twice!r}: it is given twice" if twice else job.knob_problem(candidate.values)
    return (reason, f"{reason}. Give a value inside of the search space.") if reason else None


def _shape(candidate: Candidate, base: Mapping[str, str], job: Job) -> str:
    """Return a hash of what a candidate does: code without comments and layout, all knob values."""
    files = []
    for edit in candidate.edits:
        new = None if edit.text is None else _file_shape(edit.path, edit.text)
        old = _file_shape(edit.path, base[edit.path]) if edit.path in base else None
        if new != old:
            files.append([edit.path, new])
    knobs = job.settings(candidate.values)
    # 2 and 2.0 are the same value of a knob, and so have the same text.
    values = {knob.name: knob.text(knobs[knob.name]) for knob in job.knobs}
    content = json.dumps([sorted(files), sorted(values.items())], ensure_ascii=True)
    return hashlib.sha256(content.encode()).hexdigest()


@lru_cache(maxsize=1024)
def _file_shape(path: str, text: str) -> str:
    """Return a hash of a text: of its tree without docstrings for Python, else of itself."""
    content = text.replace("\r\n", "\n")
    if path.endswith((".py", ".pyi")):
        tree = _parsed(text)
        if isinstance(tree, ast.Module):
            try:
                # Annotations are comments to Python, but parameters to the tuner.
                notes = re.findall(r"strop:.*", content) if "strop:" in content else []
                content = ast.dump(_without_docstrings(tree)) + json.dumps(notes)
            except RecursionError:
                pass  # too deep to print: the text itself has to do
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if not isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        first = node.body[0] if node.body else None
        value = first.value if isinstance(first, ast.Expr) else None
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            node.body = node.body[1:]
    return tree
