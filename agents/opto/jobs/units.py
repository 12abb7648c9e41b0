"""The parts of a target that can be at fault: its functions, down to methods, and the rest of each file.

Names are those of profiles and recorded behaviour: "pkg/core.py:Table.add".
"""

from __future__ import annotations

import ast
import re
import warnings
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

__all__ = ["Unit", "Units"]

Function = ast.FunctionDef | ast.AsyncFunctionDef

MODULE = "<module>"

INSTALLED = re.compile(r"/(?:site|dist)-packages/|/lib/python\d[\d.]*/")
MOST_ALIKE = 3
"""Functions of one name up to which a call by that name may mean each of them."""


@dataclass(frozen=True)
class Unit:
    """One function, or what a file has beside its functions."""

    path: str
    name: str  # qualified, or "<module>"
    start: int  # first line, decorators included
    end: int
    source: str
    uses: frozenset[str] = field(default=frozenset(), repr=False)  # names that it mentions

    @property
    def id(self) -> str:
        """Path and name."""
        return f"{self.path}:{self.name}"


class Units:
    """All units of some texts, by id, by line, and who calls whom as far as names tell."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        """Read the texts by path; a text that is no Python, or does not parse, is one unit."""
        self.by_id: dict[str, Unit] = {}
        for path, text in sorted(texts.items()):
            for unit in _units(path, text):
                self.by_id.setdefault(unit.id, unit)
        self._callees: dict[str, list[Unit]] = {}
        self._by_name: dict[str, list[Unit]] = defaultdict(list)
        for unit in self.by_id.values():
            if unit.name != MODULE:
                self._by_name[unit.name.rpartition(".")[2]].append(unit)

    def at(self, path: str, line: int) -> Unit | None:
        """Return the innermost unit at a line of a file; `path` may have folders in front."""
        if INSTALLED.search(path):
            return None  # a library's file may have the name of one of these
        own = [unit for unit in self.by_id.values() if path == unit.path or path.endswith("/" + unit.path)]
        around = [unit for unit in own if unit.start <= line <= unit.end]
        return min(around, key=lambda unit: unit.end - unit.start, default=None)

    def named(self, name: str, near: str = "") -> list[Unit]:
        """Return the functions that a name may mean: those of the file `near` where there are any."""
        found = self._by_name.get(name, [])
        here = [unit for unit in found if unit.path == near]
        if here:
            return here
        return found if len(found) <= MOST_ALIKE else []

    def callees(self, unit: Unit) -> list[Unit]:
        """Return the functions that a unit mentions."""
        if unit.id not in self._callees:
            found = [other for name in sorted(unit.uses) for other in self.named(name, unit.path)]
            self._callees[unit.id] = [other for other in dict.fromkeys(found) if other != unit]
        return self._callees[unit.id]

    def reached(self, starts: Iterable[Unit]) -> dict[str, int]:
        """Return the ids of all that is called from some units, with the number of calls between."""
        found = {unit.id: 0 for unit in starts}
        todo = deque(found)
        while todo:  # breadth first, so that who is found first is found by the shortest way
            key = todo.popleft()
            for callee in self.callees(self.by_id[key]):
                if callee.id not in found:
                    found[callee.id] = found[key] + 1
                    todo.append(callee.id)
        return found


def _units(path: str, text: str) -> Iterator[Unit]:
    lines = text.split("\n")
    tree = _parsed(path, text)
    if tree is None:
        yield Unit(path, MODULE, 1, len(lines), text)
        return
    for name, node in _functions(tree.body, ""):
        start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        end = node.end_lineno or node.lineno
        yield Unit(path, name, start, end, "\n".join(lines[start - 1 : end]), names_in(node))
    rest = [n for n in tree.body if not isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))]
    used = frozenset().union(*map(names_in, rest)) if rest else frozenset()
    yield Unit(path, MODULE, 1, len(lines), "\n".join(ast.unparse(node) for node in rest), used)


def _parsed(path: str, text: str) -> ast.Module | None:
    if not path.endswith(".py"):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _functions(body: Iterable[ast.stmt], prefix: str) -> Iterator[tuple[str, Function]]:
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield prefix + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, (ast.If, ast.Try)):
            yield from _functions(node.body, prefix)
            yield from _functions(node.orelse, prefix)


def names_in(node: ast.AST) -> frozenset[str]:
    """Return the names and attributes that a piece of code mentions."""
    found = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            found.add(part.id)
        elif isinstance(part, ast.Attribute):
            found.add(part.attr)
    return frozenset(found)
