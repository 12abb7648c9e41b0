"""What a foreign folder needs to be installed: as it says itself, else as its imports tell."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from strop.benchmarks.adapters.writing import Options
from strop.detect_requirements import distribution
from strop.errors import ConfigError

__all__ = ["imported", "setup_commands"]

REQUIREMENTS = "requirements.txt"

PROVIDED = frozenset({"openevolve", "shinka", "AlgoTuneTasks"})
"""Modules that the harness has stand-ins for."""

OPTIONAL = frozenset({"ImportError", "ModuleNotFoundError"})


def setup_commands(
    source: Path, kept: Sequence[str], options: Options, *packages: str, roots: Sequence[str] = ()
) -> tuple[list[str], list[str]]:
    """Return the setup commands of an adapted folder, and notes on where they come from.

    Args:
        source: The foreign folder.
        kept: Relative paths of its files.
        options: Their `setup`, where given, stands in for what the folder says.
        packages: Further distributions that the kind itself needs.
        roots: Python files whose imports tell what to install where the folder doesn't say it.

    Raises:
        ConfigError: A given command is empty.
    """
    if any(not command.strip() for command in options.setup):
        raise ConfigError("setup: a command is empty; give one such as 'python -m pip install numpy'")
    notes = []
    commands = list(options.setup)
    if not commands and REQUIREMENTS in kept:
        commands = [f"python -m pip install -r {REQUIREMENTS}"]
    elif not commands:
        found = imported(source, kept, roots)
        if found:
            commands = [f"python -m pip install {' '.join(found)}"]
            notes = [f"There is no {REQUIREMENTS}: setup installs what {' and '.join(roots)} import."]
    if packages:
        commands.append(f"python -m pip install {' '.join(packages)}")
    return commands, notes


def imported(source: Path, kept: Sequence[str], roots: Sequence[str]) -> list[str]:
    """Return the distributions that Python files of a folder import, sorted; nothing of it is run.

    Modules of the folder itself are followed. An import that the file can do without (in a `try` with
    `except ImportError`, or for type checkers alone) asks for nothing. Nor does one whose name a file or
    folder at any depth has: `sys.path` may lead there, and what the index has by that name is a stranger's.
    """
    own, todo, seen, found = _by_module(kept), list(roots), set(), set()
    own_folders = {part for name in kept for part in name.split("/")[:-1]}
    while todo:
        name = todo.pop()
        if name in seen or not name.endswith(".py"):
            continue
        seen.add(name)
        try:
            tree = ast.parse((source / name).read_bytes())
        except (SyntaxError, ValueError, RecursionError, OSError):
            continue  # says so itself when it is run
        for module in _modules(tree, tuple(name.split("/")[:-1])):
            top = module.split(".")[0]
            # A module runs its packages, and may be `scoring.rules`, `lib.scoring.rules` or deeper in one.
            local = [*own.get(module, ()), *own.get(top, ())]
            if local or top in own_folders:
                todo += local
            elif top not in sys.stdlib_module_names and top not in PROVIDED:
                found.add(distribution(top))
    return sorted(found)


def _by_module(kept: Sequence[str]) -> dict[str, list[str]]:
    """Return the Python files of a folder by each name that they could be imported by."""
    found: dict[str, list[str]] = {}
    for name in kept:
        if name.endswith(".py"):
            parts = name.removesuffix(".py").removesuffix("/__init__").split("/")
            for start in range(len(parts)):
                found.setdefault(".".join(parts[start:]), []).append(name)
    return found


def _modules(node: ast.AST, package: tuple[str, ...]) -> Iterator[str]:
    """Yield the absolute names of the modules that code of a package can't do without."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = package[: len(package) + 1 - node.level] if node.level else ()
        base = (*above, *([node.module] if node.module else []))
        # What is imported from a package may be a module: both names are tried.
        yield from (".".join(parts) for parts in (base, *((*base, a.name) for a in node.names)) if parts)
    for child in _needed(node):
        yield from _modules(child, package)


def _needed(node: ast.AST) -> list[ast.AST]:
    """Return the children of a node, without the parts whose imports may fail or are never made."""
    if isinstance(node, ast.Try) and any(_names(handler.type) & OPTIONAL for handler in node.handlers):
        return [*node.orelse, *node.finalbody]
    if isinstance(node, ast.With) and any(_names(item.context_expr) & OPTIONAL for item in node.items):
        return []  # contextlib.suppress(ImportError)
    if isinstance(node, ast.If) and "TYPE_CHECKING" in _names(node.test):
        return list(node.orelse)
    return list(ast.iter_child_nodes(node))


def _names(node: ast.AST | None) -> set[str]:
    inner = list(ast.walk(node)) if node is not None else []
    plain = {n.id for n in inner if isinstance(n, ast.Name)}
    return plain | {n.attr for n in inner if isinstance(n, ast.Attribute)}
