"""The question to a model, the code in its answer, and what the code's output is worth."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from strop.benchmarks.modeling.problems import WordProblem
from strop.extension import ExecResult, Outcome

__all__ = ["KINDS", "Found", "Kind", "code_of", "judged", "question"]

Kind = Literal[
    "right",
    "wrong number",
    "wrong model",
    "infeasible",
    "failed",
    "timeout",
    "no code",
    "cut off",
    "no answer",
]

KINDS: dict[Kind, str] = {
    "right": "the number is within its tolerance",
    "wrong number": "the number is worse than the best one, or which way is better isn't known",
    "wrong model": "the number is better than the best one: the model lacks something that the text says",
    "infeasible": "the program says that there is no solution, or no bound",
    "failed": "the program ended with an error, or printed no number",
    "timeout": "the program was stopped at a limit of time, memory or output",
    "no code": "the answer holds no Python that parses",
    "cut off": "the answer ended at its limit of tokens before its code did",
    "no answer": "the provider failed; not counted",
}
"""What can become of a problem."""

SYSTEM = (
    "You turn optimization problems in words into Python programs that solve them. Answer with one program "
    "in a ```python block; it reads no input and no files."
)

TASK = """{text}

Write a Python program that formulates this problem, solves it, and prints as its last line
answer = NUMBER
where NUMBER is {what}, as a plain number with at least six significant digits. {libraries}
"""

FENCE = re.compile(r"```[ \t]*(?:python3?|py)?[ \t]*\n(.*?)(?:\n[ \t]*```|\Z)", re.S | re.I)
THOUGHTS = re.compile(r"<think>.*?(?:</think>|\Z)", re.S)
# What is part of a word is none: float64 and x1 are names. Units may follow without a space.
NUMBER = re.compile(
    r"(?<![\w.])(?:[-+]?(?P<over>\d+)/(?P<under>\d+)(?![\w.])"
    r"|Fraction\([-+]?(?P<upper>\d+), (?P<lower>\d+)\)"
    r"|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
)
MINUS = "\N{MINUS SIGN}"  # which float() doesn't read
NO_SOLUTION = re.compile(
    r"\b(?:infeasible|unbounded|not feasible|no (?:feasible |optimal )?solution|not solved)\b", re.I
)
NO_VALUE = re.compile(r"\b(?:none|nan|inf(?:inity)?)\b", re.I)
"""Where the answer should stand; a bound or a result on the way may well be infinite."""


@dataclass(frozen=True)
class Found:
    """What became of a problem."""

    kind: Kind
    detail: str = ""
    value: float | None = None  # what the program printed


def question(problem: WordProblem, libraries: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return the messages to a model; `libraries` are those that the program can import."""
    name = problem.expected.name if problem.expected else ""
    what = f"the value of: {name}" if name else "what the text asks for"
    said = (
        f"It can import {', '.join(libraries)}." if libraries else "It can import the standard library alone."
    )
    return ("system", SYSTEM), ("user", TASK.format(text=problem.text, what=what, libraries=said))


def code_of(answer: str) -> str | None:
    """Return the program in an answer: the last block that parses and prints, else all of it; None: none."""
    text = THOUGHTS.sub("", answer.replace("\r\n", "\n"))
    for block in (*reversed(FENCE.findall(text)), text):
        if "print" not in block:
            continue
        try:
            ast.parse(block)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        return str(block)
    return None


def judged(problem: WordProblem, result: ExecResult) -> Found:
    """Return what a program's output is worth."""
    assert problem.expected is not None
    output = result.stdout.decode("utf-8", "replace")
    if result.outcome is not Outcome.EXITED:
        return Found("timeout", f"stopped at its {result.outcome.value.removesuffix(' limit')} limit")
    value = _printed(output) if result.ok else None
    if value is not None and problem.expected.agrees(value):
        return Found("right", value=value)
    errors = result.stderr.decode("utf-8", "replace")
    said = NO_SOLUTION.search(output) or NO_SOLUTION.search(errors.strip().rpartition("\n")[2])
    if said := said or (NO_VALUE.search(_answer(output)[0]) if value is None else None):
        return Found("infeasible", said[0], value)
    if not result.ok:
        last = errors.strip().rpartition("\n")[2]
        return Found("failed", f"exit code {result.exit_code}: {last[:200]}")
    if value is None:
        return Found("failed", "its last line holds no number")
    gap = f"{value:.8g} instead of {problem.expected.value:.8g}"
    return Found("wrong model" if problem.expected.beyond(value) else "wrong number", gap, value)


def _answer(output: str) -> tuple[str, bool]:
    """Return where the answer stands: what follows the last "answer =", else the last line; and which."""
    lines = [re.sub(r"(?<=\d),(?=\d{3}\b)", "", line) for line in output.splitlines() if line.strip()]
    named = [found[1] for line in lines if (found := re.match(r"\s*answer\s*[=:](.*)", line, re.I))]
    return (named or lines or [""])[-1], bool(named)


def _printed(output: str) -> float | None:
    """Return the first number of the last line "answer = …", else the last number of the last line."""
    text, named = _answer(output)
    numbers = list(NUMBER.finditer(text.replace(MINUS, "-")))
    # What follows the number of an answer are units and comments: "250.0 m^2", "84 (x1 = 3)".
    return _number(numbers[0 if named else -1]) if numbers else None


def _number(found: re.Match[str]) -> float | None:
    over, under = found["over"] or found["upper"], found["under"] or found["lower"]
    if over is None:
        return float(found[0])
    try:
        return (-1 if "-" in found[0] else 1) * (int(over) / int(under))
    except (ArithmeticError, ValueError):  # over nothing, or with more digits than a float or int() takes
        return None
