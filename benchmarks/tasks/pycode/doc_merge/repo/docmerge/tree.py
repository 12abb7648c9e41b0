"""Documents: dicts and lists of text and numbers, and places in them.

Nothing here changes a document that it is given, so that a base can be merged more than once.
"""

from __future__ import annotations

import copy
from typing import Any

Value = Any  # text, a number, a list of values, or a dict of them by name
Path = tuple[str | int, ...]


class PathError(LookupError):
    """A place that a document does not have."""


def at(document: Value, path: Path) -> Value:
    """Return what is at a place; raises PathError."""
    node = document
    for depth in range(len(path)):
        node = _step(node, path, depth)
    return node


def with_value(document: Value, path: Path, value: Value) -> Value:
    """Return the document with another value at a place.

    A field may be new; an item must be there already.
    """
    changed = copy.deepcopy(document)
    parent, last = at(changed, path[:-1]), path[-1]
    if not (isinstance(parent, dict) and isinstance(last, str)):
        _step(parent, path, len(path) - 1)
    parent[last] = copy.deepcopy(value)
    return changed


def with_item(document: Value, path: Path, value: Value) -> Value:
    """Return the document with one more item at the end of a list."""
    changed = copy.deepcopy(document)
    items = at(changed, path)
    if not isinstance(items, list):
        raise PathError(f"{shown(path)} is no list")
    items.append(copy.deepcopy(value))
    return changed


def without(document: Value, path: Path) -> Value:
    """Return the document without a field or an item; later items move up."""
    changed = copy.deepcopy(document)
    parent = at(changed, path[:-1])
    _step(parent, path, len(path) - 1)
    del parent[path[-1]]
    return changed


def shown(path: Path) -> str:
    """Return a path as people write it."""
    return "/".join(str(step) for step in path)


def _step(node: Value, path: Path, depth: int) -> Value:
    """Return what is one step further."""
    step = path[depth]
    if isinstance(node, dict) and isinstance(step, str) and step in node:
        return node[step]
    if isinstance(node, list) and isinstance(step, int) and 0 <= step < len(node):
        return node[step]
    raise PathError(f"{shown(path[: depth + 1])} is not there")
