"""What a rewrite rule is: it reads a module and says which edits it would make, and where.

A rule never touches text. It looks at the `ast` of a module and returns matches, each with edits
in terms of `ast` nodes; `rewriter` carries them out on the concrete syntax tree, so that everything
untouched stays as it was, byte by byte.

What every rule assumes, beyond what its own docstring says:

- No other thread changes a list, set or dict of this code while a function of it is at work.
- `==` and `hash` agree, as Python's data model demands: equal objects have equal hashes.
- Annotations are true, so far as they tell plain built-in types apart.
- Reading an attribute, operators, iteration, built-in functions, and methods with the name of a
  reading method of a built-in type (`get`, `items`, `startswith`) change no list, set or dict of the
  code at hand.
- Nobody puts a function of another meaning over a built-in or a standard module from outside.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from strop.agents.optimizers.rules.analysis import Code

__all__ = [
    "After",
    "Before",
    "Decorate",
    "Edit",
    "Example",
    "Finally",
    "Import",
    "Match",
    "Replace",
    "Rewrite",
    "Rule",
]


@dataclass(frozen=True)
class Replace:
    """Put an expression in place of an expression; `code` binds as tightly as a name or a call."""

    node: ast.expr
    code: str


@dataclass(frozen=True)
class Before:
    """Insert statements before a statement."""

    statement: ast.stmt
    code: str


@dataclass(frozen=True)
class After:
    """Insert statements after a statement."""

    statement: ast.stmt
    code: str


@dataclass(frozen=True)
class Rewrite:
    """Put statements in place of a statement."""

    statement: ast.stmt
    code: str


@dataclass(frozen=True)
class Finally:
    """Put a statement into `try:`, with `code` as its `finally:`."""

    statement: ast.stmt
    code: str


@dataclass(frozen=True)
class Decorate:
    """Put a decorator on a function; `code` is the expression after the `@`."""

    statement: ast.stmt
    code: str


@dataclass(frozen=True)
class Import:
    """Add an import line after the module's docstring and `from __future__` lines."""

    code: str


Edit = Replace | Before | After | Rewrite | Finally | Decorate | Import


@dataclass(frozen=True)
class Match:
    """One place that a rule would change.

    `anchor` and `detail` name the place within the rule: they find it again after other edits
    moved it.
    """

    anchor: ast.stmt
    detail: str
    edits: tuple[Edit, ...]
    summary: str


@dataclass(frozen=True)
class Example:
    """A source and what the rule makes of it; `after` None: the rule leaves it alone."""

    before: str
    after: str | None = None


class Rule(Protocol):
    """Finds one slow pattern."""

    name: str
    summary: str
    """What it does, in one sentence."""

    @property
    def examples(self) -> tuple[Example, ...]:
        """What it changes, and what it leaves alone."""

    def find(self, code: Code) -> Iterator[Match]:
        """Yield the places where the rewrite is sound."""
