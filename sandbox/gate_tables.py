"""How much of what a candidate adds is constants: a table of results looks like any other table."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Container, Iterator, Sequence
from typing import TypeGuard

from strop.sandbox.python_text import code_lines, parse_python

__all__ = ["MANY", "constants", "results_among"]

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


# Possessive: what doesn't end as a number is none, however often one goes back in it.
NUMBER = re.compile(rb"(?<![\w.])[-+]?(?:\d[\d_]*+(?:\.\d*+)?+|\.\d++)(?:[eE][-+]?\d++)?+(?!\w)")
WORD = re.compile(rb"[^\s,;:=()\[\]{}\"']+")

LEAST_DIGITS = 5
"""Significant digits from which on a number that is printed is no usual constant of a program."""

LEAST_WORD = 8
"""Characters from which on a printed word with a digit in it, such as a hash, is none either."""

MOST_DIGITS, MOST_BITS = 300, 1000
"""Of numbers that are compared at all; what is longer is a table by its length."""

MOST_RESULT = 8 << 20
"""Bytes of a result that are looked through."""

MOST_FIELDS = 24
"""Different names of fields that say no more than where something is."""

FIELD = re.compile(r"[A-Za-z_][A-Za-z_ -]{0,15}")
"""A name of a field: as a subscript it says where, and holds no result."""


def constants(path: str, text: str, added: Container[int]) -> tuple[int, int]:
    """Return how many characters of constants a text has on its added lines, and the first such line.

    Docstrings, names, and names of fields in subscripts count nothing; of files that hold nothing but data
    every added line counts.
    """
    found = [(line, size) for line, _, size in _literals(path, text) if line in added]
    return sum(size for _, size in found), min((line for line, _ in found), default=1)


def results_among(
    path: str, text: str, base: str, added: Container[int], results: Sequence[bytes]
) -> tuple[int, str] | None:
    """Return the first constant on an added line that is among some results, with its line.

    Short numbers and words are in many programs, and what the base has may move: they are none.
    """
    told = {(digits, _shown(value, digits)) for result in results for digits, value in _numbers(result)}
    lengths = {digits for digits, _ in told}
    words = {word for result in results for word in _words(result)}

    def among(literal: str) -> bool:
        raw = literal.encode("utf-8", "surrogatepass")
        # As it would be printed: a constant may have more digits than are.
        shown = ((d, _shown(value, d)) for n, value in _numbers(raw) for d in lengths if n >= d)
        return not told.isdisjoint(shown) or not words.isdisjoint(_words(raw))

    if not told and not words:
        return None
    known = {literal for _, literal, _ in _literals(path, base)}
    for line, literal, _ in _literals(path, text):
        if line in added and literal not in known and among(literal):
            return line, literal
    return None


def _numbers(text: bytes) -> Iterator[tuple[int, float]]:
    """Yield (significant digits, size) of the numbers in a text that are no usual ones."""
    for number in NUMBER.findall(text[:MOST_RESULT]):
        digits = re.sub(rb"[eE].*|\D", b"", number).lstrip(b"0")
        if len(digits.rstrip(b"0")) >= LEAST_DIGITS and len(digits) < MOST_DIGITS:
            value = abs(float(number.replace(b"_", b"")))
            if math.frexp(value)[0] != 0.5:  # a power of two is a size
                yield len(digits), value


def _shown(value: float, digits: int) -> str:
    return f"{value:.{min(digits, 15) - 1}e}"


def _words(text: bytes) -> set[bytes]:
    return {
        word
        for word in WORD.findall(text[:MOST_RESULT])
        if len(word) >= LEAST_WORD and re.search(rb"\d", word)
    }


def _literals(path: str, text: str) -> Iterator[tuple[int, str, int]]:
    """Yield (line, literal, characters): a string's value, a number in its usual form."""
    if path.endswith(DATA):
        yield from ((number, line, len(line)) for number, line in enumerate(code_lines(text), 1))
    else:
        yield from _of_code(text)


def _of_code(text: str) -> Iterator[tuple[int, str, int]]:
    try:
        tree = parse_python(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # Another language: strings and numbers look the same in most.
        code = ASIDE.sub(lambda match: "\n" * match[0].count("\n"), text)
        for number, line in enumerate(code_lines(code), 1):
            for literal in LITERAL.finditer(line):
                yield number, literal[0], len(literal[0])
        return
    aside = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    fields = [node.slice for node in ast.walk(tree) if isinstance(node, ast.Subscript)]
    named = {node.value: node for node in fields if _is_field(node)}
    if len(named) <= MOST_FIELDS:
        aside |= {id(node) for node in fields if _is_field(node)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in aside:
            continue
        if isinstance(node.value, str):
            yield node.lineno, node.value, len(node.value)
        elif isinstance(node.value, bytes):
            yield node.lineno, node.value.decode("latin-1"), len(node.value)
        elif type(node.value) in (int, float, complex):
            # The length of its text, not of its value: 1e300 is five characters, and no table.
            huge = isinstance(node.value, int) and node.value.bit_length() > MOST_BITS
            size = (node.end_col_offset or 0) - node.col_offset
            yield node.lineno, "" if huge else repr(node.value), size


def _is_field(node: ast.AST) -> TypeGuard[ast.Constant]:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and FIELD.fullmatch(node.value) is not None
    )
