"""What the profilers inside a Python program left (`python_tools.py`), parsed: hostile data.

Every reader takes the contents of all files by name and adds up what is sound; a file that is not
what the tool writes is left out, with a note.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from strop.sandbox.profilers.schema import Malformed, clean, number, own_file, parsed_object

__all__ = ["LineHits", "PeakMemory", "Split", "read_lines", "read_memory", "read_tree"]

MAX_FILES = 64  # processes; more are not read, the largest files first
MAX_FILE_BYTES = 4 << 20
MAX_NODES = 100_000  # frames of one call tree
MAX_ROWS = 1000
MAX_STACK = 100
BUILT_IN = "<built-in>"  # pyinstrument's file of functions that are not Python


@dataclass
class Split:
    """Where a program's time goes by language, in seconds (pyinstrument's wall clock, main threads)."""

    tool: str = ""
    python_s: float = 0.0
    native_s: float = 0.0  # in called C functions; operators on arrays count as Python
    native_by: dict[tuple[str, str], float] = field(default_factory=dict)  # (file, last part of the name)
    total_by: dict[tuple[str, str], float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass
class LineHits:
    """How often lines ran, by (file, line): exact, and the same on every machine."""

    tool: str = ""
    hits: dict[tuple[str, int], int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass
class PeakMemory:
    """Where the memory of the largest process's peak was allocated, in bytes."""

    tool: str = ""
    peak_bytes: float = 0.0
    by_line: dict[tuple[str, str, int], float] = field(default_factory=dict)  # innermost own frame
    notes: list[str] = field(default_factory=list)


def read_tree(raw: Mapping[str, bytes], work: str) -> Split:
    """Return the split of pyinstrument's call trees; never raises on their data."""
    split = Split()
    for data in _files(raw, "tree", split.notes):
        try:
            _add_tree(data, work, split)
            split.tool = split.tool or clean(data.get("tool"))
        except Malformed as error:
            split.notes.append(f"a call tree was left out: {error}")
    return split


def read_lines(raw: Mapping[str, bytes], work: str) -> LineHits:
    """Return the hits of lines, summed over processes; never raises on their data."""
    found = LineHits()
    for data in _files(raw, "lines", found.notes):
        try:
            counts: dict[tuple[str, int], int] = {}
            for row in _rows(data, "rows", 3):
                file, line, hits = own_file(row[0], work), int(number(row[1])), int(number(row[2]))
                if file is not None:
                    # A comprehension has the line of the statement around it, and its own count.
                    counts[file, line] = max(hits, counts.get((file, line), 0))
            tool, why = clean(data.get("tool")), clean(data.get("why"), 160)
        except Malformed as error:
            found.notes.append(f"line counts were left out: {error}")
            continue
        for key, hits in counts.items():
            found.hits[key] = found.hits.get(key, 0) + hits
        found.tool = found.tool or tool
        if why:
            found.notes.append(f"lines counted without line_profiler: {why}")
    return found


def read_memory(raw: Mapping[str, bytes], work: str) -> PeakMemory:
    """Return the allocations of the process with the highest peak; never raises on their data."""
    best = PeakMemory()
    notes: list[str] = []
    for data in _files(raw, "memory", notes):
        try:
            found = PeakMemory(clean(data.get("tool")), number(data.get("peak_bytes")))
            for site in _list(data, "sites"):
                where = _innermost(site, work)
                if where is not None:
                    size = number(site.get("bytes"))
                    found.by_line[where] = found.by_line.get(where, 0.0) + size
        except Malformed as error:
            notes.append(f"allocations were left out: {error}")
            continue
        best = max(best, found, key=lambda memory: memory.peak_bytes)
    best.notes = notes
    return best


def _files(raw: Mapping[str, bytes], name: str, notes: list[str]) -> Iterator[dict[str, Any]]:
    """Yield the parsed files of one tool; what is wrong with others goes into the notes."""
    order = sorted(raw, key=lambda file: (-len(raw[file]), file))
    if len(order) > MAX_FILES:
        notes.append(f"more than {MAX_FILES} processes: the rest was left out")
    for file in order[:MAX_FILES]:
        try:
            data = parsed_object(raw[file], max_bytes=MAX_FILE_BYTES)
            if data.get("schema") != "strop-tool/1" or data.get("name") != name:
                raise Malformed("not of the tool's schema")
            if "error" in data:
                notes.append(clean(data["error"], 160))
                continue
        except Malformed as error:
            notes.append(f"a file was left out: {error}")
            continue
        yield data


def _list(data: Mapping[str, Any], key: str) -> list[Any]:
    rows = data.get(key)
    if not isinstance(rows, list) or len(rows) > MAX_ROWS:
        raise Malformed(f"{key} is no list of at most {MAX_ROWS} rows")
    return rows


def _rows(data: Mapping[str, Any], key: str, width: int) -> list[list[Any]]:
    rows = _list(data, key)
    if not all(isinstance(row, list) and len(row) == width for row in rows):
        raise Malformed(f"{key} has rows of another width than {width}")
    return rows


def _add_tree(data: Mapping[str, Any], work: str, split: Split) -> None:
    """Add one tree to the split. Each node: function, file_path, time (s, with callees), children."""
    tree = data.get("tree")
    if not isinstance(tree, dict):
        raise Malformed("no tree")
    part = Split()
    todo: list[tuple[object, tuple[str, str] | None]] = [(tree.get("root_frame"), None)]
    seen = 0
    while todo:
        node, owner = todo.pop()
        seen += 1
        if seen > MAX_NODES:
            raise Malformed(f"more than {MAX_NODES} frames")
        if not isinstance(node, dict) or not isinstance(node.get("children"), list):
            raise Malformed("a frame without children")
        children = node["children"]
        own_s = max(0.0, number(node.get("time")) - sum(_time(child) for child in children))
        file = own_file(node.get("file_path"), work)
        if file is not None:
            name = clean(node.get("function"))
            nameless = name.startswith("<") and name != "<module>"  # a comprehension, a lambda
            owner = owner if nameless and owner is not None else (file, name)
        native = node.get("file_path") == BUILT_IN
        part.native_s += own_s if native else 0.0
        part.python_s += 0.0 if native else own_s
        if owner is not None:
            part.total_by[owner] = part.total_by.get(owner, 0.0) + own_s
            if native:
                part.native_by[owner] = part.native_by.get(owner, 0.0) + own_s
        todo += [(child, owner) for child in children]
    split.python_s += part.python_s
    split.native_s += part.native_s
    for mine, more in ((split.native_by, part.native_by), (split.total_by, part.total_by)):
        for key, seconds in more.items():
            mine[key] = mine.get(key, 0.0) + seconds


def _time(child: object) -> float:
    if not isinstance(child, dict):
        raise Malformed("a frame is no object")
    return number(child.get("time"))


def _innermost(site: object, work: str) -> tuple[str, str, int] | None:
    """Return (file, function, line) of the innermost own frame of an allocation."""
    if not isinstance(site, dict):
        raise Malformed("a site is no object")
    stack = site.get("stack")
    if not isinstance(stack, list) or len(stack) > MAX_STACK:
        raise Malformed("a site without a stack")
    for row in stack:
        if not isinstance(row, list) or len(row) != 3:
            raise Malformed("a frame of another width than 3")
        file = own_file(row[1], work)
        if file is not None:
            return file, clean(row[0]), int(number(row[2]))
    return None
