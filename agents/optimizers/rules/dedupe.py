"""Removing duplicates by searching the result list, done by a dictionary instead.

Precondition: `out = []`, and right after it a loop that is nothing but
`for x in items: if x not in out: out.append(x)`, outside any `try` and `with`, whose variable is not used
elsewhere. `dict.fromkeys` keeps the first of equal elements, in order, just as the loop does. Where an
element is not hashable, it raises (TypeError, as a rule), and the loop does its work as before, on the
same items.

Residual assumption: none beyond those of `base`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from strop.agents.optimizers.rules.analysis import Code
from strop.agents.optimizers.rules.base import Before, Example, Match, Replace
from strop.agents.optimizers.rules.scopes import Scope

__all__ = ["Dedupe"]


class Dedupe:
    """`for x in items: if x not in out: out.append(x)` becomes `dict.fromkeys`."""

    name = "dedupe"
    summary = "Removes duplicates by a dictionary, and falls back to the loop for unhashable elements."
    examples = (
        Example(
            "def unique(items):\n"
            "    out = []\n"
            "    for x in items:\n"
            "        if x not in out:\n"
            "            out.append(x)\n"
            "    return out\n",
            "def unique(items):\n"
            "    out = []\n"
            "    out_left = list(items)\n"
            "    try:\n"
            "        out, out_left = list(dict.fromkeys(out_left)), []\n"
            "    except Exception:\n"
            "        pass  # not hashable: the loop compares them one by one\n"
            "    for x in out_left:\n"
            "        if x not in out:\n"
            "            out.append(x)\n"
            "    return out\n",
        ),
        Example(
            "def last(items):\n"
            "    out = []\n"
            "    for x in items:\n"
            "        if x not in out:\n"
            "            out.append(x)\n"
            "    return out, x\n",
        ),
    )

    def find(self, code: Code) -> Iterator[Match]:
        """Yield one match per loop."""
        for scope in code.functions:
            for node in scope.nodes:
                if isinstance(node, ast.For):
                    match = self._match(code, scope, node)
                    if match is not None:
                        yield match

    def _match(self, code: Code, scope: Scope, loop: ast.For) -> Match | None:
        match loop:
            case ast.For(
                target=ast.Name(id=item),
                body=[
                    ast.If(
                        test=ast.Compare(
                            left=ast.Name(id=tested), ops=[ast.NotIn()], comparators=[ast.Name(id=out)]
                        ),
                        body=[ast.Expr(value=call)],
                        orelse=[],
                    )
                ],
                orelse=[],
            ) if item == tested and _appends(call, out, item) and item != out:
                pass
            case _:
                return None
        if not scope.is_local(out) or not scope.is_local(item) or not self._builtins(code):
            return None
        block = code.module.block(loop)
        if block is None or code.seen_half_done(loop):
            return None
        if not _starts_empty(block, loop, out):
            return None
        if any(code.in_lazy_generator(load) for load in scope.loads[out]):
            return None  # made before, and it looks at the list as it grows
        names = {n.id for n in ast.walk(loop.iter) if isinstance(n, ast.Name)}
        uses_outside = [n for n in scope.loads[item] if not code.inside(n, loop)]
        if {out, item} & names or uses_outside or len(scope.bindings[item]) > 1:
            return None
        left = code.module.fresh(f"{out}_left", loop)
        made = (
            f"{left} = list({_argument(code, loop.iter)})\n"
            f"try:\n    {out}, {left} = list(dict.fromkeys({left})), []\n"
            "except Exception:\n    pass  # not hashable: the loop compares them one by one\n"
        )
        return Match(
            loop, out, (Before(loop, made), Replace(loop.iter, left)), f"fill `{out}` by `dict.fromkeys`"
        )

    def _builtins(self, code: Code) -> bool:
        return all(code.module.is_builtin(name) for name in ("list", "dict", "Exception"))


def _argument(code: Code, node: ast.expr) -> str:
    """Return an expression as the only argument of a call: a loop's may be a tuple without parentheses."""
    text = code.text(node)
    return f"({text})" if isinstance(node, ast.Tuple) else text


def _appends(call: ast.expr, out: str, item: str) -> bool:
    match call:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=box), attr="append"),
            args=[ast.Name(id=name)],
            keywords=[],
        ):
            return box == out and name == item
    return False


def _starts_empty(block: list[ast.stmt], loop: ast.For, out: str) -> bool:
    """Whether the statement before the loop is `out = []`."""
    index = block.index(loop)
    match block[index - 1] if index else None:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.List(elts=[])):
            return name == out
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.List(elts=[])):
            return name == out
    return False
