"""Which names the scopes of a Python text bind, and to what."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

__all__ = [
    "FUNCTIONS",
    "Scope",
    "WATCHED_BUILTINS",
    "bound_names",
    "lookup",
    "module_scope",
    "own_statements",
]

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
WATCHED_BUILTINS = frozenset(
    [
        "eval",
        "exec",
        "compile",
        "__import__",
        "open",
        "getattr",
        "setattr",
        "delattr",
        "vars",
        "globals",
        "object",
        "type",
        "__builtins__",
    ]
)


@dataclass
class Scope:
    """The names that one module, class body, function or comprehension binds."""

    parent: Scope | None = None
    aliases: dict[str, str] = field(default_factory=dict)  # name -> dotted path, by imports
    values: dict[str, ast.expr | None] = field(default_factory=dict)  # assigned once; None: several times
    # Of several values one that is a name: `m = None`, then `m = json`. Never what a text is.
    names: dict[str, ast.expr] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)  # parameters, definitions, targets of loops
    parameters: set[str] = field(default_factory=set)  # of a function, among `hidden`
    stars: list[str] = field(default_factory=list)  # modules whose names were all imported
    is_class: bool = False
    known: dict[tuple[str, int], object] = field(default_factory=dict)  # answers by node, of the whole module

    def __post_init__(self) -> None:
        if self.parent is not None:
            self.known = self.parent.known


def own_statements(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield all nodes of a body but those inside nested functions, classes and comprehensions."""
    stack = list(body)
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            stack.extend(ast.iter_child_nodes(node))


def module_scope(body: Iterable[ast.AST], parent: Scope | None = None, *, is_class: bool = False) -> Scope:
    """Return the scope of a body of statements."""
    scope = Scope(parent=parent, is_class=is_class)
    body = list(body)
    direct = set(map(id, body))
    for node in own_statements(body):
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.split(".")[0]
                scope.aliases[name] = alias.name if alias.asname else name
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            for alias in node.names:
                if alias.name == "*":
                    scope.stars.append(module)
                else:
                    joint = "" if module.endswith(".") else "."
                    scope.aliases[alias.asname or alias.name] = module + joint + alias.name
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            # A definition under a condition may never happen: a built-in of that name is still meant.
            if id(node) in direct or node.name not in WATCHED_BUILTINS:
                scope.hidden.add(node.name)
        else:
            _bind(node, scope)
    return scope


def _bind(node: ast.AST, scope: Scope) -> None:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Name):
                _assign(scope, target.id, node.value)
            elif isinstance(target, (ast.Tuple, ast.List)):
                pairs: Iterable[tuple[ast.expr, ast.expr | None]] = ((t, None) for t in target.elts)
                if isinstance(node.value, (ast.Tuple, ast.List)) and len(node.value.elts) == len(target.elts):
                    pairs = zip(target.elts, node.value.elts, strict=True)
                for inner, value in pairs:
                    for name in bound_names(inner):
                        _assign(scope, name, value)
    elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and isinstance(node.target, ast.Name):
        _assign(scope, node.target.id, node.value)
    elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        scope.values[node.target.id] = None
    elif isinstance(node, (ast.For, ast.AsyncFor)):
        scope.hidden.update(bound_names(node.target))
    elif isinstance(node, ast.withitem) and node.optional_vars is not None:
        scope.hidden.update(bound_names(node.optional_vars))
    elif isinstance(node, ast.ExceptHandler) and node.name:
        scope.hidden.add(node.name)


def _assign(scope: Scope, name: str, value: ast.expr | None) -> None:
    if isinstance(value, (ast.Name, ast.Attribute)):
        scope.names.setdefault(name, value)
    scope.values[name] = None if name in scope.values else value


def bound_names(target: ast.AST) -> set[str]:
    """Return the names that a target of an assignment binds."""
    return {n.id for n in ast.walk(target) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def lookup(
    name: str, scope: Scope | None, *, innermost: bool = True
) -> tuple[str | ast.expr | None, Scope | None]:
    """Return what a name stands for: a dotted path, an expression and its scope, or None."""
    while scope is not None:
        if innermost or not scope.is_class:
            if name in scope.aliases:
                return scope.aliases[name], scope
            if name in scope.values and (name not in WATCHED_BUILTINS or scope.values[name] is not None):
                return scope.values[name], scope
            if name in scope.hidden:
                return None, None
            if scope.stars and name not in WATCHED_BUILTINS:
                return f"{scope.stars[-1]}.{name}", scope
        innermost, scope = False, scope.parent
    return (f"builtins.{name}", None) if name in WATCHED_BUILTINS else (None, None)
