"""Recorded calls and what they did: as records, as JSON, and as read from what a sandbox sent back.

Pickled arguments stay opaque on this side: text that travels from one sandbox into another. All that
comes back is hostile data: sizes are capped, and what has another shape is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from strop.errors import StorageError

__all__ = [
    "Answer",
    "FunctionCalls",
    "Malformed",
    "ProcessCalls",
    "RecordedCall",
    "Recording",
    "parse_answer",
    "parse_process",
    "safe_text",
]

SCHEMA = "strop-behaviour/1"
MAX_BYTES = 32 << 20  # of a recording's file
MAX_ARGUMENTS = 700 << 10  # of one call, in base64
MAX_ROWS = 20_000  # functions of a process, calls of a function, folders of a search path
TEXT_CHARS = 300

_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}\Z")
_MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*\Z")
_KINDS = ("function", "method", "staticmethod", "classmethod", "property", "constructor")
_OUTCOMES = ("returned", "raised", "gone", "import", "arguments")


class Malformed(Exception):
    """What came back is not what the file in the sandbox writes."""


@dataclass(frozen=True)
class Answer:
    """What a call did."""

    outcome: str  # "returned", "raised"; or why it could not be made: "gone", "import", "arguments"
    result: Any = None  # encoded; the name of the exception's type where it raised
    arguments: Any = None  # encoded, after the call
    text: str = ""  # the error in words


@dataclass(frozen=True)
class RecordedCall:
    """One call of one function of the target."""

    function: str  # "package/module.py:Class.name"
    module: str  # as which its file was imported
    kind: str  # "function", "method", "staticmethod", "classmethod", "property", "constructor"
    site: str  # "file:line" that called it
    arguments: str  # base64 of compressed pickled (args, kwargs): never opened on this side
    classes: tuple[str, ...] = ()  # "file:Class" of the target whose instances are among the arguments
    seconds: float = 0.0  # what it took in the program
    raised: str = ""  # type of its exception in the program, empty where it returned
    expected: Answer = field(default_factory=lambda: Answer("returned"))

    @property
    def name(self) -> str:
        """The function's name in its module."""
        return self.function.rpartition(":")[2]


@dataclass(frozen=True)
class Recording:
    """Calls of the unchanged program, with what they do there each time they are made."""

    calls: tuple[RecordedCall, ...]
    skipped: Mapping[str, str]  # function -> why no call of it can be replayed
    executable: str = ""  # the Python of the program
    path: tuple[str, ...] = ()  # its search path; folders of the work folder begin with "."
    seconds: float = 0.0  # wall time of one replay

    def save(self, path: Path) -> None:
        """Write the recording as one JSON file."""
        path.write_text(json.dumps({"schema": SCHEMA, **asdict(self)}), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Recording:
        """Return a saved recording; raises `StorageError` where there is no whole one."""
        try:
            if path.stat().st_size > MAX_BYTES * 2:
                raise StorageError(f"{path}: larger than a recording can be")
            data = json.loads(path.read_text(encoding="utf-8"))
            if data.pop("schema") != SCHEMA:
                raise StorageError(f"{path}: made by another version of strop; start a new study")
            calls = tuple(
                RecordedCall(
                    **{**call, "classes": tuple(call["classes"]), "expected": Answer(**call["expected"])}
                )
                for call in data.pop("calls")
            )
            return cls(calls=calls, **{**data, "path": tuple(data["path"])})
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise StorageError(f"{path}: the recording cannot be read: {error}") from None


@dataclass(frozen=True)
class FunctionCalls:
    """The calls of one function that one process recorded."""

    function: str
    count: int
    failures: Mapping[str, int]  # reason -> calls whose arguments could not be kept
    calls: tuple[RecordedCall, ...]


@dataclass(frozen=True)
class ProcessCalls:
    """What one process recorded."""

    executable: str
    path: tuple[str, ...]
    skipped: Mapping[str, str]
    functions: tuple[FunctionCalls, ...]


def parse_process(line: bytes) -> ProcessCalls:
    """Return what one process wrote; raises `Malformed`."""
    data = _object(line)
    if data.get("schema") != "strop-calls/1":
        raise Malformed("not of the recorder's schema")
    executable = _text(data.get("executable"), 4096)
    if not executable.startswith("/") or not executable.isprintable():
        raise Malformed("the Python is no absolute path")
    return ProcessCalls(
        executable,
        tuple(_text(entry, 4096) for entry in _rows(data.get("path"))),
        {_text(key): safe_text(_text(reason, 1000)) for key, reason in _table(data.get("skipped")).items()},
        tuple(_function(row) for row in _rows(data.get("functions"))),
    )


def _function(row: Any) -> FunctionCalls:
    data = _table(row)
    function, module, kind = (_text(data.get(key)) for key in ("function", "module", "kind"))
    file, _, name = function.rpartition(":")
    if not file or not _MODULE.match(name) or not _MODULE.match(module) or kind not in _KINDS:
        raise Malformed("a function has no proper name")
    failures = {safe_text(_text(k, 1000)): int(_number(v)) for k, v in _table(data.get("failures")).items()}
    calls = tuple(_call(call, function, module, kind) for call in _rows(data.get("calls")))
    return FunctionCalls(function, int(_number(data.get("count"))), failures, calls)


def _call(row: Any, function: str, module: str, kind: str) -> RecordedCall:
    data = _table(row)
    arguments = _text(data.get("arguments"), MAX_ARGUMENTS)
    if not _BASE64.match(arguments):
        raise Malformed("arguments are not base64")
    return RecordedCall(
        function,
        module,
        kind,
        safe_text(_text(data.get("site"))),
        arguments,
        tuple(_text(entry) for entry in _rows(data.get("classes"))),
        _number(data.get("seconds")),
        safe_text(_text(data.get("raised"))),
    )


def parse_answer(line: bytes) -> tuple[str, Answer]:
    """Return the nonce of one answer, and the answer; raises `Malformed`."""
    data = _object(line)
    outcome = _text(data.get("outcome"))
    if outcome not in _OUTCOMES:
        raise Malformed("an answer of no known outcome")
    result = data.get("result")
    if outcome == "raised":
        result = safe_text(_text(result, 1000))
    text = safe_text(_text(data.get("text", ""), 4000))
    return _text(data.get("nonce")), Answer(outcome, result, data.get("arguments"), text)


def safe_text(text: str, limit: int = TEXT_CHARS) -> str:
    """Return text on one line, without control characters, of bounded length."""
    shown = "".join(c if c.isprintable() else " " for c in text[: 4 * limit])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _object(line: bytes) -> dict[str, Any]:
    try:
        return _table(json.loads(line))
    except (ValueError, RecursionError):
        raise Malformed("not JSON") from None


def _table(value: object) -> dict[str, Any]:
    if not isinstance(value, dict) or len(value) > MAX_ROWS:
        raise Malformed("a table is missing, or too large")
    return value


def _rows(value: object) -> list[Any]:
    if not isinstance(value, list) or len(value) > MAX_ROWS:
        raise Malformed("a list is missing, or too long")
    return value


def _text(value: object, limit: int = TEXT_CHARS) -> str:
    if not isinstance(value, str) or len(value) > limit:
        raise Malformed("a text is missing, or too long")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1e12:
        raise Malformed("a number is missing, or out of range")
    return float(value)
