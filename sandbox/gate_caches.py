"""Where a Python text keeps results from one call to the next."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from strop.sandbox.gate_names import resolve
from strop.sandbox.gate_scopes import FUNCTIONS, Scope, bound_names, module_scope, own_statements

__all__ = ["caches"]

DECORATORS = frozenset({"functools.lru_cache", "functools.cache"})
LIBRARIES = ("cachetools", "diskcache", "joblib.Memory", "joblib.memory")
CONTAINERS = re.compile(r"(^|\.)(dict|list|set|bytearray|\w*[dD]ict|deque|Counter|\w*Dictionary|WeakSet)$")
GROWING = frozenset(
    ["append", "add", "update", "setdefault", "extend", "insert", "appendleft", "__setitem__", "put"]
)
NAMED = re.compile(r"(?i)cache|memo(?!ry)")

Found = tuple[str, int]  # what keeps, line


def caches(tree: ast.Module) -> list[Found]:
    """Return what keeps results: decorators, and containers of modules, classes, defaults and closures."""
    scope = module_scope(tree.body)
    found = [*_decorated(tree, scope), *_containers(tree, scope), *_classes(tree, scope)]
    for function in _functions(tree):
        found += [*_globals(function), *_defaults(function, scope), *_closures(function, scope)]
    return sorted(set(found), key=lambda item: (item[1], item[0]))


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)))


def _decorated(tree: ast.Module, scope: Scope) -> Iterator[Found]:
    known: set[int] = set()
    for function in _functions(tree):
        for decorator in function.decorator_list:
            if _caching(decorator, scope):
                known.update(map(id, ast.walk(decorator)))
                yield f"a cache of {function.name}", decorator.lineno
        if function.name == "__missing__":
            yield "a table with __missing__", function.lineno
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and id(node) not in known and _caching(node.func, scope):
            wrapped = ast.unparse(node.args[0])[:40] if node.args else "a function"
            yield f"a cache of {wrapped}", node.lineno


def _caching(node: ast.expr, scope: Scope) -> bool:
    called = node.func if isinstance(node, ast.Call) else node
    path = resolve(called, scope) or ""
    return path in DECORATORS or path.startswith(LIBRARIES)


def _is_container(value: ast.expr | None, scope: Scope) -> bool:
    if isinstance(value, (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp)):
        return True
    if not isinstance(value, ast.Call):
        return False
    name = resolve(value.func, scope) or ast.unparse(value.func)
    return CONTAINERS.search(name) is not None


def _assigned(body: Iterable[ast.AST], scope: Scope) -> Iterator[tuple[str, int]]:
    """Yield the names that a body binds to containers, or to what is named like a cache."""
    for node in own_statements(body):
        if not isinstance(node, (ast.Assign, ast.AnnAssign)):
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Name):
                named = NAMED.search(target.id) and not isinstance(node.value, ast.Constant)
                if named or _is_container(node.value, scope):
                    yield target.id, node.lineno


def _local(function: ast.AST) -> set[str]:
    """Return the names that a function binds itself."""
    if not isinstance(function, FUNCTIONS):
        return set()
    arguments = function.args
    every = [
        *arguments.posonlyargs,
        *arguments.args,
        *arguments.kwonlyargs,
        arguments.vararg,
        arguments.kwarg,
    ]
    names = {argument.arg for argument in every if argument}
    body: list[ast.AST] = [function.body] if isinstance(function, ast.Lambda) else list(function.body)
    shared: set[str] = set()
    for node in own_statements(body):
        names |= bound_names(node) if isinstance(node, (ast.Name, ast.For, ast.withitem)) else set()
        shared |= set(node.names) if isinstance(node, (ast.Global, ast.Nonlocal)) else set()
    return names - shared


def _growths(body: Iterable[ast.AST]) -> Iterator[tuple[ast.expr, int]]:
    """Yield what statements add to: `x[...] = `, `x += `, `x.append(...)`; not inside nested functions."""
    for node in own_statements(body):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = list(node.targets)
        elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
            targets = [node.target]
            if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Attribute):
                yield node.target, node.lineno
        for target in targets:
            if isinstance(target, ast.Subscript):
                yield target.value, target.lineno
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in GROWING:
            yield node.func.value, node.lineno


def _containers(tree: ast.Module, scope: Scope) -> Iterator[Found]:
    held = dict(_assigned(tree.body, scope))
    defined = {function.name for function in _functions(tree)}
    for function in _every_function(tree):
        local = _local(function)
        body: list[ast.AST] = [function.body] if isinstance(function, ast.Lambda) else list(function.body)
        for owner, _line in _growths(body):
            name = owner.id if isinstance(owner, ast.Name) else ""
            if name in held and name not in local:
                yield f"the module's {name}", held[name]
            if isinstance(owner, ast.Attribute) and isinstance(owner.value, ast.Name):
                function_name = owner.value.id
                if function_name in defined - local:
                    yield f"{function_name}.{owner.attr}", owner.lineno
    for name, line in held.items():
        if NAMED.search(name):
            yield f"the module's {name}", line


def _every_function(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda]:
    return (n for n in ast.walk(tree) if isinstance(n, FUNCTIONS))


def _classes(tree: ast.Module, scope: Scope) -> Iterator[Found]:
    for kind in (n for n in ast.walk(tree) if isinstance(n, ast.ClassDef)):
        held = dict(_assigned(kind.body, scope))
        for method in _functions(kind):
            for owner, _line in _growths(method.body):
                if (
                    isinstance(owner, ast.Attribute)
                    and owner.attr in held
                    and isinstance(owner.value, ast.Name)
                ):
                    yield f"{kind.name}.{owner.attr}", held[owner.attr]
            for node in own_statements(method.body):
                if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Store):
                    continue
                if isinstance(node.value, ast.Name) and node.value.id in ("cls", kind.name):
                    yield f"{kind.name}.{node.attr}", node.lineno


def _globals(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Found]:
    names = {n for node in own_statements(function.body) if isinstance(node, ast.Global) for n in node.names}
    for node in own_statements(function.body):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in names:
            yield f"the module's {node.id}", node.lineno


def _defaults(function: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> Iterator[Found]:
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = list(
        zip(positional[len(positional) - len(arguments.defaults) :], arguments.defaults, strict=True)
    )
    pairs += [
        (a, d) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d is not None
    ]
    kept = {argument.arg for argument, default in pairs if _is_container(default, scope)}
    for owner, line in _growths(function.body):
        if isinstance(owner, ast.Name) and owner.id in kept:
            yield f"the default of {function.name}'s {owner.id}", line


def _closures(function: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> Iterator[Found]:
    """A container of a function that hands out an inner function which adds to it."""
    returned = {
        part.id
        for node in own_statements(function.body)
        if isinstance(node, ast.Return) and node.value is not None
        for part in ast.walk(node.value)
        if isinstance(part, ast.Name)
    }
    held = {name for name, _line in _assigned(function.body, scope)}
    for inner in function.body:
        if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef)) and inner.name in returned:
            for owner, line in _growths(inner.body):
                if isinstance(owner, ast.Name) and owner.id in held - _local(inner):
                    yield f"{function.name}'s {owner.id}", line
