"""Two nested loops that pair rows by an equal key look the inner rows up by that key.

Precondition, for `for a in A: ... for b in B: if a[k] == b[k]: ...`: `B` is by inference a list or tuple
in a function's own name that does not change in the outer loop, where nobody else could change it or
its rows; the inner loop is nothing but the `if`, whose sides are made of one name and constant subscripts
or attributes each; its variable is not used outside it.

The index only narrows which rows the inner loop visits, in their old order; the `if` stays and decides.
Where the index cannot be made, or the key of a row cannot be looked up, the loop visits all rows, and
fails where it failed before.

Residual assumption: none beyond those of `base`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from strop.agents.optimizers.rules.analysis import Code
from strop.agents.optimizers.rules.base import Before, Example, Match, Replace
from strop.agents.optimizers.rules.scopes import Scope

__all__ = ["NestedJoin"]


class NestedJoin:
    """`for b in rows: if a[k] == b[k]` visits only the rows with that key."""

    name = "nested-join"
    summary = "Pairs the rows of two nested loops by an index of the inner rows."
    examples = (
        Example(
            "def join(orders: list[dict[str, int]], items: list[dict[str, int]]) -> int:\n"
            "    total = 0\n"
            "    for order in orders:\n"
            "        for item in items:\n"
            "            if order['id'] == item['order']:\n"
            "                total += item['price']\n"
            "    return total\n",
            "def join(orders: list[dict[str, int]], items: list[dict[str, int]]) -> int:\n"
            "    total = 0\n"
            "    items_by_key = {}\n"
            "    try:\n"
            "        for items_row in items:\n"
            "            items_by_key.setdefault(items_row['order'], []).append(items_row)\n"
            "    except Exception:\n"
            "        items_by_key = None\n"
            "    for order in orders:\n"
            "        items_found = items\n"
            "        if items_by_key:\n"
            "            try:\n"
            "                items_found = items_by_key.get(order['id'], ())\n"
            "            except Exception:\n"
            "                pass  # the comparison below says what is wrong, if anything is\n"
            "        for item in items_found:\n"
            "            if order['id'] == item['order']:\n"
            "                total += item['price']\n"
            "    return total\n",
        ),
        Example(
            "def last(xs: list[dict[str, int]], ys: list[dict[str, int]]) -> int:\n"
            "    for x in xs:\n"
            "        for y in ys:\n"
            "            if x['a'] == y['a']:\n"
            "                x['n'] = 1\n"
            "    return y['a']\n",
        ),
        Example(
            "def f(xs: list[dict[str, int]], ys: list[dict[str, int]]) -> None:\n"
            "    for x in xs:\n"
            "        for y in ys:\n"
            "            if x['a'] == y['a']:\n"
            "                y['a'] += 1\n",
        ),
    )

    def find(self, code: Code) -> Iterator[Match]:
        """Yield one match per inner loop."""
        for scope in code.functions:
            for node in scope.nodes:
                match node:
                    case ast.For(
                        target=ast.Name(id=row),
                        iter=ast.Name() as rows,
                        body=[
                            ast.If(
                                test=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]), orelse=[]
                            )
                        ],
                    ):
                        pass
                    case _:
                        continue
                own, other = (left, right) if _root(left) == row else (right, left)
                if _root(own) == row and _root(other) not in (row, rows.id, None):
                    match_ = self._match(code, scope, node, rows, own, other)
                    if match_ is not None:
                        yield match_

    def _match(
        self, code: Code, scope: Scope, inner: ast.For, rows: ast.Name, own: ast.expr, other: ast.expr
    ) -> Match | None:
        row, peer = _root(own), _root(other)
        outer = next(iter(code.loops(inner)), None)
        assert row is not None and peer is not None
        if outer is None or code.module.block(inner) is None or code.module.block(outer) is None:
            return None
        if code.kind(rows).name not in ("list", "tuple") or not scope.is_local(peer):
            return None
        if not code.module.is_builtin("Exception"):
            return None
        elsewhere = [n for n in scope.loads[row] if not code.inside(n, inner)]
        if elsewhere or len(scope.bindings[row]) != 1 or not scope.is_local(row):
            return None
        # Rows are others' objects: nothing in the loop may change one, be it under another name.
        if not code.stays(scope, rows.id, outer) or not code.harmless(scope, outer, rows_too=True):
            return None
        if not code.bound_before(scope, rows.id, outer) or code.rebinds(scope, peer, inner):
            return None
        if not code.bound_before(scope, peer, inner):
            return None
        changes = code.uses(scope, peer).changes
        if not isinstance(other, ast.Name) and any(code.inside(load, inner) for load in changes):
            return None  # it is another one for the next row
        return Match(outer, f"{rows.id} {ast.unparse(own)}", _edits(code, outer, inner, rows, own, other),
                     f"look the rows of `{rows.id}` up by `{ast.unparse(own)}`")  # fmt: skip


def _edits(
    code: Code, outer: ast.stmt, inner: ast.For, rows: ast.Name, own: ast.expr, other: ast.expr
) -> tuple[Before | Replace, ...]:
    fresh, name = code.module.fresh, rows.id
    index, item, found = (
        fresh(f"{name}_by_key", outer),
        fresh(f"{name}_row", outer),
        fresh(f"{name}_found", outer),
    )
    made = (
        f"{index} = {{}}\ntry:\n    for {item} in {name}:\n"
        f"        {index}.setdefault({_renamed(own, item)}, []).append({item})\n"
        f"except Exception:\n    {index} = None\n"
    )
    # An empty index means no rows: then the key of the outer row was never looked at.
    looked_up = (
        f"{found} = {name}\nif {index}:\n    try:\n"
        f"        {found} = {index}.get({ast.unparse(other)}, ())\n"
        f"    except Exception:\n        pass  # the comparison below says what is wrong, if anything is\n"
    )
    return Before(outer, made), Before(inner, looked_up), Replace(rows, found)


def _root(node: ast.expr) -> str | None:
    """Return the name under constant subscripts and attributes, None for anything else."""
    while True:
        match node:
            case ast.Name(id=name):
                return name
            case ast.Subscript(value=inner, slice=ast.Constant()) | ast.Attribute(value=inner):
                node = inner
            case _:
                return None


def _renamed(node: ast.expr, name: str) -> str:
    match node:
        case ast.Subscript(value=inner, slice=index):
            return f"{_renamed(inner, name)}[{ast.unparse(index)}]"
        case ast.Attribute(value=inner, attr=attribute):
            return f"{_renamed(inner, name)}.{attribute}"
    return name
