"""What the sampler's processes left, checked and added up: hostile data, since they are a candidate's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from strop.sandbox.profilers.schema import Malformed, clean, number, parsed_object

__all__ = ["MAX_FILES", "MAX_FILE_BYTES", "FunctionTimes", "Merged", "merge"]

MAX_FILES = 64  # processes; more are not read, the largest files first
MAX_FILE_BYTES = 256 << 10  # the sampler's own files stay below 120 kB
MAX_ROWS = 1000  # of any table of one file
MAX_NUMBER = 1e9  # samples, seconds, lines


@dataclass
class FunctionTimes:
    """CPU seconds of one function."""

    self_s: float = 0.0
    cum_s: float = 0.0
    line: int = 0  # the first of its definition, 0 where unknown


@dataclass
class Merged:
    """The sum over all processes, in CPU seconds."""

    samples: int = 0
    cpu_s: float = 0.0
    sampled_s: float = 0.0
    note: str = ""
    functions: dict[tuple[str, str], FunctionTimes] = field(default_factory=dict)  # by (file, name)
    lines: dict[tuple[str, str, int], float] = field(default_factory=dict)
    library: dict[str, float] = field(default_factory=dict)


def merge(raw: Mapping[str, bytes]) -> Merged:
    """Return the sum of all files that are what the sampler writes; the note says what was left out."""
    merged = Merged()
    notes: list[str] = []
    for name in sorted(raw, key=lambda name: (-len(raw[name]), name))[MAX_FILES:]:
        notes.append(f"{clean(name)}: more than {MAX_FILES} processes")
    for name in sorted(raw, key=lambda name: (-len(raw[name]), name))[:MAX_FILES]:
        try:
            part = _parsed(raw[name])
        except Malformed as error:
            notes.append(f"a profile was left out: {error}")
            continue
        _add(merged, part)
        if part.note:
            notes.append(part.note)
    if notes:
        merged.note = notes[0] if len(notes) == 1 else f"{notes[0]} (and {len(notes) - 1} more)"
    return merged


def _parsed(content: bytes) -> Merged:
    data = parsed_object(content, max_bytes=MAX_FILE_BYTES)
    if data.get("schema") != "strop-sample/1":
        raise Malformed("not of the sampler's schema")
    part = Merged(
        samples=int(_number(data.get("samples"))),
        cpu_s=_number(data.get("cpu_s")),
        sampled_s=_number(data.get("sampled_s")),
        note=clean(data.get("note")),
    )
    for row in _rows(data, "functions", 5):
        key = _file(row[0]), clean(row[1])
        part.functions[key] = FunctionTimes(_number(row[3]), _number(row[4]), int(_number(row[2])))
    for row in _rows(data, "lines", 4):
        part.lines[_file(row[0]), clean(row[1]), int(_number(row[2]))] = _number(row[3])
    for row in _rows(data, "library", 2):
        part.library[clean(row[0])] = _number(row[1])
    return part


def _rows(data: Mapping[str, Any], table: str, width: int) -> list[list[Any]]:
    rows = data.get(table)
    if not isinstance(rows, list) or len(rows) > MAX_ROWS:
        raise Malformed(f"{table} is no list of at most {MAX_ROWS} rows")
    if not all(isinstance(row, list) and len(row) == width for row in rows):
        raise Malformed(f"{table} has rows of another width than {width}")
    return rows


def _number(value: object) -> float:
    return number(value, MAX_NUMBER)


def _file(value: object) -> str:
    path = clean(value)
    if not path or path.startswith("/") or ".." in path.split("/"):
        raise Malformed("a file lies outside the work folder")
    return path


def _add(merged: Merged, part: Merged) -> None:
    merged.samples += part.samples
    merged.cpu_s += part.cpu_s
    merged.sampled_s += part.sampled_s
    for key, times in part.functions.items():
        sum_ = merged.functions.setdefault(key, FunctionTimes(line=times.line))
        sum_.self_s += times.self_s
        sum_.cum_s += times.cum_s
        sum_.line = min(sum_.line, times.line) if times.line else sum_.line
    for line, seconds in part.lines.items():
        merged.lines[line] = merged.lines.get(line, 0.0) + seconds
    for name, seconds in part.library.items():
        merged.library[name] = merged.library.get(name, 0.0) + seconds
