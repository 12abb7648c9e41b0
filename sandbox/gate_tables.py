"""How much of what a candidate adds is constants: a table of results looks like any other table."""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Iterator

from strop.sandbox.python_text import code_lines, parse_python

__all__ = ["MANY", "constants"]

MANY = 400
"""Characters of added constants from which results could be among them; code that computes adds few."""

LITERAL = re.compile(
    r"""
    "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' | `[^`\n]*`
    | (?<![\w.\[])\d[\w.]*                # a number
    | (?<=\[)\d[\w.]*(?!\s*\])(?![\w.])  # the first of several in brackets; alone it is a subscript
    """,
    re.VERBOSE,
)
"""A string or a number, in C and languages of its kind."""

ASIDE = re.compile(r"//[^\n]*|/\*.*?\*/|^[ \t]*#[ \t]*include[^\n]*", re.DOTALL | re.MULTILINE)
"""Comments and includes, in the same."""

DATA = (".json", ".jsonl", ".csv", ".tsv", ".txt", ".dat", ".bin", ".toml", ".yaml", ".yml", ".ini")


def constants(path: str, text: str, added: Container[int]) -> tuple[int, int]:
    """Return how many characters of constants a text has on its added lines, and the first such line.

    Docstrings and names count nothing; of files that hold nothing but data every added line counts.
    """
    if path.endswith(DATA):
        found = [(number, len(line)) for number, line in enumerate(code_lines(text), 1) if number in added]
    else:
        found = [(line, size) for line, size in _of_python(text) if line in added]
    return sum(size for _, size in found), min((line for line, _ in found), default=1)


def _of_python(text: str) -> Iterator[tuple[int, int]]:
    try:
        tree = parse_python(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # Another language: strings and numbers look the same in most.
        code = ASIDE.sub(lambda match: "\n" * match[0].count("\n"), text)
        for number, line in enumerate(code_lines(code), 1):
            for literal in LITERAL.finditer(line):
                yield number, len(literal[0])
        return
    said = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in said:
            continue
        if isinstance(node.value, (str, bytes)):
            yield node.lineno, len(node.value)
        elif type(node.value) in (int, float, complex):
            # The text of a number, not its value: 1e300 is five characters, and no table.
            yield node.lineno, (node.end_col_offset or 0) - node.col_offset
