"""A container that is built anew for every element grows in place.

Precondition, for `acc = acc + [x]`, `acc = acc | {x}` and `acc = {**acc, k: v}` inside a loop: `acc` is a
function's own name, every object it ever names was made on the spot, and until the loop has ended
nobody else holds any of them: no call gets it, nothing stores it, no inner function sees it, and no
`for` around the statement iterates over it. So nobody can tell the grown object from a new one.

Residual assumption: none beyond those of `base`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from strop.agents.optimizers.rules.analysis import Code
from strop.agents.optimizers.rules.base import Example, Match, Rewrite
from strop.agents.optimizers.rules.scopes import Scope

__all__ = ["GrowInPlace"]


class GrowInPlace:
    """`acc = acc + [x]` becomes `acc.append(x)`."""

    name = "grow-in-place"
    summary = "Adds to a list, set or dict in place, and no longer copies it for every element."
    examples = (
        Example(
            "def squares(xs):\n    acc = []\n    for x in xs:\n        acc = acc + [x * x]\n    return acc\n",
            "def squares(xs):\n    acc = []\n    for x in xs:\n        acc.append(x * x)\n    return acc\n",
        ),
        Example(
            "def index(pairs):\n    d = {}\n    for k, v in pairs:\n        d = {**d, k: v}\n    return d\n",
            "def index(pairs):\n    d = {}\n    for k, v in pairs:\n        d[k] = v\n    return d\n",
        ),
        Example(
            "def prefixes(xs):\n    acc, out = [], []\n    for x in xs:\n        acc = acc + [x]\n"
            "        out.append(acc)\n    return out\n",
        ),
    )

    def find(self, code: Code) -> Iterator[Match]:
        """Yield one match per statement."""
        for scope in code.functions:
            for node in scope.nodes:
                match node:
                    case ast.Assign(targets=[ast.Name(id=name)], value=value):
                        new = self._in_place(code, scope, name, value)
                        if new is not None and self._unshared(code, scope, name, node):
                            yield Match(node, name, (Rewrite(node, new),), f"add to `{name}` in place")

    def _in_place(self, code: Code, scope: Scope, name: str, value: ast.expr) -> str | None:
        match value:
            case ast.BinOp(left=ast.Name(id=left), op=ast.Add(), right=right) if left == name:
                single = isinstance(right, ast.List) and len(right.elts) == 1
                if isinstance(right, ast.List) and single and not isinstance(right.elts[0], ast.Starred):
                    return f"{name}.append({code.text(right.elts[0])})\n"
                if code.kind(right).name == "list":
                    return f"{name}.extend({code.text(right)})\n"
            case ast.BinOp(left=ast.Name(id=left), op=ast.BitOr(), right=ast.Set(elts=[item])):
                if left == name and not isinstance(item, ast.Starred):
                    return f"{name}.add({code.text(item)})\n"
            case ast.Dict(keys=[None, ast.expr() as key], values=[ast.Name(id=left), item]):
                # A display evaluates key, then value; an assignment the other way round.
                if left == name and _independent(scope, key, item):
                    return f"{name}[{code.text(key)}] = {ast.unparse(item)}\n"
        return None

    def _unshared(self, code: Code, scope: Scope, name: str, node: ast.Assign) -> bool:
        loops = code.loops(node)
        if not loops or code.module.block(node) is None or not code.is_fresh(scope, name):
            return False
        if code.kinds.of_name(scope, name).name not in ("list", "set", "dict"):
            return False
        end = loops[-1].end_lineno or 0
        if any(load.lineno <= end for load in code.uses(scope, name).escapes):
            return False
        iterated = [loop.iter for loop in loops if isinstance(loop, ast.For)]
        return not any(isinstance(n, ast.Name) and n.id == name for i in iterated for n in ast.walk(i))


def _independent(scope: Scope, one: ast.expr, other: ast.expr) -> bool:
    """Whether it doesn't matter which of two expressions is evaluated first."""
    if isinstance(one, ast.Constant) or isinstance(other, ast.Constant):
        return True
    if isinstance(one, ast.Name) and isinstance(other, ast.Name):
        return True
    for name, rest in ((one, other), (other, one)):
        # Calls may change a global, `:=` a local.
        if isinstance(name, ast.Name) and scope.is_local(name.id):
            return not any(isinstance(part, ast.NamedExpr) for part in ast.walk(rest))
    return False
