"""A local list that is emptied or filled at its front becomes a `collections.deque`.

Precondition: a function's own list, made by displays, comprehensions or `list()`, on which some loop
calls `pop(0)` or `insert(0, x)`; every other use is one that a deque answers in the same way:
`append`, `extend`, `clear`, `pop()`, `+=`, a truth test, `len`, `in`, the first or last element, a copy by
`list`, `sorted`, `tuple`, `set`, and `sum`, `min`, `max`, `any`, `all`. It is neither returned nor handed on.

Residual assumption: nobody compares the text of the IndexError from an empty queue, which names
the type ("pop from an empty deque").
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from strop.agents.optimizers.rules.analysis import Code
from strop.agents.optimizers.rules.base import Edit, Example, Import, Match, Replace
from strop.agents.optimizers.rules.bindings import Binding
from strop.agents.optimizers.rules.scopes import Scope

__all__ = ["DequeQueue"]

_READERS = {"len", "list", "sorted", "tuple", "set", "sum", "min", "max", "any", "all", "bool"}


class DequeQueue:
    """`queue.pop(0)` becomes `queue.popleft()`."""

    name = "deque-queue"
    summary = "Takes elements from the front of a queue without moving all others."
    examples = (
        Example(
            "def drain(start: int) -> int:\n"
            "    queue = [start]\n"
            "    total = 0\n"
            "    while queue:\n"
            "        n = queue.pop(0)\n"
            "        total += n\n"
            "        if n > 0:\n"
            "            queue.append(n - 1)\n"
            "    return total\n",
            "from collections import deque\n"
            "def drain(start: int) -> int:\n"
            "    queue = deque([start])\n"
            "    total = 0\n"
            "    while queue:\n"
            "        n = queue.popleft()\n"
            "        total += n\n"
            "        if n > 0:\n"
            "            queue.append(n - 1)\n"
            "    return total\n",
        ),
        Example(
            "def rest(xs):\n    queue = list(xs)\n    while len(queue) > 3:\n        queue.pop(0)\n"
            "    return queue\n"
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
        if not code.is_fresh(scope, name) or code.kinds.of_name(scope, name).name != "list":
            return None
        uses = code.uses(scope, name)
        if uses.escapes or uses.returns or not all(_same_for_deque(code, load) for load in uses.reads):
            return None
        fronts = []
        for load in uses.changes:
            change = _change(code, load)
            if change is None:
                return None
            if isinstance(change, Replace):
                fronts.append(change)
        if not any(code.loops(front.node) for front in fronts):
            return None
        first = next((b.statement for b in scope.bindings[name] if b.value is not None), None)
        if first is None:
            return None
        local, line = code.module.import_from("collections", "deque", first)
        edits: list[Edit] = [*fronts]
        for binding in scope.bindings[name]:
            made = _made(code, binding, local)
            if made is None:
                return None
            edits += made
        if line:
            edits.append(Import(line))
        return Match(first, name, tuple(edits), f"make `{name}` a deque")


def _made(code: Code, binding: Binding, local: str) -> list[Edit] | None:
    """Return the edits of one binding; None if it cannot be changed."""
    if binding.kind == "augment":
        return [] if isinstance(getattr(binding.node, "op", None), ast.Add) else None
    edits: list[Edit] = []
    match binding.annotation:
        case None:
            pass
        case ast.Name(id="list") | ast.Subscript(value=ast.Name(id="list")):
            plain = binding.annotation
            edits.append(Replace(plain.value if isinstance(plain, ast.Subscript) else plain, local))
        case _:
            return None
    if binding.value is not None:
        edits.append(Replace(binding.value, f"{local}({code.text(binding.value)})"))
    return edits


def _change(code: Code, load: ast.Name) -> Replace | bool | None:
    """Return how a change of the list is written for a deque; True: as it is; None: not at all."""
    attribute = code.module.parents[load]
    call = code.module.parents[attribute]
    if not isinstance(call, ast.Call) or not isinstance(attribute, ast.Attribute) or call.keywords:
        return None
    name = load.id
    match attribute.attr, call.args:
        case "pop", [ast.Constant(value=0 as value)] if value is not False:
            return Replace(call, f"{name}.popleft()")
        case "insert", [ast.Constant(value=0 as value), item] if value is not False:
            return Replace(call, f"{name}.appendleft({code.text(item)})")
        case ("append" | "extend", [_]) | ("pop" | "clear", []):
            return True
    return None


def _same_for_deque(code: Code, load: ast.expr) -> bool:
    match code.module.parents[load]:
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            return test is load
        case ast.UnaryOp(op=ast.Not()):
            return True
        case ast.BoolOp() as parent:
            return _same_for_deque(code, parent)
        case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[box]):
            return box is load
        case ast.Subscript(
            slice=ast.Constant(value=0) | ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=1))
        ):
            return True
        case ast.Call(func=ast.Name(id=name), args=[_], keywords=[]):
            return name in _READERS
    return False
