"""A piece of a Python file that holds whole functions: put into the file in place of the old ones."""

from __future__ import annotations

import ast
import itertools
import warnings
from collections.abc import Container

from strop.errors import EditError

__all__ = ["definitions", "merge_definitions", "parsed", "runs", "statements"]

KINDS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def parsed(text: str) -> ast.Module | None:
    """Return the syntax tree of a Python text, None where it doesn't parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def definitions(tree: ast.Module) -> dict[str, ast.stmt]:
    """Return the functions and classes at the top of a file; of several of one name the last."""
    return {node.name: node for node in tree.body if isinstance(node, KINDS)}


def statements(tree: ast.Module) -> set[str]:
    """Return what stands at the top of a file beside functions, classes and texts, as dumps."""
    return {ast.dump(node) for node in tree.body if not isinstance(node, KINDS) and not _is_text(node)}


def runs(tree: ast.Module) -> bool:
    """Return whether a file does something at its top beside defining, importing and giving values."""
    quiet = (*KINDS, ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign)
    return any(not isinstance(node, quiet) and not _is_text(node) for node in tree.body)


def merge_definitions(old: str, new: str) -> str | None:
    """Return `old` with the definitions of `new` in place of its own, None where `new` is no such piece.

    A definition that `old` lacks is a helper and goes before the first that was replaced; imports
    that `old` lacks go after its own, and so do constants of new names, but those that need something of
    the file's own: they go with the helpers. Anything else at the top of
    `new` (another value, a call) is taken only where `old` has the same statement: what a model didn't
    name as changed stays.

    Raises `EditError` where a function's parameters change: its callers may be anywhere.
    """
    before, after = parsed(old), parsed(new)
    if before is None or after is None:
        return None
    theirs, ours = definitions(before), definitions(after)
    if not theirs.keys() & ours.keys():
        return None
    known = {ast.dump(node) for node in before.body}
    bound = {node.id for node in ast.walk(before) if isinstance(node, ast.Name)} | theirs.keys()
    own = theirs.keys() | ours.keys() | _assigned(before) | _assigned(after)
    imports: list[list[str]] = []
    constants: list[list[str]] = []
    dependent: list[list[str]] = []
    for node in after.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            if ast.dump(node) not in known and getattr(node, "module", "") != "__future__":
                imports.append(_source(new, node))
        elif not isinstance(node, KINDS) and not _is_text(node) and ast.dump(node) not in known:
            if not _is_new_constant(node, bound):
                return None
            needs = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)} - _bound_by(node)
            (dependent if needs & own else constants).append(_source(new, node))
    rows = old.split("\n")
    changes: list[tuple[int, int, list[str]]] = []
    for name, node in ours.items():
        if name in theirs:
            _check_parameters(name, theirs[name], node)
            if lost := lost_methods(theirs[name], node):
                raise EditError(
                    f"class {name} lacks {', '.join(lost)}, which it has today; give all of the class, or a "
                    "SEARCH/REPLACE block for the part that changes"
                )
            changes.append((*_span(theirs[name]), _source(new, node)))
    first = min(start for start, _, _ in changes)
    helpers = [_source(new, node) for name, node in ours.items() if name not in theirs]
    if helpers or dependent:
        before_it = [row for helper in helpers for row in (*helper, "", "")]
        before_it += [*(row for statement in dependent for row in statement), "", ""] if dependent else []
        changes.append((first, first, before_it))
    if imports or constants:
        at = _after_imports(before, rows)
        added = [row for statement in imports for row in statement]
        added += ["", *(row for statement in constants for row in statement)] if constants else []
        changes.append((at, at, added))
    # From the end, so that earlier positions hold; an insertion goes before a replacement there.
    for start, end, lines in sorted(changes, key=lambda change: (change[0], change[1]), reverse=True):
        rows[start:end] = lines
    return "\n".join(rows)


def lost_methods(old: ast.stmt, new: ast.stmt) -> list[str]:
    """Return the methods that a new text of a class lacks and somebody may call.

    Those that begin with one underscore, and are named nowhere in the new text, are helpers that a rewrite
    may drop.
    """
    if not isinstance(old, ast.ClassDef) or not isinstance(new, ast.ClassDef):
        return []
    if [ast.dump(base) for base in old.bases] != [ast.dump(base) for base in new.bases]:
        return []  # they may be in another base now
    missing = _methods(old) - _bound_in(new)
    if [ast.dump(one) for one in old.decorator_list] != [ast.dump(one) for one in new.decorator_list]:
        missing = {name for name in missing if not name.endswith("__")}  # such as @dataclass makes
    named = {node.attr for node in ast.walk(new) if isinstance(node, ast.Attribute)}
    helpers = {name for name in missing if name.startswith("_") and not name.endswith("__")} - named
    return sorted(missing - helpers)


def _bound_in(node: ast.ClassDef) -> set[str]:
    """Return the names that a class's body binds: by definitions, and by `__rmul__ = __mul__`."""
    assigned = {
        target.id
        for one in node.body
        if isinstance(one, (ast.Assign, ast.AnnAssign))
        for target in (one.targets if isinstance(one, ast.Assign) else [one.target])
        if isinstance(target, ast.Name)
    }
    return _methods(node) | assigned


