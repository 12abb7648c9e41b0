"""Word problems with drawn data: the texts and the numbers in them, and no word on how they are solved.

A group is a module of this package. Each of its PROBLEMS is a function that takes a `random.Random` and
returns a text and its data; every number of the data stands in the text.
"""

from __future__ import annotations

import importlib
import random
from typing import Any, NamedTuple

GROUPS = tuple(
    f"{kind}_{level}" for kind in ("linear", "integer", "nonlinear") for level in ("easy", "medium", "hard")
)

INSTANCES = 4
"""Of each problem, for one seed."""


class Instance(NamedTuple):
    """One problem with its numbers."""

    problem: str
    number: int
    text: str
    data: dict[str, Any]


def problems_of(group: str) -> tuple[str, ...]:
    """Return the names of a group's problems."""
    return tuple(make.__name__ for make in _module(group).PROBLEMS)


def instance(group: str, problem: str, seed: int, number: int = 0) -> Instance:
    """Return one problem with the numbers of a seed."""
    text, data = getattr(_module(group), problem)(random.Random(f"{seed} {problem} {number}"))
    return Instance(problem, number, text, data)


def instances(group: str, seed: int) -> list[Instance]:
    """Return all instances of a group's problems for a seed, always in one order."""
    return [instance(group, name, seed, k) for name in problems_of(group) for k in range(INSTANCES)]


def _module(group: str):
    if group not in GROUPS:
        raise ValueError(f"unknown group {group!r}; known: {', '.join(GROUPS)}")
    return importlib.import_module(f"{__name__}.{group}")
