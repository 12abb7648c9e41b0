"""A growing list that is asked for its elements gets a set beside it.

Precondition: a function's own list, bound once by a display or `list()`, that only ever grows by
`append` statements, is handed to nobody but `return`, and is shared with no inner function; what is
tested and what is appended is hashable by inference. List and set are then always in step.

Residual assumption: none beyond those of `base`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from strop.agents.optimizers.rules.analysis import Code
from strop.agents.optimizers.rules.base import After, Edit, Example, Match, Replace
from strop.agents.optimizers.rules.scopes import Scope

__all__ = ["SeenSet"]


class SeenSet:
    """`if x not in seen: seen.append(x)` asks a set."""

    name = "seen-set"
    summary = "Keeps a set beside a list that grows while its elements are looked up."
    examples = (
        Example(
            "def walk(graph: dict[str, list[str]], start: str) -> list[str]:\n"
            "    seen = []\n"
            "    stack = [start]\n"
            "    while stack:\n"
            "        node = stack.pop()\n"
            "        if node in seen:\n"
            "            continue\n"
            "        seen.append(node)\n"
            "        stack.extend(graph[node])\n"
            "    return seen\n",
            "def walk(graph: dict[str, list[str]], start: str) -> list[str]:\n"
            "    seen = []\n"
            "    seen_set = set(seen)\n"
            "    stack = [start]\n"
            "    while stack:\n"
            "        node = stack.pop()\n"
            "        if node in seen_set:\n"
            "            continue\n"
            "        seen.append(node)\n"
            "        seen_set.add(node)\n"
            "        stack.extend(graph[node])\n"
            "    return seen\n",
        ),
        Example(
            "def f(xs: list[int]) -> list[int]:\n"
            "    out = []\n"
            "    for x in xs:\n"
            "        if x not in out:\n"
            "            out.append(x)\n"
            "        else:\n"
            "            out.remove(x)\n"
            "    return out\n",
        ),
    )

    def find(self, code: Code) -> Iterator[Match]:
        """Yield one match per list."""
        for scope in code.functions:
            for name in list(scope.bindings):
                match = self._match(code, scope, name)
                if match is not None:
                    yield match

    def _match(self, code: Code, scope: Scope, name: str) -> Match | None:
        bindings = scope.bindings[name]
        if len(bindings) != 1 or bindings[0].kind != "assign" or not code.is_fresh(scope, name):
            return None
        start = bindings[0].statement
        kind = code.kinds.of_name(scope, name)
        if start is None or code.module.block(start) is None or kind.name != "list":
            return None
        uses = code.uses(scope, name)
        if uses.escapes or not kind.element.hashable or not code.module.is_builtin("set"):
            return None
        appends = [_append(code, load) for load in uses.changes]
        tests = [load for load in uses.reads if _test(code, load)]
        repeated = [t for t in tests if any(c for c in uses.changes if _same_loop(code, t, c))]
        if not repeated or any(append is None for append in appends):
            return None
        table = code.module.fresh(f"{name}_set", start)
        edits: list[Edit] = [After(start, f"{table} = set({name})\n")]
        for append in appends:
            assert append is not None
            item = append.value.args[0]  # type: ignore[attr-defined]
            again = code.text(item) if isinstance(item, (ast.Name, ast.Constant)) else f"{name}[-1]"
            edits.append(After(append, f"{table}.add({again})\n"))
        edits += [Replace(load, table) for load in tests]
        return Match(start, name, tuple(edits), f"look elements up in a set kept beside `{name}`")


def _append(code: Code, load: ast.Name) -> ast.Expr | None:
    """Return the statement `name.append(x)`, None if the change is another."""
    statement = code.module.statement(load)
    match statement:
        case ast.Expr(
            value=ast.Call(func=ast.Attribute(value=box, attr="append"), args=[ast.expr()], keywords=[])
        ) if box is load and code.module.block(statement) is not None:
            return statement
    return None


def _test(code: Code, load: ast.Name) -> bool:
    match code.module.parents[load]:
        case ast.Compare(left=item, ops=[ast.In() | ast.NotIn()], comparators=[box]) if box is load:
            return code.kind(item).hashable
    return False


def _same_loop(code: Code, one: ast.AST, other: ast.AST) -> bool:
    loops = code.loops(one)
    return bool(loops) and code.inside(other, loops[-1])
