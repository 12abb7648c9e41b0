"""Constraints between knobs: short expressions such as "threads * batch <= 4096", read and never executed.

Names, numbers, texts, `+ - * / // %`, comparisons, `and or not`, `in` with a list, `min max abs`: nothing
else, so that a job file can't run code.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from strop.errors import ConfigError

__all__ = ["Constraint", "parse_constraint"]

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda value, among: value in among,
    ast.NotIn: lambda value, among: value not in among,
}
_CALLS: dict[str, Callable[..., Any]] = {"min": min, "max": max, "abs": abs}
ALLOWED = "names, numbers, + - * / // %, comparisons, and, or, not, in, min, max, abs"
LOGIC = (ast.BoolOp, ast.UnaryOp, ast.BinOp, ast.Compare, ast.boolop, ast.unaryop, ast.cmpop)
MOST_CHARACTERS = 500


@dataclass(frozen=True)
class Constraint:
    """An expression over knobs that has to be true."""

    text: str

    def problem(self, values: Mapping[str, Any]) -> str:
        """Return why values break it, or an empty string; what can't be computed breaks it, too."""
        try:
            holds = bool(_value(_parsed(self.text), values))
        except (ArithmeticError, TypeError, ValueError, RecursionError, MemoryError) as error:
            return f"the constraint {self.text!r} can't be computed: {error}"
        return "" if holds else f"the constraint {self.text!r} does not hold"

    @property
    def names(self) -> frozenset[str]:
        """The knobs that it is about."""
        tree = _parsed(self.text)
        called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        names = (node for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called)
        return frozenset(node.id for node in names)


def parse_constraint(text: str, known: Collection[str]) -> Constraint:
    """Return a constraint; raises `ConfigError` for what is none, or is about an unknown knob."""
    try:
        if len(text) > MOST_CHARACTERS:
            raise ValueError(f"longer than {MOST_CHARACTERS} characters")
        _check(_parsed(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ConfigError(f"constraint {text!r:.80}: {error}") from None
    constraint = Constraint(text)
    unknown = sorted(constraint.names - set(known))
    if unknown:
        raise ConfigError(f"constraint {text!r}: unknown knob {unknown[0]!r}; known: {', '.join(known)}")
    return constraint


@lru_cache(maxsize=512)
def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _check(node: ast.expr) -> None:
    """Raise `ValueError` for anything that `_value` doesn't know."""
    known = (*LOGIC, ast.Name, ast.Constant, ast.List, ast.Tuple, ast.Call, ast.operator, ast.expr_context)
    for part in ast.walk(node):
        sound = isinstance(part, known)
        if isinstance(part, ast.operator):
            sound = type(part) in _BINARY
        elif isinstance(part, ast.cmpop):
            sound = type(part) in _COMPARE
        elif isinstance(part, ast.unaryop):
            sound = isinstance(part, (ast.Not, ast.USub, ast.UAdd))
        elif isinstance(part, ast.Call):
            sound = isinstance(part.func, ast.Name) and part.func.id in _CALLS and not part.keywords
        elif isinstance(part, ast.Constant):
            sound = isinstance(part.value, (bool, int, float, str))
        if not sound:
            raise ValueError(f"{type(part).__name__} is not allowed; {ALLOWED} are")


def _value(node: ast.expr, values: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant():
            return node.value
        case ast.Name():
            return values[node.id]
        case ast.List() | ast.Tuple():
            return [_value(item, values) for item in node.elts]
        case ast.UnaryOp():
            inner = _value(node.operand, values)
            return (
                not inner
                if isinstance(node.op, ast.Not)
                else -inner
                if isinstance(node.op, ast.USub)
                else inner
            )
        case ast.BinOp():
            left, right = _value(node.left, values), _value(node.right, values)
            if not (isinstance(left, (int, float)) and isinstance(right, (int, float))):
                raise TypeError("arithmetic is for numbers")  # texts and lists could grow without end
            return _BINARY[type(node.op)](left, right)
        case ast.BoolOp():
            rest = (bool(_value(part, values)) for part in node.values)
            return all(rest) if isinstance(node.op, ast.And) else any(rest)
        case ast.Compare():
            left = _value(node.left, values)
            for op, right in zip(node.ops, node.comparators, strict=True):
                other = _value(right, values)
                if not _COMPARE[type(op)](left, other):
                    return False
                left = other
            return True
        case ast.Call():
            assert isinstance(node.func, ast.Name)
            return _CALLS[node.func.id](*(_value(argument, values) for argument in node.args))
    raise ValueError(f"{type(node).__name__} is not allowed")
