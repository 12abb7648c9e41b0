"""Who binds and who reads which name: the facts about a module that every rule builds on.

The analysis is deliberately coarse. A scope that does anything out of the ordinary (suspends,
looks at its own frame, shares a name with an inner function) is marked, and rules stay away.
"""

from __future__ import annotations

import ast
import builtins
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from strop.agents.optimizers.rules.bindings import (
    Binding,
    annotations_of,
    bindings_of,
    none_by_default,
    split_lines,
    words_of,
)

__all__ = ["COMPREHENSIONS", "FUNCTIONS", "LOOPS", "Module", "Scope"]

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
LOOPS = (ast.For, ast.While)

# A function that calls one of these may see or change its local names in ways we cannot follow.
_FRAME_READERS = {"eval", "exec", "locals", "vars", "dir", "globals", "_getframe", "currentframe", "compile"}


@dataclass
class Scope:
    """One function, or the module's top level."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Module
    qualname: str
    nodes: list[ast.AST] = field(default_factory=list)
    bindings: dict[str, list[Binding]] = field(default_factory=lambda: defaultdict(list))
    loads: dict[str, list[ast.Name]] = field(default_factory=lambda: defaultdict(list))
    captured: set[str] = field(default_factory=set)  # names that inner scopes mention
    declared: set[str] = field(default_factory=set)  # global and nonlocal
    suspends: bool = False  # generator or coroutine
    sees_frame: bool = False

    @property
    def plain(self) -> bool:
        """Whether it is a function that runs through without pause and looks at no frame."""
        return isinstance(self.node, ast.FunctionDef) and not self.suspends and not self.sees_frame

    def is_local(self, name: str) -> bool:
        """Whether the name is this function's alone: bound here, shared with no other scope."""
        return (
            not isinstance(self.node, ast.Module)
            and name in self.bindings
            and name not in self.captured
            and name not in self.declared
        )


