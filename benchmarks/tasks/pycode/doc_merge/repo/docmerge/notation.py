"""Documents and changes as people write them.

A document is a value: `{title: "Rivers" parts: [{title: "Rhine" length: 1233}]}`. Changes are a series of
`set parts/0/length 1230;`, `drop parts/0;` and `add parts {title: "Elbe"};`.
"""

from __future__ import annotations

from dataclasses import dataclass

from docmerge.lexer import NotationError, Token, tokens
from docmerge.tree import Path, Value


@dataclass(frozen=True)
class Change:
    """One change: of which kind, where, and (but for `drop`) what is put there."""

    kind: str  # "set", "add" or "drop"
    path: Path
    value: Value = None


def parse_document(text: str) -> Value:
    """Return the document that a text describes; raises NotationError."""
    found = [*tokens(text), ("end", "")]
    value, place = _value(found, 0)
    _expect(found, place, "end", "")
    return value


def parse_changes(text: str) -> list[Change]:
    """Return the changes that a text describes; raises NotationError."""
    found = [*tokens(text), ("end", "")]
    changes = []
    place = 0
    while found[place][0] != "end":
        kind = found[place][1]
        if kind not in ("set", "add", "drop"):
            raise NotationError(f"token {place}: expected set, add or drop, not {kind!r}")
        path, place = _path(found, place + 1)
        value: Value = None
        if kind != "drop":
            value, place = _value(found, place)
        place = _expect(found, place, "mark", ";")
        changes.append(Change(kind, path, value))
    return changes


def _path(found: list[Token], place: int) -> tuple[Path, int]:
    steps: list[str | int] = []
    while True:
        kind, text = found[place]
        if kind not in ("word", "number"):
            raise NotationError(f"token {place}: expected a step of a path, not {text!r}")
        steps.append(int(text) if kind == "number" else text)
        place += 1
        if found[place] != ("mark", "/"):
            return tuple(steps), place
        place += 1


def _value(found: list[Token], place: int) -> tuple[Value, int]:
    kind, text = found[place]
    place += 1
    if kind == "string":
        return text, place
    if kind == "number":
        return int(text), place
    if (kind, text) == ("mark", "["):
        items = []
        while found[place] != ("mark", "]"):
            item, place = _value(found, place)
            items.append(item)
        return items, place + 1
    if (kind, text) == ("mark", "{"):
        fields = {}
        while found[place] != ("mark", "}"):
            name = found[place][1]
            place = _expect(found, _expect(found, place, "word", name), "mark", ":")
            fields[name], place = _value(found, place)
        return fields, place + 1
    raise NotationError(f"token {place - 1}: expected a value, not {text!r}")


def _expect(found: list[Token], place: int, kind: str, text: str) -> int:
    if found[place] != (kind, text):
        raise NotationError(f"token {place}: expected {text or kind!r}, not {found[place][1]!r}")
    return place + 1
