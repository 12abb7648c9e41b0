"""A word problem with its right number, and the own ones of the bundled suite `modeling`."""

from __future__ import annotations

import importlib.util
import math
import re
import sys
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

from strop.benchmarks.leaderboard.tasks import tasks_folder
from strop.errors import ConfigError

__all__ = [
    "Direction",
    "Doubt",
    "Expected",
    "WordProblem",
    "direction_of",
    "groups",
    "own_problems",
    "shared_package",
]

RELATIVE = 1e-4
"""Of the right number: within it, an answer is right. The tasks' own judge has the same."""

Direction = Literal["most", "least", ""]

MOST = r"maxim\w*|largest|greatest|highest|as (?:many|much|large)(?: \w+)? as possible"
LEAST = r"minim\w*|smallest|lowest|cheapest|shortest|fewest|as (?:few|little|small)(?: \w+)? as possible"


@dataclass(frozen=True)
class Doubt:
    """A reason why the stored answer of a problem may not follow from its text."""

    kind: str
    sentence: str
    certain: bool  # then the problem isn't scored


@dataclass(frozen=True)
class Expected:
    """The right number, and how far off a right answer may be."""

    name: str  # what the number is; empty where the text itself asks for one number
    value: float
    slack: float  # in the number's unit
    direction: Direction = ""  # whether more or less of it is better; empty: not known

    def agrees(self, given: float) -> bool:
        """Return whether a given number is the right one."""
        return math.isfinite(given) and abs(given - self.value) <= self.slack

    def beyond(self, given: float) -> bool:
        """Return whether a given number is better than the best one: its model isn't the text's."""
        better = given - self.value if self.direction == "most" else self.value - given
        return bool(self.direction) and math.isfinite(given) and better > self.slack


@dataclass(frozen=True)
class WordProblem:
    """A text that asks for a number."""

    name: str
    kind: str  # its group, or its type in OptiBench
    text: str
    expected: Expected | None  # None: nothing is stored that could be compared
    doubts: tuple[Doubt, ...] = ()

    @property
    def scored(self) -> bool:
        """Whether a model's answer counts: a number is stored, and nothing certain speaks against it."""
        return self.expected is not None and not any(doubt.certain for doubt in self.doubts)


def direction_of(text: str, *, question: bool = False) -> Direction:
    """Return which way a text aims by its words, empty where they say both or neither.

    Args:
        text: A sentence, or the name of a result.
        question: Whether it states no bounds, so that "at most" and "at least" are the aim.
    """
    most = re.search(rf"\b({MOST}{'|at most' if question else ''})\b", text, re.I)
    least = re.search(rf"\b({LEAST}{'|at least' if question else ''})\b", text, re.I)
    if bool(most) == bool(least):
        return ""
    return "most" if most else "least"


def groups() -> tuple[str, ...]:
    """Return the groups of the own problems: kind and level."""
    return tuple(shared_package("problems").GROUPS)


def own_problems(count: int, *, seed: int = 0, only: tuple[str, ...] = ()) -> list[WordProblem]:
    """Return so many own problems: each problem once with numbers of the seed, then again with others.

    Args:
        count: How many.
        seed: Draws the numbers.
        only: Groups; default: all of them.

    Raises:
        ConfigError: An unknown group.
    """
    problems, reference = shared_package("problems"), shared_package("reference")
    for name in only:
        if name not in problems.GROUPS:
            raise ConfigError(f"--group {name}: unknown; known: {', '.join(problems.GROUPS)}")
    names = [(group, name) for group in only or problems.GROUPS for name in problems.problems_of(group)]
    # Evenly over the groups, however few are asked for.
    width = len(problems.problems_of(names[0][0]))
    names = [names[k] for start in range(width) for k in range(start, len(names), width)]
    found = []
    for k in range(count):
        group, name = names[k % len(names)]
        one = problems.instance(group, name, seed, k // len(names))
        value = reference.answer(group, name, one.data)
        question = re.split(
            r"(?<=[.?])\s+(?=[A-Z])", one.text.removesuffix(" (The answer may be a fraction.)")
        )[-1]
        direction = direction_of(question, question=True) or direction_of(one.text)
        expected = Expected("", value, RELATIVE * abs(value), direction)
        found.append(WordProblem(f"{name} {k // len(names)}", group, one.text, expected))
    return found


def shared_package(name: str) -> Any:
    """Return the package `problems` or `reference` of the suite's shared files, under a name of ours."""
    alias = f"_strop_modeling_{name}"
    if alias not in sys.modules:
        folder = tasks_folder() / "modeling" / "_common" / name / name
        spec = importlib.util.spec_from_file_location(
            alias, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        assert spec is not None and spec.loader is not None
        module: ModuleType = importlib.util.module_from_spec(spec)
        sys.modules[alias] = module
        spec.loader.exec_module(module)
    return sys.modules[alias]
