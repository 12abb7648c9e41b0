"""Membership tests on a copy made for the test, done on the original.

Precondition, for `x in C` with `C` one of `list(e)`, `tuple(e)`, `set(e)`, `sorted(e)`, `e.keys()`,
`list(e.keys())`: by inference, `e` is a dict, set or frozenset and `x` is hashable (so that the
look-up cannot raise where the search would not), or `e` is a list or tuple that was copied to a list
or tuple. `sorted` needs elements that can be ordered. `set(e)` of a list is left alone: the set would
raise for unhashable elements, and making it may be what another rule moves out of a loop.

Residual assumption: none beyond those of `base`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from strop.agents.optimizers.rules.analysis import Code
from strop.agents.optimizers.rules.base import Example, Match, Replace

__all__ = ["CopyMembership"]

_TABLES = ("dict", "set", "frozenset")


class CopyMembership:
    """`x in list(d.keys())` becomes `x in d`."""

    name = "copy-membership"
    summary = "Tests membership in the container itself, not in a copy of it made for the test."
    examples = (
        Example(
            "def f(d: dict[str, int], k: str) -> bool:\n    return k in list(d.keys())\n",
            "def f(d: dict[str, int], k: str) -> bool:\n    return k in d\n",
        ),
        Example(
            "def f(s: set[int], k: int) -> bool:\n    return k not in sorted(s)\n",
            "def f(s: set[int], k: int) -> bool:\n    return k not in s\n",
        ),
        Example("def f(s: set[complex], k: int) -> bool:\n    return k not in sorted(s)\n"),
        Example("def f(d, k):\n    return k in list(d.keys())\n"),
        Example("def f(d: dict[str, int], k: object) -> bool:\n    return k in list(d)\n"),
    )

    def find(self, code: Code) -> Iterator[Match]:
        """Yield one match per test text and statement."""
        for scope in code.functions:
            found: dict[tuple[ast.stmt, str], list[Replace]] = {}
            for node in scope.nodes:
                match node:
                    case ast.Compare(left=item, ops=[ast.In() | ast.NotIn()], comparators=[box]):
                        original = self._original(code, item, box)
                        if original is not None:
                            place = (code.module.statement(node), ast.unparse(node))
                            found.setdefault(place, []).append(Replace(box, code.text(original)))
            for (statement, text), edits in found.items():
                summary = f"test membership in `{edits[0].code}` itself"
                yield Match(statement, text, tuple(edits), summary)

    def _original(self, code: Code, item: ast.expr, box: ast.expr) -> ast.expr | None:
        """Return what can stand in place of the copy, None if nothing can."""
        match box:
            case ast.Call(func=ast.Attribute(value=ast.Name() as owner, attr="keys"), args=[], keywords=[]):
                return owner if code.kind(owner).name == "dict" else None
            case ast.Call(func=ast.Name(id=made), args=[inner], keywords=[]):
                pass
            case _:
                return None
        if made not in ("list", "tuple", "set", "sorted") or not code.module.is_builtin(made):
            return None
        match inner:
            case ast.Call(func=ast.Attribute(value=ast.Name() as owner, attr="keys"), args=[], keywords=[]):
                if code.kind(owner).name != "dict":
                    return None
                inner = owner
            case ast.Name():
                pass
            case _:
                return None
        kind = code.kind(inner)
        if made == "sorted" and not kind.element.ordered:
            return None
        if kind.name in _TABLES:
            # A set finds a set by what is in it; a dict doesn't.
            as_before = code.kind(item).hashable or made == "set" and kind.name != "dict"
            return inner if as_before else None
        return inner if kind.name in ("list", "tuple") and made in ("list", "tuple") else None
