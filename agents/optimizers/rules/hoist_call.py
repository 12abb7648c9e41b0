"""A call that gives the same result all through a loop is made once before it.

Precondition: the call is one of `sorted`, `set`, `frozenset`, `sum` of a name, or a str method without
arguments on a name; by inference it cannot fail on what the name holds, so that making it early (or
in vain) raises nothing; neither the name nor its container changes in the loop; and where the result is
a container, the place of the call only looks at it. `min` and `max` of `xs` fail on nothing but an
empty `xs`, so they move out only of a loop over `xs` itself, which an empty `xs` does not enter.

Residual assumption: none beyond those of `base`.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

from strop.agents.optimizers.rules.analysis import Code
from strop.agents.optimizers.rules.base import Before, Edit, Example, Match, Replace
from strop.agents.optimizers.rules.kinds import STR, Kind
from strop.agents.optimizers.rules.scopes import Scope

__all__ = ["HoistCall"]

_METHODS = {"lower", "upper", "strip", "lstrip", "rstrip", "split", "splitlines", "casefold", "title"}
_NUMBERS = {"int", "float", "bool"}


class HoistCall:
    """`sum(xs)` in a loop that does not change `xs` becomes a name."""

    name = "hoist-call"
    summary = "Makes a call once before a loop in which its result stays the same."
    examples = (
        Example(
            "def shares(xs: list[int]) -> list[float]:\n    return [x / sum(xs) for x in xs]\n",
            "def shares(xs: list[int]) -> list[float]:\n"
            "    xs_sum = sum(xs)\n"
            "    return [x / xs_sum for x in xs]\n",
        ),
        Example(
            "def f(xs: list[int]) -> list[float]:\n    return [x / max(xs) for x in xs]\n",
            "def f(xs: list[int]) -> list[float]:\n"
            "    xs_max = max(xs, default=None)\n"
            "    return [x / xs_max for x in xs]\n",
        ),
        Example("def f(xs: list[int], n: int) -> list[int]:\n    return [max(xs) for _ in range(n)]\n"),
        Example(
            "def f(xs: list[int], n: int) -> list[list[int]]:\n    return [sorted(xs) for _ in range(n)]\n"
        ),
    )

    def find(self, code: Code) -> Iterator[Match]:
        """Yield one match per call text and loop."""
        groups: dict[tuple[ast.stmt, str], list[ast.Call]] = defaultdict(list)
        for scope in code.functions:
            for node in scope.nodes:
                if isinstance(node, ast.Call):
                    place = self._place(code, scope, node)
                    if place is not None:
                        groups[place, ast.unparse(node)].append(node)
        for (place, text), calls in groups.items():
            box, what = _parts(calls[0])
            assert box is not None
            made = f"{what}({box.id}, default=None)" if what in ("min", "max") else text
            name = code.module.fresh(f"{box.id}_{what}", place)
            edits: list[Edit] = [Before(place, f"{name} = {made}\n"), *(Replace(c, name) for c in calls)]
            yield Match(place, text, tuple(edits), f"compute `{text}` once")

    def _place(self, code: Code, scope: Scope, call: ast.Call) -> ast.stmt | None:
        box, what = _parts(call)
        if box is None or code.module.comprehension_of(box) or not scope.is_local(box.id):
            return None
        kind = code.kind(box)
        if isinstance(call.func, ast.Attribute):
            if kind != STR or what in ("split", "splitlines") and not code.only_reads(call):
                return None
            return code.place_before(scope, call, (box.id,))
        if not code.module.is_builtin(what) or not _cannot_fail(what, kind):
            return None
        if what in ("sorted", "set", "frozenset") and not code.only_reads(call):
            return None
        if what in ("min", "max"):
            return self._over_itself(code, scope, call, box)
        return code.place_before(scope, call, (box.id,))

    def _over_itself(self, code: Code, scope: Scope, call: ast.Call, box: ast.Name) -> ast.stmt | None:
        """Return where `max(xs)` can be computed: before the one loop around it, if that is over `xs`."""
        place = code.place_before(scope, call, (box.id,))
        match place:
            case ast.For(iter=ast.Name(id=name)) if name == box.id and code.loops(call)[-1:] == [place]:
                return place if code.inside(call, place) and len(code.loops(call)) == 1 else None
            case None | ast.For() | ast.While():
                return None
        if code.loops(place):
            return None
        for parent in code.module.ancestors(call):
            match parent:
                case ast.ListComp(generators=[first]) | ast.SetComp(generators=[first]):
                    if isinstance(first.iter, ast.Name) and first.iter.id == box.id:
                        return place
                case ast.stmt():
                    break
        return None


def _parts(call: ast.Call) -> tuple[ast.Name | None, str]:
    """Return the name that a call is about, and what it does with it."""
    match call:
        case ast.Call(func=ast.Name(id=what), args=[ast.Name() as box], keywords=[]):
            return box, what
        case ast.Call(func=ast.Attribute(value=ast.Name() as box, attr=what), args=[], keywords=[]):
            if what in _METHODS:
                return box, what
    return None, ""


def _cannot_fail(what: str, kind: Kind) -> bool:
    if kind.name not in ("list", "tuple", "set", "frozenset", "dict", "str"):
        return False  # an iterator would be used up
    element = kind.element
    match what:
        case "sorted":
            return element.ordered or element.name in _NUMBERS
        case "set" | "frozenset":
            return element.hashable
        case "sum":
            return element.name in _NUMBERS
        case "min" | "max":
            return element.ordered or element.name in _NUMBERS
    return False
