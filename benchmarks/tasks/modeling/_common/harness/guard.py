"""What solve.py may not contain: ways to the judge's formulations instead of solving the problems.

This reads the text and nothing more, to say early and clearly what isn't done. What a text hides is met by
`apart.py`: the process that runs solve.py can't read this folder.
"""

from __future__ import annotations

import ast

LIBRARIES = frozenset(
    "__future__ bisect collections copy dataclasses decimal fractions functools heapq itertools math numpy "
    "operator random re scipy statistics string typing".split()
)
NAMES = frozenset(
    "__import__ __builtins__ __loader__ __spec__ breakpoint compile delattr dir eval exec getattr globals input "
    "locals open setattr vars".split()
)
INSIDES = frozenset(
    "_os _sys attrgetter bltns builtins ctypeslib f2py get_field get_type_hints importlib io methodcaller "
    "modules os sys testing ForwardRef Formatter".split()
)
"""What modules for mathematics hold besides mathematics, and what fetches an attribute by a text."""

USUAL = frozenset("__doc__ __init__ __name__ __post_init__".split())
"""Attributes of objects with two underscores that ordinary programs use; others lead into the interpreter."""


def complaints(text: str) -> list[str]:
    """Return what a text of solve.py may not contain, a sentence each; empty where it is fine."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError) as error:
        return [f"solve.py is no Python: {error}"]
    found = []
    for node in ast.walk(tree):
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = ["." if node.level else node.module or "."]
        found += [
            f"line {node.lineno}: import of {name}; allowed: {', '.join(sorted(LIBRARIES))}"
            for name in modules
            if name.split(".")[0] not in LIBRARIES
        ]
        found += [f"line {node.lineno}: {name} is not allowed" for name in _forbidden(node)]
    return found


def _forbidden(node: ast.AST) -> list[str]:
    """Return the names in a node that lead out of mathematics."""
    if isinstance(node, ast.Name):
        return [node.id] if node.id in NAMES else []
    if isinstance(node, ast.Attribute):
        inner = node.attr.startswith("__") and node.attr.endswith("__") and node.attr not in USUAL
        return [node.attr] if inner or node.attr in INSIDES else []
    if isinstance(node, ast.MatchClass):  # it fetches attributes, too
        return [name for name in node.kwd_attrs if name in INSIDES or name.startswith("_")]
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        parts = [part for alias in node.names for part in alias.name.split(".")]
        parts += (node.module or "").split(".") if isinstance(node, ast.ImportFrom) else []
        private = isinstance(node, ast.ImportFrom) and node.module != "__future__"
        return [part for part in parts if part in INSIDES or (private and part.startswith("_"))]
    return []
