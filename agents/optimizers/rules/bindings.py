"""What single nodes of a syntax tree bind and mention."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Binding", "annotations_of", "bindings_of", "none_by_default", "says", "split_lines", "words_of"]


@dataclass(frozen=True)
class Binding:
    """One place that binds a name.

    `kind`: "assign" (`value` is bound as it is), "element" (each element of `value`), "unpack" (some
    part of `value`, of each element where `loop`), "augment" (`name op= value`), "parameter"
    (`value` is the annotation, or None), "other".
    """

    kind: str
    node: ast.AST
    statement: ast.stmt | None = None
    value: ast.expr | None = None
    annotation: ast.expr | None = None
    path: tuple[int, ...] = ()  # where in an unpacked tuple
    loop: bool = False


def says(text: str, node: ast.expr) -> bool:
    """Whether a text is the source of an expression."""
    try:
        return ast.dump(ast.parse(f"({text}\n)", mode="eval").body) == ast.dump(node)
    except SyntaxError:
        return False


def split_lines(source: str) -> list[str]:
    """Return the lines as the parser counts them; form feeds and the like end none."""
    return re.split(r"\r\n|\r|\n", source)


def words_of(tree: ast.AST) -> set[str]:
    """Return everything in a tree that looks like a name."""
    words: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
                words.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                words.add(name)
            case ast.alias(name=name, asname=other):
                words.update((other or name).split("."))
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                words.update(names)
            case (
                ast.ExceptHandler(name=str(name))
                | ast.MatchAs(name=str(name))
                | ast.MatchStar(name=str(name))
            ):
                words.add(name)
            case ast.MatchMapping(rest=str(name)):
                words.add(name)
    return words


def none_by_default(arguments: ast.arguments) -> set[str]:
    """Return the parameters whose default is None."""
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = [*zip(reversed(positional), reversed(arguments.defaults), strict=False)]
    defaults = [(a, d) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d]
    return {a.arg for a, d in [*pairs, *defaults] if isinstance(d, ast.Constant) and d.value is None}


def annotations_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.expr]:
    """Return the annotations of a function's parameters and result."""
    arguments = node.args
    everyone = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    everyone += [a for a in (arguments.vararg, arguments.kwarg) if a is not None]
    found = [a.annotation for a in everyone if a.annotation is not None]
    return found + ([node.returns] if node.returns is not None else [])


def bindings_of(node: ast.AST) -> Iterator[tuple[str, Binding]]:
    """Yield the names that one node binds (comprehension clauses bind in a scope of their own)."""
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                if len(targets) > 1 and not isinstance(value, ast.Constant):
                    yield from _others(target, node)  # `a = b = []`: two names for one object
                else:
                    yield from _target(target, node, value, loop=False)
        case ast.AnnAssign(target=ast.Name(id=name), value=value, annotation=annotation):
            yield name, Binding("assign", node, node, value, annotation)
        case ast.AugAssign(target=ast.Name(id=name), value=value):
            yield name, Binding("augment", node, node, value)
        case ast.For(target=target, iter=value) | ast.AsyncFor(target=target, iter=value):
            yield from _target(target, node, value, loop=True)
        case ast.NamedExpr(target=ast.Name(id=name), value=value):
            yield name, Binding("other", node, None, value)
        case ast.withitem(optional_vars=ast.expr() as target):
            yield from _others(target, node)
        case ast.ExceptHandler(name=str(name)):
            yield name, Binding("other", node)
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            for alias in aliases:
                yield (alias.asname or alias.name.split(".")[0]), Binding("other", node, node)
        case ast.Delete(targets=targets):
            for target in targets:
                yield from _others(target, node)
        case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            yield name, Binding("other", node)


def _others(target: ast.expr, node: ast.AST) -> Iterator[tuple[str, Binding]]:
    for item in ast.walk(target):
        if isinstance(item, ast.Name) and not isinstance(item.ctx, ast.Load):
            yield item.id, Binding("other", node)


def _target(
    target: ast.expr, node: ast.stmt, value: ast.expr, *, loop: bool, path: tuple[int, ...] = ()
) -> Iterator[tuple[str, Binding]]:
    if isinstance(target, ast.Name):
        kind = "unpack" if path else ("element" if loop else "assign")
        yield target.id, Binding(kind, node, node, value, path=path, loop=loop)
    elif isinstance(target, (ast.Tuple, ast.List)):
        if any(isinstance(item, ast.Starred) for item in target.elts):
            yield from _others(target, node)
            return
        for index, item in enumerate(target.elts):
            yield from _target(item, node, value, loop=loop, path=(*path, index))
