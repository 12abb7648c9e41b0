"""Functions and classes of Python texts: which there are, and whether a class keeps its state otherwise."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from strop.candidate import Candidate
from strop.sandbox.python_text import parse_python

__all__ = ["changed_classes", "functions_of", "is_private", "type_names"]

STATE = frozenset(
    {"__init__", "__new__", "__post_init__", "__setstate__", "__getstate__", "__reduce__", "__reduce_ex__"}
)


def functions_of(path: str, text: str) -> list[str]:
    """Return the functions of a file, and the methods of its classes, as "path:Class.name"."""
    found = []
    for node in _parsed(text):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found.append(f"{path}:{node.name}")
        elif isinstance(node, ast.ClassDef):
            methods = (n for n in node.body if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)))
            found += [f"{path}:{node.name}.{method.name}" for method in methods if not _special(method.name)]
    return list(dict.fromkeys(found))


def _special(name: str) -> bool:
    return re.fullmatch(r"__\w+__", name) is not None and name != "__call__"


def changed_classes(candidate: Candidate, texts: Mapping[str, str]) -> set[str]:
    """Return the classes ("path:Class") whose instances keep another state than in the base.

    Instances that the unchanged program pickled may not fit such a class; nor do private attributes
    of its instances mean the same.
    """
    changed: set[str] = set()
    for edit in candidate.edits:
        before, after = _states(texts.get(edit.path, "")), _states(edit.text or "")
        changed |= {f"{edit.path}:{name}" for name, state in before.items() if after.get(name) != state}
    return _with_subclasses(changed, texts) if changed else changed


def _with_subclasses(changed: set[str], texts: Mapping[str, str]) -> set[str]:
    """Return classes with all that derive from them by name: their instances have that state, too."""
    bases = {
        f"{path}:{node.name}": {ast.unparse(base).rpartition(".")[2] for base in node.bases}
        for path, text in texts.items()
        if path.endswith(".py")
        for node in _parsed(text)
        if isinstance(node, ast.ClassDef)
    }
    found, names = set(changed), {key.rpartition(":")[2] for key in changed}
    while True:
        more = {key for key, above in bases.items() if key not in found and above & names}
        if not more:
            return found
        found |= more
        names |= {key.rpartition(":")[2] for key in more}


def type_names(keys: set[str]) -> set[str]:
    """Return the dotted names that classes ("path:Class") may have, by where their file is imported from."""
    names: set[str] = set()
    for key in keys:
        path, _, name = key.rpartition(":")
        parts = re.sub(r"(/__init__)?\.py$", "", path).split("/")
        names |= {".".join([*parts[start:], name]) for start in range(len(parts))}
    return names


def is_private(function: str) -> bool:
    """Return whether a function ("path:Class.name") is for the use of its own module or package alone."""
    path, _, name = function.rpartition(":")
    parts = [*re.sub(r"\.py$", "", path).split("/"), *name.split(".")]
    return any(part.startswith("_") and not re.fullmatch(r"__\w+__", part) for part in parts)


def _parsed(text: str) -> list[ast.stmt]:
    try:
        return parse_python(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _states(text: str) -> dict[str, str]:
    """Return all that says which state the instances of each class have, by the class's name."""
    return {node.name: _state(node) for node in _parsed(text) if isinstance(node, ast.ClassDef)}


def _state(kind: ast.ClassDef) -> str:
    parts = [ast.dump(node) for node in (*kind.bases, *kind.decorator_list, *kind.keywords)]
    kept: set[str] = set()
    for node in kind.body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            parts.append(ast.dump(node))
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if node.name in STATE:
                parts.append(ast.dump(node))
            kept |= {
                part.attr
                for part in ast.walk(node)
                if isinstance(part, ast.Attribute)
                and isinstance(part.ctx, ast.Store)
                and isinstance(part.value, ast.Name)
                and part.value.id == "self"
            }
    return "\n".join([*parts, *sorted(kept)])
