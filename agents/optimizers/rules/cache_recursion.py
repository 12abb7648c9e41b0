"""A pure function that calls itself several times keeps its results.

Precondition, for a module-level function without decorators, defined once: it calls itself at least
twice on one path through its body; every parameter is annotated `int`, `str`, `bool`, `bytes` or a
tuple of those, or is evidently a whole number (compared with an int literal, and passed on as itself
plus or minus an int literal), and has no default; it is annotated to return, or evidently returns,
numbers, text, or tuples of these; its body uses nothing but its parameters, its own local names,
itself, literals, pure built-ins, str methods and module-level constants; it assigns to names only,
and neither prints, raises on purpose, nor handles exceptions.

The cache is `lru_cache(maxsize=None, typed=True)`, which tells 1 from 1.0 and True.

Residual assumptions: callers pass what the annotations say (an unhashable argument would now raise);
no caller's recursion is so deep that the cache's own frames reach the recursion limit first (with two
calls a level it could hardly end without the cache); numbers inside tuple arguments are not now int,
now bool; nobody gives a module-level constant another value from outside; the results fit in memory.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from strop.agents.optimizers.rules.analysis import Code
from strop.agents.optimizers.rules.base import Decorate, Edit, Example, Import, Match
from strop.agents.optimizers.rules.kinds import NEVER, Kind
from strop.agents.optimizers.rules.scopes import Scope

__all__ = ["CacheRecursion"]

_PURE = {
    "len", "min", "max", "abs", "sum", "range", "int", "str", "bool", "tuple", "divmod", "any", "all",
    "enumerate", "zip", "ord", "chr", "sorted", "reversed", "list", "set",
}  # fmt: skip
_ALLOWED = (
    ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.Return, ast.If, ast.For,
    ast.While, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Pass, ast.Break, ast.Continue, ast.Name,
    ast.Constant, ast.Tuple, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call,
    ast.Subscript, ast.Slice, ast.Attribute, ast.Expr, ast.GeneratorExp, ast.ListComp, ast.comprehension,
    ast.List,
)  # fmt: skip
_SIMPLE = {"int", "str", "bool", "bytes", "none"}


class CacheRecursion:
    """`fib(n - 1) + fib(n - 2)` is computed once for each `n`."""

    name = "cache-recursion"
    summary = "Keeps the results of a pure recursive function."
    examples = (
        Example(
            "def fib(n: int) -> int:\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\n",
            "from functools import lru_cache\n"
            "@lru_cache(maxsize=None, typed=True)\n"
            "def fib(n: int) -> int:\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\n",
        ),
        Example("def fact(n: int) -> int:\n    return 1 if n < 2 else n * fact(n - 1)\n"),
        Example(
            "calls = []\n\ndef fib(n: int) -> int:\n    calls.append(n)\n"
            "    return n if n < 2 else fib(n - 1) + fib(n - 2)\n",
        ),
        Example("def f(x: float) -> float:\n    return x if x < 2 else f(x - 1) + f(x - 2)\n"),
    )

    def find(self, code: Code) -> Iterator[Match]:
        """Yield one match per function."""
        for scope in code.functions:
            node = scope.node
            top_level = isinstance(node, ast.FunctionDef) and code.module.parents[node] is code.module.tree
            if isinstance(node, ast.FunctionDef) and top_level and self._sound(code, scope, node):
                yield self._match(code, node)

    def _match(self, code: Code, node: ast.FunctionDef) -> Match:
        local, line = code.module.import_from("functools", "lru_cache", node)
        edits: list[Edit] = [Decorate(node, f"{local}(maxsize=None, typed=True)")]
        if line:
            edits.append(Import(line))
        return Match(node, node.name, tuple(edits), f"keep the results of `{node.name}`")

    def _sound(self, code: Code, scope: Scope, node: ast.FunctionDef) -> bool:
        calls = [n for n in scope.loads.get(node.name, []) if _called(code, n)]
        if node.decorator_list or len(calls) < 2 or len(calls) != len(scope.loads[node.name]):
            return False
        bindings = code.module.top.bindings[node.name]
        shadowed = any(node.name in s.bindings or node.name in s.declared for s in code.module.scopes[1:])
        if len(bindings) != 1 or shadowed or scope.captured or scope.declared:
            return False
        if not _twice_on_a_path(code, calls):
            return False
        parameters = node.args
        if parameters.vararg or parameters.kwarg or parameters.defaults or any(parameters.kw_defaults):
            return False
        names = [a.arg for a in (*parameters.posonlyargs, *parameters.args, *parameters.kwonlyargs)]
        if not names or not all(_key(code, scope, name) or _whole(code, scope, node, name) for name in names):
            return False
        whole = {n for n in names if _whole(code, scope, node, n)}
        return all(
            _pure(code, scope, n, node.name) for s in node.body for n in ast.walk(s)
        ) and _plain_result(code, scope, node, whole)


def _called(code: Code, name: ast.Name) -> bool:
    parent = code.module.parents[name]
    return isinstance(parent, ast.Call) and parent.func is name and not any(
        isinstance(arg, ast.Starred) for arg in parent.args
    )  # fmt: skip


def _twice_on_a_path(code: Code, calls: list[ast.Name]) -> bool:
    """Whether two of the calls can happen in one activation: neither excludes the other."""
    return any(
        not _exclusive(code, one, other) for number, one in enumerate(calls) for other in calls[:number]
    )


def _exclusive(code: Code, one: ast.AST, other: ast.AST) -> bool:
    """Whether two nodes are on different branches, or a `return` lies between them."""
    first, second = sorted((one, other), key=lambda n: (n.lineno, n.col_offset))  # type: ignore[attr-defined]
    statement = code.module.statement(first)
    if isinstance(statement, ast.Return) and code.module.statement(second) is not statement:
        return True
    for parent in code.module.ancestors(one):
        if isinstance(parent, ast.If) and code.inside(other, parent):
            sides = [any(code.inside(node, s) for s in parent.body) for node in (one, other)]
            others = [any(code.inside(node, s) for s in parent.orelse) for node in (one, other)]
            return sides[0] and others[1] or sides[1] and others[0]
        if isinstance(parent, ast.IfExp) and code.inside(other, parent):
            return code.inside(one, parent.body) and code.inside(other, parent.orelse) or (
                code.inside(one, parent.orelse) and code.inside(other, parent.body)
            )  # fmt: skip
    return False


def _simple(kind: Kind) -> bool:
    if kind.name in ("tuple", "record"):
        return all(_simple(item) for item in kind.items)
    return kind.name in _SIMPLE


def _key(code: Code, scope: Scope, name: str) -> bool:
    """Whether the annotation of a parameter says that equal arguments of one type are alike."""
    first = next((b for b in scope.bindings[name] if b.kind == "parameter"), None)
    return first is not None and _simple(code.kinds.annotated(first.value))


def _whole(code: Code, scope: Scope, node: ast.FunctionDef, name: str) -> bool:
    """Whether an unannotated parameter is evidently a number: compared with an int, and stepped by one."""
    bindings = scope.bindings[name]
    if len(bindings) != 1 or bindings[0].value is not None:
        return False
    position = [a.arg for a in (*node.args.posonlyargs, *node.args.args)].index(name) if any(
        a.arg == name for a in (*node.args.posonlyargs, *node.args.args)
    ) else -1  # fmt: skip
    compared, stepped = False, False
    for load in scope.loads[name]:
        match code.module.parents[load]:
            case ast.Compare(left=left, comparators=[ast.Constant(value=int())]) if left is load:
                compared = True
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=ast.Constant(value=int())) as step:
                call = code.module.parents[step]
                if left is load and isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
                    same_place = 0 <= position < len(call.args) and call.args[position] is step
                    stepped |= call.func.id == node.name and same_place
    return compared and stepped


def _pure(code: Code, scope: Scope, node: ast.AST, own: str) -> bool:
    match node:
        case ast.Name(id=name, ctx=ast.Load()):
            if name in scope.bindings or name == own or code.module.comprehension_of(node):
                return True
            return name in _PURE and code.module.is_builtin(name) or _constant(code, name)
        case ast.Subscript(ctx=ctx) | ast.Attribute(ctx=ctx) if not isinstance(ctx, ast.Load):
            return False
        case ast.Call(func=ast.Name(id=name)):
            return name == own or name in _PURE and code.module.is_builtin(name)
        case ast.Call(func=ast.Attribute(value=value, attr=method)):
            if isinstance(value, ast.Name) and method == "append":
                return code.is_fresh(scope, value.id) and code.kind(value).name == "list"
            return code.kind(value).name == "str"
        case ast.Call() | ast.keyword():
            return False
        case ast.Attribute():
            return isinstance(code.module.parents[node], ast.Call)
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            return isinstance(target, ast.Name)
    return isinstance(node, _ALLOWED)


def _constant(code: Code, name: str) -> bool:
    """Whether a module-level name is bound once, to text, a number, or a tuple of these."""
    bindings = code.module.top.bindings.get(name, [])
    elsewhere = any(name in s.bindings or name in s.declared for s in code.module.scopes[1:])
    if len(bindings) != 1 or elsewhere or bindings[0].kind != "assign" or bindings[0].value is None:
        return False
    if bindings[0].statement not in code.module.tree.body:
        return False  # in a loop it has many values
    return _simple(code.kind(bindings[0].value)) or code.kind(bindings[0].value).name == "float"


def _plain_result(code: Code, scope: Scope, node: ast.FunctionDef, whole: set[str]) -> bool:
    """Whether what it returns can be shared by all callers, since nothing can change it."""
    if node.returns is not None:
        kind = code.kinds.annotated(node.returns)
        return kind != NEVER and (_simple(kind) or kind.name == "float")
    return all(
        n.value is None or _number(code, n.value, node.name, whole)
        for n in scope.nodes
        if isinstance(n, ast.Return)
    )


def _number(code: Code, node: ast.expr, own: str, whole: set[str]) -> bool:
    """Whether an expression is evidently a number, given that the function itself returns some."""
    match node:
        case ast.Constant(value=int() | float()):
            return True
        case ast.Name(id=name):
            return name in whole or code.kind(node).name in ("int", "bool", "float")
        case ast.Call(func=ast.Name(id=name)) if name == own:
            return True
        case ast.Call(func=ast.Name(id="max" | "min"), args=args):
            return len(args) > 1 and all(_number(code, arg, own, whole) for arg in args)
        case ast.BinOp(left=left, right=right):
            return _number(code, left, own, whole) and _number(code, right, own, whole)
        case ast.IfExp(body=body, orelse=orelse):
            return _number(code, body, own, whole) and _number(code, orelse, own, whole)
    return code.kind(node).name in ("int", "bool", "float")
