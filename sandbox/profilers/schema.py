"""The one schema of all profiles: shares of the time by function and line, small enough for a prompt."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

__all__ = [
    "MAX_BYTES",
    "SCHEMA",
    "Malformed",
    "Sources",
    "clean",
    "diff_vs_parent",
    "fitted",
    "number",
    "own_file",
    "parsed_object",
    "percent",
    "source_line",
    "text_of",
    "unavailable",
]

SCHEMA = "strop-profile/1"
MAX_BYTES = 2500  # as JSON: it goes into prompts
MAX_NUMBER = 1e15  # bytes, seconds, counts; more is no measurement
NAME_CHARS, SOURCE_CHARS = 80, 100
CHANGED = 5  # functions whose share changed most
LEAST_CHANGE = 2.0  # points of per cent: less is what two profiles of the same program differ by

Sources = Callable[[str], str | None] | Mapping[str, str]
"""Texts by path, relative to the work folder."""


class Malformed(Exception):
    """What a profiler left is not what it writes; the text says why, for a note."""


def unavailable(reason: str) -> dict[str, Any]:
    """Return the profile that says why there is none."""
    return {"schema": SCHEMA, "unavailable": reason}


# --- reading what a candidate's processes left ---------------------------------------------------


def parsed_object(content: bytes, *, max_bytes: int) -> dict[str, Any]:
    """Return a JSON object of bounded length; raises `Malformed`."""
    if len(content) > max_bytes:
        raise Malformed(f"{len(content)} bytes, allowed are {max_bytes}")
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        raise Malformed("not JSON") from None
    if not isinstance(data, dict):
        raise Malformed("not a JSON object")
    return data


def number(value: object, most: float = MAX_NUMBER) -> float:
    """Return a number from 0 to `most`; raises `Malformed`."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Malformed("a number is missing")
    if not 0 <= value <= most:  # false for NaN, too
        raise Malformed("a number is out of range")
    return float(value)


def clean(value: object, most: int = NAME_CHARS) -> str:
    """Return text on one line, without control characters, of bounded length; raises `Malformed`."""
    if not isinstance(value, str):
        raise Malformed("a text is missing")
    return "".join(c if c.isprintable() else " " for c in value[: 4 * most]).strip()[:most]


def own_file(value: object, work: str) -> str | None:
    """Return a path relative to the work folder, None for a file outside of it, or of a library in it."""
    path = clean(value, 200)
    if path.startswith("/"):
        if not path.startswith(work.rstrip("/") + "/"):
            return None
        path = path[len(work.rstrip("/")) + 1 :]
    parts = path.split("/")
    if not path or path.startswith("<") or ".." in parts or "site-packages" in parts:
        return None
    return None if parts[0].startswith(".strop-") else path.removeprefix("./")


# --- writing the profile -------------------------------------------------------------------------


def percent(part: float, whole: float) -> float:
    """Return a share in per cent, from 0 to 100, with one decimal."""
    return round(min(100.0, max(0.0, 100 * part / whole)), 1) if whole > 0 else 0.0


def text_of(sources: Sources | None, file: str) -> str | None:
    """Return the text of a file, None where there is none."""
    if sources is None:
        return None
    return sources(file) if callable(sources) else sources.get(file)


def source_line(sources: Sources | None, file: str, n: int) -> str:
    """Return a line of a file, cut to what fits a profile; empty where there is none."""
    text = text_of(sources, file)
    lines = text.split("\n") if text else []
    if not 1 <= n <= len(lines):
        return ""
    quoted = "".join(c if c.isprintable() else " " for c in lines[n - 1]).strip()
    return quoted if len(quoted) <= SOURCE_CHARS else quoted[: SOURCE_CHARS - 3] + "..."


def diff_vs_parent(profile: Mapping[str, Any], parent: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return the functions whose own share changed most: `{"fn", "self_pct": [parent's, now]}`.

    A function that one of the profiles does not list counts there as 0: it was colder than all that
    are listed, or is gone.
    """
    before = {str(row["fn"]): float(row["self_pct"]) for row in (parent or {}).get("hot", ())}
    if not before:
        return []
    now = {str(row["fn"]): float(row["self_pct"]) for row in profile.get("hot", ())}
    changes = [(fn, before.get(fn, 0.0), now.get(fn, 0.0)) for fn in {*before, *now}]
    changes = [change for change in changes if abs(change[2] - change[1]) >= LEAST_CHANGE]
    changes.sort(key=lambda change: (-abs(change[2] - change[1]), change[0]))
    return [{"fn": fn, "self_pct": [old, new]} for fn, old, new in changes[:CHANGED]]


OPTIONAL = ("native", "library", "diff_vs_parent", "memory")
"""Lists that lose their coldest row before a hot function has to go, in this order."""


def fitted(profile: dict[str, Any]) -> dict[str, Any]:
    """Drop what is coldest until the profile fits into a prompt; changes and returns it.

    First the coldest lines, as long as every function keeps two; then the ends of the lists beside
    the hot functions, down to two rows; then more lines, functions, and the rest of the lists.
    """
    while len(json.dumps(profile)) > MAX_BYTES and _drop(profile):
        pass
    return profile


def _drop(profile: dict[str, Any]) -> bool:
    hot: list[dict[str, Any]] = profile.get("hot", [])
    for keep_lines, keep_rows, keep_hot in ((2, 2, 6), (1, 1, 3), (1, 0, 1), (0, 0, 0)):
        many = [row for row in hot if len(row["lines"]) > keep_lines]
        if many:
            min(many, key=lambda row: float(row["lines"][-1]["pct"]))["lines"].pop()
            return True
        for name in OPTIONAL:
            if len(profile.get(name, ())) > keep_rows:
                profile[name].pop()
                return True
        if len(hot) > keep_hot:
            hot.pop()
            return True
    notes = [
        key for key in ("notes", "note", "memory", "native", "library", "diff_vs_parent") if key in profile
    ]
    if notes:
        del profile[notes[0]]
    return bool(notes)
