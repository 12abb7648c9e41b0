"""Text that grows in a loop is collected in a list and joined once.

Precondition: a function's own name, a str before the loop; in the loop it is only ever extended, on
the same side, by values that are str by inference, and not used otherwise; the loop is outside any
`try` and `with` and `with`, so that nobody sees the text half done.

Residual assumption: none beyond those of `base`. CPython often extends a str in place, so the gain is
in `text = piece + text` and `text = text + a + b`, and where the interpreter does not.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from strop.agents.optimizers.rules.analysis import Code
from strop.agents.optimizers.rules.base import After, Before, Edit, Example, Match, Rewrite
from strop.agents.optimizers.rules.kinds import Kind
from strop.agents.optimizers.rules.scopes import LOOPS, Scope

__all__ = ["JoinText"]


class JoinText:
    """`text += piece` in a loop becomes a list and one `join`."""

    name = "join-text"
    summary = "Collects pieces of text in a list and joins them once after the loop."
    examples = (
        Example(
            "def show(xs: list[int]) -> str:\n"
            "    text = ''\n"
            "    for x in xs:\n"
            "        text = str(x) + ',' + text\n"
            "    return text\n",
            "def show(xs: list[int]) -> str:\n"
            "    text = ''\n"
            "    text_parts = [text]\n"
            "    for x in xs:\n"
            "        text_parts.append(str(x) + ',')\n"
            "    text = ''.join(reversed(text_parts))\n"
            "    return text\n",
        ),
        Example("def f(xs):\n    text = ''\n    for x in xs:\n        text += x\n    return text\n"),
        Example(
            "def f(xs: list[str]) -> str:\n    text = ''\n    for x in xs:\n        text += x\n"
            "        if len(text) > 9:\n            break\n    return text\n",
        ),
    )

    def find(self, code: Code) -> Iterator[Match]:
        """Yield one match per name and outermost loop."""
        for scope in code.functions:
            for name in list(scope.bindings):
                for loop in _growing_loops(code, scope, name):
                    match = self._match(code, scope, name, loop)
                    if match is not None:
                        yield match

    def _match(self, code: Code, scope: Scope, name: str, loop: ast.stmt) -> Match | None:
        if not scope.is_local(name) or code.kinds.of_name(scope, name) != Kind("str"):
            return None
        if code.module.block(loop) is None or not code.bound_before(scope, name, loop):
            return None
        if code.seen_half_done(loop):
            return None
        if any(code.in_lazy_generator(load) for load in scope.loads[name]):
            return None  # made before, and it looks at the text as it grows
        inside = [b.node for b in scope.bindings[name] if code.inside(b.node, loop)]
        pieces = [_piece(code, node, name) for node in inside]
        loads = [load for load in scope.loads[name] if code.inside(load, loop)]
        own = sum(isinstance(node, ast.Assign) for node in inside)
        if not pieces or len(loads) != own or not all(code.module.is_builtin(n) for n in ("str", "reversed")):
            return None
        parts = code.module.fresh(f"{name}_parts", loop)
        edits: list[Edit] = [Before(loop, f"{parts} = [{name}]\n")]
        front = None
        for node, piece in zip(inside, pieces, strict=True):
            if piece is None or front not in (None, piece[1]) or not isinstance(node, ast.stmt):
                return None
            if code.module.block(node) is None:
                return None
            front = piece[1]
            edits.append(Rewrite(node, f"{parts}.append({piece[0]})\n"))
        joined = f"reversed({parts})" if front else parts
        edits.append(After(loop, f"{name} = ''.join({joined})\n"))
        return Match(loop, name, tuple(edits), f"collect the pieces of `{name}` and join them once")


def _growing_loops(code: Code, scope: Scope, name: str) -> list[ast.stmt]:
    """Return the outermost loops in which a name is bound, each once."""
    found: dict[int, ast.stmt] = {}
    for binding in scope.bindings[name]:
        loops = code.loops(binding.node) if isinstance(binding.node, (ast.Assign, ast.AugAssign)) else []
        if loops:
            found[id(loops[-1])] = loops[-1]
    return [loop for loop in found.values() if isinstance(loop, LOOPS)]


def _piece(code: Code, node: ast.AST, name: str) -> tuple[str, bool] | None:
    """Return what a statement adds to the text, and whether in front; None for another statement."""
    match node:
        case ast.AugAssign(target=ast.Name(id=target), op=ast.Add(), value=value):
            return (code.text(value), False) if target == name and _is_text(code, [value]) else None
        case ast.Assign(targets=[ast.Name(id=target)], value=ast.BinOp(op=ast.Add()) as value):
            terms = _terms(value)
            if target != name or len(terms) < 2:
                return None
            first, last = terms[0], terms[-1]
            front = isinstance(last, ast.Name) and last.id == name
            if not front and not (isinstance(first, ast.Name) and first.id == name):
                return None
            rest = terms[:-1] if front else terms[1:]
            if not _is_text(code, rest):
                return None
            return " + ".join(_operand(code, term) for term in rest), front
    return None


def _terms(node: ast.expr) -> list[ast.expr]:
    """Return the operands of `a + b + c`."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*_terms(node.left), node.right]
    return [node]


def _operand(code: Code, term: ast.expr) -> str:
    atoms = (ast.Name, ast.Call, ast.Constant, ast.Subscript, ast.Attribute, ast.JoinedStr)
    return code.text(term) if isinstance(term, atoms) else f"({code.text(term)})"


def _is_text(code: Code, terms: list[ast.expr]) -> bool:
    return all(code.kind(term) == Kind("str") for term in terms)
