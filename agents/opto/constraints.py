"""What a parameter's value may be; a proposal that breaks it is feedback, and never assigned."""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from strop.agents.opto.source import code_problem, signature_of

__all__ = ["Constraint", "as_constraint"]


@dataclass(frozen=True)
class Constraint:
    """Enforced limits of a value.

    >>> Constraint(type=int, low=1, high=8).convert("3")
    (3, '')
    >>> Constraint(type=int, low=1, high=8).convert("3.7")
    (None, 'expected int, got the text "3.7"')
    """

    type: type | None = None  # None: that of the parameter's first value
    low: float | None = None
    high: float | None = None
    choices: tuple[Any, ...] | None = None
    predicate: Callable[[Any], bool] | None = None
    said: str = ""  # in words, for the model
    signature: str = ""  # of code: name and arguments, as `signature_of` returns them

    def __str__(self) -> str:
        words = [self.said] if self.said else []
        if self.low is not None or self.high is not None:
            low = "" if self.low is None else f"{self.low:g} <= "
            words.append(f"{low}value{'' if self.high is None else f' <= {self.high:g}'}")
        if self.choices is not None:
            words.append(f"one of {', '.join(map(repr, self.choices))}")
        if self.signature:
            words.append(f"the function keeps its name and arguments: {self.signature}")
        return "; ".join(words)

    def require(self, value: Any, who: str) -> None:
        """Raise `ValueError` where a value breaks it."""
        problem = self.problem(value)
        if problem:
            raise ValueError(f"{who}: {problem}")

    def problem(self, value: Any) -> str:
        """Return why a value is not allowed, or an empty string."""
        wanted = self.type
        if wanted is not None and type(value) is not wanted and not (wanted is float and type(value) is int):
            return f"expected {wanted.__name__}, got {type(value).__name__} {value!r:.60}"
        if isinstance(value, float) and not math.isfinite(value):
            return f"{value} is not a finite number"
        if self.low is not None and value < self.low:
            return f"{value!r:.60} is below {self.low:g}"
        if self.high is not None and value > self.high:
            return f"{value!r:.60} is above {self.high:g}"
        if self.choices is not None and value not in self.choices:
            return f"{value!r:.60} is not one of {', '.join(map(repr, self.choices))}"
        if self.signature:
            return code_problem(value, self.signature)
        if self.predicate is not None:
            try:
                if not self.predicate(value):
                    return f"{value!r:.60} is not allowed ({self.said or 'the parameter predicate says no'})"
            except Exception as error:  # the user's function met a value that it did not expect
                return f"{value!r:.60}: its predicate failed: {type(error).__name__}: {error}"
        return ""

    def convert(self, proposed: Any) -> tuple[Any, str]:
        """Return a proposal, which may be text, as a value of the type; with why it is none.

        Only what is certain is converted: "3" to 3, "false" to False, "[1, 2]" to a list, 3 to 3.0.
        """
        wanted = self.type
        if wanted is None or type(proposed) is wanted:
            return proposed, ""
        if wanted is float and type(proposed) is int:
            return float(proposed), ""
        if wanted is int and type(proposed) is float and proposed.is_integer():
            return int(proposed), ""
        if wanted is tuple and type(proposed) is list:
            return tuple(proposed), ""
        if type(proposed) is str:
            value = _read(proposed.strip())
            if value is not _UNREAD and type(value) is not str:
                found = self.convert(value)
                if not found[1]:
                    return found
            return None, f"expected {wanted.__name__}, got the text {json.dumps(proposed[:60])}"
        return None, f"expected {wanted.__name__}, got {type(proposed).__name__} {proposed!r:.60}"


_UNREAD = object()


def _read(text: str) -> Any:
    """Return the value that a text spells, in JSON or Python."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return _UNREAD


def as_constraint(given: Any, value: Any, *, is_code: bool = False) -> Constraint:
    """Return what a user gave as a constraint, with the type of the first value; raises `TypeError`."""
    kind = None if value is None else type(value)
    if is_code:
        return Constraint(str, said=given if isinstance(given, str) else "", signature=signature_of(value))
    if given is None:
        return Constraint(kind)
    if isinstance(given, str):
        return Constraint(kind, said=given)
    if isinstance(given, Constraint):
        return given if given.type is not None else _typed(given, kind)
    if callable(given):
        return Constraint(kind, predicate=given)
    raise TypeError(f"constraint: a Constraint, a function or a string, found {given!r:.80}")


def _typed(constraint: Constraint, kind: type | None) -> Constraint:
    from dataclasses import replace

    return replace(constraint, type=kind)