def _methods(node: ast.ClassDef) -> set[str]:
    return {one.name for one in node.body if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef))}


def _check_parameters(name: str, old: ast.stmt, new: ast.stmt) -> None:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    if not isinstance(old, functions) or not isinstance(new, functions):
        return
    before, after = _parameters(old), _parameters(new)
    # More parameters are fine where no caller has to give them.
    if after[: len(before)] != before or any("=" not in more for more in after[len(before) :]):
        raise EditError(
            f"{name} takes ({', '.join(before)}) today and ({', '.join(after)}) in the answer; "
            "keep its parameters, or change every caller, too, in SEARCH/REPLACE blocks"
        )


def _parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """Return the names of a function's parameters, `name=` for those with a default."""
    given = node.args
    names = [argument.arg for argument in (*given.posonlyargs, *given.args)]
    optional = len(given.defaults)
    plain, rest = names[: len(names) - optional], names[len(names) - optional :]
    found = plain + [f"{name}=" for name in rest]
    found += [f"*{given.vararg.arg}"] if given.vararg else []
    for argument, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        found.append(f"{argument.arg}=" if default else argument.arg)
    return found + ([f"**{given.kwarg.arg}"] if given.kwarg else [])


def _span(node: ast.stmt) -> tuple[int, int]:
    """Return the rows of a definition, decorators included, as a half-open range from 0."""
    decorators = getattr(node, "decorator_list", [])
    start = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    assert node.end_lineno is not None
    return start - 1, node.end_lineno


def _source(text: str, node: ast.stmt) -> list[str]:
    start, end = _span(node)
    return text.split("\n")[start:end]


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _assigned(tree: ast.Module) -> set[str]:
    """Return the names that statements at the top of a file give values to."""
    return {name for node in tree.body for name in _bound_by(node)}


def _bound_by(node: ast.stmt) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else []
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _is_new_constant(node: ast.stmt, bound: Container[str]) -> bool:
    """Return whether a statement gives values to names that the file doesn't have."""
    if not isinstance(node, ast.Assign):
        return False
    return all(isinstance(target, ast.Name) and target.id not in bound for target in node.targets)


def _after_imports(tree: ast.Module, lines: list[str]) -> int:
    """Return the row after the last import at the top or the docstring, else after the first comments."""
    rows = [sum(1 for _ in itertools.takewhile(lambda line: line.startswith("#"), lines))]
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)) or (_is_text(node) and node is tree.body[0]):
            rows.append(node.end_lineno or node.lineno)
    return max(rows)
