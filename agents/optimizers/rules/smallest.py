"""Sorting all to take the first few becomes a selection by `heapq`.

Precondition, for `sorted(xs, key=..., reverse=...)[:k]` and `[0]` (`[-1]` of texts without a key,
as the last of equal numbers may be a bool): `k` is a literal from 1 to 100; the elements, or what
`key` makes of them, are totally ordered by inference (int, str, bytes, tuples of those; no floats,
as NaN has no place in an order). `key` is `len`, or a lambda that picks constant subscripts of its
argument. `heapq.nsmallest` and `nlargest` are documented to equal the slice of `sorted`, ties
included, and `[0]` of an empty result raises IndexError as before.

Residual assumption: none beyond those of `base`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from strop.agents.optimizers.rules.analysis import Code
from strop.agents.optimizers.rules.base import Edit, Example, Import, Match, Replace
from strop.agents.optimizers.rules.kinds import STR, UNKNOWN, Kind

__all__ = ["Smallest"]

_MOST = 100


class Smallest:
    """`sorted(xs)[:3]` becomes `nsmallest(3, xs)`."""

    name = "smallest"
    summary = "Selects the smallest or largest few elements without sorting all."
    examples = (
        Example(
            "def best(xs: list[int]) -> list[int]:\n    return sorted(xs, reverse=True)[:3]\n",
            "from heapq import nlargest\ndef best(xs: list[int]) -> list[int]:\n    return nlargest(3, xs)\n",
        ),
        Example("def best(xs: list[float]) -> list[float]:\n    return sorted(xs)[:3]\n"),
        Example("def best(xs):\n    return sorted(xs)[0]\n"),
    )

    def find(self, code: Code) -> Iterator[Match]:
        """Yield one match per expression text and statement."""
        for scope in code.functions:
            found: dict[tuple[ast.stmt, str], list[ast.Subscript]] = {}
            for node in scope.nodes:
                if isinstance(node, ast.Subscript) and self._rewritten(code, node) is not None:
                    found.setdefault((code.module.statement(node), ast.unparse(node)), []).append(node)
            for (statement, text), nodes in found.items():
                match = self._rewritten(code, nodes[0])
                assert match is not None
                which, arguments, place = match
                local, line = code.module.import_from("heapq", which, statement)
                edits: list[Edit] = [Replace(node, f"{local}({arguments}){place}") for node in nodes]
                if line:
                    edits.append(Import(line))
                yield Match(statement, text, tuple(edits), f"select what `{text}` needs without sorting all")

    def _rewritten(self, code: Code, node: ast.Subscript) -> tuple[str, str, str] | None:
        """Return the function, its arguments and what follows the call; None where it is not sound."""
        match node:
            case ast.Subscript(
                value=ast.Call(func=ast.Name(id="sorted"), args=[xs], keywords=words), ctx=ast.Load()
            ) if code.module.is_builtin("sorted") and not isinstance(xs, ast.Starred):
                pass
            case _:
                return None
        given = {word.arg: word.value for word in words}
        reverse = given.pop("reverse", None)
        key = given.pop("key", None)
        if given or not isinstance(reverse, ast.Constant | None):
            return None
        if reverse is not None and not isinstance(reverse.value, bool):
            return None
        element = code.kind(xs).element
        if element.name in ("?", "never") or not _key_kind(code, key, element).ordered:
            return None
        largest = reverse is not None and reverse.value
        place = ""
        match node.slice:
            case ast.Slice(lower=None, upper=ast.Constant(value=int(count)), step=None) if (
                1 <= count <= _MOST
            ):
                pass
            case ast.Constant(value=0):
                count, place = 1, "[0]"
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=1)) if key is None and element == STR:
                count, place, largest = 1, "[0]", not largest
            case _:
                return None
        arguments = f"{count}, {code.text(xs)}" + ("" if key is None else f", key={code.text(key)}")
        return ("nlargest" if largest else "nsmallest"), arguments, place


def _key_kind(code: Code, key: ast.expr | None, element: Kind) -> Kind:
    match key:
        case None:
            return element
        case ast.Name(id="len") if code.module.is_builtin("len"):
            return Kind("int")
        case ast.Lambda(args=ast.arguments(posonlyargs=[], args=[ast.arg(arg=name)], defaults=[]), body=body):
            return _picked(code, body, name, element)
    return UNKNOWN


def _picked(code: Code, node: ast.expr, name: str, element: Kind) -> Kind:
    match node:
        case ast.Name(id=found):
            return element if found == name else UNKNOWN
        case ast.Subscript(value=value, slice=ast.Constant() as index):
            return code.kinds.subscript(_picked(code, value, name, element), index)
        case ast.Tuple(elts=items):
            return Kind("record", tuple(_picked(code, item, name, element) for item in items))
    return UNKNOWN