class Module:
    """A parsed module with parents, scopes and names. Raises `SyntaxError` or `ValueError`."""

    def __init__(self, source: str) -> None:
        self.tree = ast.parse(source)
        self._lines = [line.encode() for line in split_lines(source)]
        self.parents: dict[ast.AST, ast.AST] = {}
        self.scopes: list[Scope] = []
        self.identifiers: set[str] = set(dir(builtins))
        self.scope_of: dict[ast.AST, Scope] = {}
        self._words_in: dict[ast.stmt, set[str]] = {}
        self.top = self._open(self.tree, "<module>", None)
        self.star_import = any(
            isinstance(n, ast.ImportFrom) and n.names[0].name == "*" for n in self.top.nodes
        )

    # --- building --------------------------------------------------------------------------------

    def _open(
        self, node: ast.Module | ast.FunctionDef | ast.AsyncFunctionDef, qualname: str, outer: Scope | None
    ) -> Scope:
        scope = Scope(node, qualname)
        self.scopes.append(scope)
        prefix = "" if outer is None else f"{qualname}.<locals>."
        if isinstance(node, ast.Module):
            self._walk_children(node, scope, prefix)
            return scope
        scope.suspends = isinstance(node, ast.AsyncFunctionDef)
        arguments = node.args
        optional = none_by_default(arguments)
        for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]:
            # `names: list[str] = None` says less than it seems to.
            annotation = None if argument.arg in optional else argument.annotation
            self._bind(scope, argument.arg, Binding("parameter", argument, None, annotation))
        for star in (arguments.vararg, arguments.kwarg):
            if star is not None:
                self._bind(scope, star.arg, Binding("other", star))
        for statement in node.body:
            self.parents[statement] = node
            self._visit(statement, scope, prefix)
        return scope

    def _walk_children(self, node: ast.AST, scope: Scope, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            self.parents[child] = node
            self._visit(child, scope, prefix)

    def _visit(self, node: ast.AST, scope: Scope, prefix: str) -> None:
        scope.nodes.append(node)
        self.scope_of[node] = scope
        if isinstance(node, FUNCTIONS):
            self._function(node, scope, prefix)
            return
        if isinstance(node, ast.ClassDef):
            self._bind(scope, node.name, Binding("other", node, node))
            self._inner(node, scope, f"{prefix}{node.name}.")
            return
        if isinstance(node, ast.Lambda):
            self._inner(node, scope, prefix)
            return
        self._note(node, scope)
        self._walk_children(node, scope, prefix)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope, prefix: str) -> None:
        self._bind(scope, node.name, Binding("other", node, node))
        outside = [*node.decorator_list, *annotations_of(node), *node.args.defaults]
        outside += [default for default in node.args.kw_defaults if default is not None]
        for child in outside:
            self.parents[child] = node
            self._visit(child, scope, prefix)
        inner = self._open(node, f"{prefix}{node.name}", scope)
        scope.captured |= _mentions(inner)

    def _inner(self, node: ast.ClassDef | ast.Lambda, scope: Scope, prefix: str) -> None:
        """Visit a class body or a lambda: its names are not the scope's, but mentioned."""
        before = len(self.scopes)
        inside = Scope(self.tree, scope.qualname)
        for child in ast.iter_child_nodes(node):
            self.parents[child] = node
            self._visit(child, inside, prefix)
        scope.captured |= _mentions(inside)
        scope.sees_frame |= inside.sees_frame
        for deeper in self.scopes[before:]:
            scope.captured |= _mentions(deeper)

    def _bind(self, scope: Scope, name: str, binding: Binding) -> None:
        self.identifiers.add(name)
        scope.bindings[name].append(binding)

    def _note(self, node: ast.AST, scope: Scope) -> None:
        """Write down what one node binds, reads or reveals."""
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                self.identifiers.add(name)
                scope.loads[name].append(node)
                scope.sees_frame |= name in _FRAME_READERS
            case ast.Attribute(attr=name):
                scope.sees_frame |= name in ("_getframe", "currentframe")
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                scope.declared.update(names)
                self.identifiers.update(names)
            case ast.Yield() | ast.YieldFrom() | ast.Await() | ast.AsyncFor() | ast.AsyncWith():
                scope.suspends = True
            case _:
                for name, binding in bindings_of(node):
                    self._bind(scope, name, binding)

    # --- asking ----------------------------------------------------------------------------------

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield the parents of a node, from the nearest on."""
        while (parent := self.parents.get(node)) is not None:
            yield parent
            node = parent

    def statement(self, node: ast.AST) -> ast.stmt:
        """Return the innermost statement that a node is in, itself if it is one."""
        while not isinstance(node, ast.stmt):
            node = self.parents[node]
        return node

    def siblings(self, statement: ast.stmt) -> list[ast.stmt]:
        """Return the list of statements that one is in."""
        parent = self.parents[statement]
        for name in ("body", "orelse", "finalbody", "handlers"):
            block = getattr(parent, name, None)
            if isinstance(block, list) and any(item is statement for item in block):
                return block
        return []

    def block(self, statement: ast.stmt) -> list[ast.stmt] | None:
        """Return the statements around one that has its lines for itself, so that others fit between.

        None for an `elif`, which is no statement of its own, and for one of several on a line.
        """
        siblings = self.siblings(statement)
        if not siblings or self._lines[statement.lineno - 1][: statement.col_offset].strip():
            return None
        if self._lines[statement.lineno - 1][statement.col_offset :].startswith(b"elif"):
            return None
        following = siblings[siblings.index(statement) + 1 :][:1]
        return None if following and following[0].lineno == statement.end_lineno else siblings

    def comprehension_of(self, name: ast.Name) -> ast.comprehension | None:
        """Return the `for` clause of a comprehension that binds this name, None for other names."""
        child: ast.AST = name
        for parent in self.ancestors(name):
            if isinstance(parent, COMPREHENSIONS):
                for index, clause in enumerate(parent.generators):
                    # The first iterable is evaluated outside, where the clause's names mean others.
                    if child is clause and index == 0 and _within(name, clause.iter):
                        continue
                    if any(isinstance(n, ast.Name) and n.id == name.id for n in ast.walk(clause.target)):
                        return clause
            elif isinstance(parent, (ast.stmt, ast.Lambda)):
                return None
            child = parent
        return None

    def is_builtin(self, name: str) -> bool:
        """Whether the name means the built-in everywhere in this module."""
        return (
            hasattr(builtins, name)
            and not self.star_import
            and name not in self._rebound
            and name not in self._stored_globals
        )

    @cached_property
    def _rebound(self) -> set[str]:
        names = {name for scope in self.scopes for name in scope.bindings}
        # Class bodies and lambdas bind in a scope that is not kept.
        for node in ast.walk(self.tree):
            if isinstance(node, ast.arg):
                names.add(node.arg)
            elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                names.add(node.id)
        return names

    @cached_property
    def _stored_globals(self) -> set[str]:
        return {name for scope in self.scopes for name in scope.declared}

    def fresh(self, base: str, near: ast.AST | None = None) -> str:
        """Return a name like `base` that nothing uses: in the module, or in what `near` can see."""
        taken = self._words if near is None else self._seen_from(near)
        name, number = base, 2
        while name in taken:
            name, number = f"{base}_{number}", number + 1
        return name

    def _seen_from(self, near: ast.AST) -> set[str]:
        top = self.top_statement(near)
        if top not in self._words_in:
            self._words_in[top] = words_of(top)
        return self._words_in[top] | set(self.top.bindings) | self._stored_globals | set(dir(builtins))

    @cached_property
    def _words(self) -> set[str]:
        return self.identifiers | words_of(self.tree)

    def imported_module(self, name: str, alias: str, before: ast.AST) -> bool:
        """Whether `alias` is nothing but `import name`, at top level above the statement of `before`."""
        bindings = self.top.bindings.get(alias, [])
        if len(bindings) != 1 or self.star_import or alias in self._stored_globals:
            return False
        node = bindings[0].node
        return (
            isinstance(node, ast.Import)
            and any(a.name == name and (a.asname or a.name) == alias for a in node.names)
            and self.parents[node] is self.tree
            and node.lineno < self.top_statement(before).lineno
            and not any(alias in s.bindings for s in self.scopes if s is not self.top)
            and not self._bound_in_class(alias)
        )

    def origin(self, local: str) -> str:
        """Return what a name is imported as and never bound to otherwise, e.g. "collections.deque"."""
        bindings = self.top.bindings.get(local, [])
        node = bindings[0].node if len(bindings) == 1 else None
        elsewhere = any(local in s.bindings or local in s.declared for s in self.scopes if s is not self.top)
        if not isinstance(node, ast.ImportFrom) or node.level or elsewhere or self._bound_in_class(local):
            return ""
        return next((f"{node.module}.{a.name}" for a in node.names if (a.asname or a.name) == local), "")

    def _bound_in_class(self, name: str) -> bool:
        return any(
            isinstance(n, ast.Name) and n.id == name and not isinstance(n.ctx, ast.Load)
            for n in ast.walk(self.tree)
        ) or any(isinstance(n, ast.arg) and n.arg == name for n in ast.walk(self.tree))

    def top_statement(self, node: ast.AST) -> ast.stmt:
        """Return the module-level statement that a node is in."""
        while not isinstance(self.parents[node], ast.Module):
            node = self.parents[node]
        assert isinstance(node, ast.stmt)
        return node

    def import_from(self, module: str, name: str, before: ast.AST) -> tuple[str, str]:
        """Return a local name for `module.name` and the import line it needs, empty if it is there."""
        for binding in self.top.bindings.get(name, []):
            node = binding.node
            if (
                isinstance(node, ast.ImportFrom)
                and node.module == module
                and node.level == 0
                and any(a.name == name and a.asname is None for a in node.names)
                and self.parents[node] is self.tree
                and node.lineno < self.top_statement(before).lineno
                and len(self.top.bindings[name]) == 1
                and name not in self._stored_globals
                and not any(name in scope.bindings for scope in self.scopes if scope is not self.top)
                and not self._bound_in_class(name)
            ):
                return name, ""
        if name not in self._words:
            return name, f"from {module} import {name}"
        local = self.fresh(f"_{name}")
        return local, f"from {module} import {name} as {local}"


def _within(node: ast.AST, tree: ast.AST) -> bool:
    return any(item is node for item in ast.walk(tree))


def _mentions(scope: Scope) -> set[str]:
    return set(scope.loads) | set(scope.bindings) | scope.declared | scope.captured
