"""`any` and `all` of a list made for them stop at the first element that decides.

Precondition: the list comprehension iterates over names of lists, tuples, sets, dicts, text or ranges
by inference, and its element and conditions can neither fail nor do anything: comparisons between
numbers or between texts, membership, truth tests, `len`, str methods without arguments or with texts.
So nobody can tell that the rest was not computed.

Residual assumption: none beyond those of `base`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from strop.agents.optimizers.rules.analysis import Code
from strop.agents.optimizers.rules.base import Example, Match, Replace
from strop.agents.optimizers.rules.kinds import INT, STR

__all__ = ["AnyAll"]

_SAFE_METHODS = {
    "lower", "upper", "strip", "isdigit", "isalpha", "isalnum", "isspace", "isupper", "islower", "casefold",
    "startswith", "endswith",
}  # fmt: skip
_NUMBERS = {"int", "float", "bool"}


class AnyAll:
    """`any([x > 3 for x in xs])` becomes `any(x > 3 for x in xs)`."""

    name = "any-all"
    summary = "Lets any() and all() stop early, on a generator in place of a list."
    examples = (
        Example(
            "def f(xs: list[int]) -> bool:\n    return any([x > 3 for x in xs])\n",
            "def f(xs: list[int]) -> bool:\n    return any((x > 3 for x in xs))\n",
        ),
        Example("def f(xs: list[int]) -> bool:\n    return any([1 / x > 3 for x in xs])\n"),
        Example("def f(xs):\n    return any([x > 3 for x in xs])\n"),
    )

    def find(self, code: Code) -> Iterator[Match]:
        """Yield one match per call text and statement."""
        for scope in code.functions:
            found: dict[tuple[ast.stmt, str], list[ast.ListComp]] = {}
            for node in scope.nodes:
                match node:
                    case ast.Call(func=ast.Name(id="any" | "all" as name), args=[ast.ListComp() as made]):
                        if not node.keywords and code.module.is_builtin(name) and self._harmless(code, made):
                            place = (code.module.statement(node), ast.unparse(node))
                            found.setdefault(place, []).append(made)
            for (statement, text), lists in found.items():
                edits = tuple(Replace(made, f"({code.text(made)[1:-1].strip()})") for made in lists)
                yield Match(statement, text, edits, f"let `{text.partition('(')[0]}` stop early")

    def _harmless(self, code: Code, made: ast.ListComp) -> bool:
        for clause in made.generators:
            kind = code.kind(clause.iter).name
            if clause.is_async or kind not in ("list", "tuple", "set", "frozenset", "dict", "str", "range"):
                return False
            if not isinstance(clause.iter, ast.Name) or not isinstance(clause.target, ast.Name):
                return False
        conditions = [test for clause in made.generators for test in clause.ifs]
        return all(_safe(code, node) for node in (made.elt, *conditions))


def _safe(code: Code, node: ast.expr) -> bool:
    """Whether evaluating an expression, and its truth, cannot fail and has no effect."""
    match node:
        case ast.Constant():
            return True
        case ast.Name():
            return _bound(code, node) and code.kind(node).immutable
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return _safe(code, inner)
        case ast.BoolOp(values=values):
            return all(_safe(code, value) for value in values)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _safe(code, left) and _safe_comparison(code, left, op, right)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult(), right=right):
            both = code.kind(left) == code.kind(right) == INT
            return both and _safe(code, left) and _safe(code, right)
        case ast.BinOp(left=left, op=ast.Mod(), right=ast.Constant(value=int(value))):
            return value != 0 and code.kind(left) == INT and _safe(code, left)
        case ast.Call(func=ast.Name(id="len"), args=[ast.Name() as box], keywords=[]):
            return (
                _bound(code, box)
                and code.module.is_builtin("len")
                and code.kind(box).name
                in (
                    "list",
                    "str",
                    "set",
                    "dict",
                    "tuple",
                )
            )
        case ast.Call(func=ast.Attribute(value=ast.Name() as box, attr=method), args=args, keywords=[]):
            if method in ("startswith", "endswith"):
                fits = len(args) == 1 and code.kind(args[0]) == STR and _safe(code, args[0])
            else:
                fits = not args
            return method in _SAFE_METHODS and fits and code.kind(box) == STR and _bound(code, box)
    return False


def _bound(code: Code, name: ast.Name) -> bool:
    """Whether a name surely has a value."""
    scope = code.module.scope_of[name]
    if code.module.comprehension_of(name) is not None:
        return True
    return code.bound_before(scope, name.id, code.module.statement(name))


def _safe_comparison(code: Code, left: ast.expr, op: ast.cmpop, right: ast.expr) -> bool:
    one, other = code.kind(left), code.kind(right)
    if isinstance(op, (ast.In, ast.NotIn)):
        searched = isinstance(right, ast.Constant) or isinstance(right, ast.Name) and _bound(code, right)
        if other == STR:
            return searched and one == STR
        if other.name in ("list", "tuple"):
            return searched and one.hashable and other.element.hashable  # no __eq__ of the user's
        return searched and one.hashable and other.name in ("set", "frozenset", "dict")
    return _safe(code, right) and (one == other == STR or {one.name, other.name} <= _NUMBERS)
