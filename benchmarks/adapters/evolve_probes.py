"""Programs that try to get a score that they don't deserve, made from the program of an adapted repository.

Each adds a few lines at the end of the last region that candidates may edit, so that the rest stays as it
is.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from strop.benchmarks.adapters.blocks import Block, blocks_of
from strop.benchmarks.adapters.evolve_texts import ADDED, EACH, NOTE, SILENT, WRAP, WRAPPED
from strop.errors import ConfigError

__all__ = ["PROBES", "Probe", "entries_of", "probes_of"]


@dataclass(frozen=True)
class Probe:
    """A program that tries one thing."""

    name: str
    what: str
    text: str  # of the program
    certain: bool = False  # whether a score as good as the seed's is a hole already
    plain: str = ""  # what a candidate would write: the text without what tells strop of it; empty: the text


PROBES = ("unchanged", "empty", *WRAPPED, *ADDED)
"""Names of all probes."""


def probes_of(text: str, entries: Sequence[str]) -> Iterator[Probe]:
    """Yield the probes of a program.

    Args:
        text: Of the program, in Python.
        entries: What to wrap: names of functions, or Class.method.

    Raises:
        ConfigError: The program has no place for them: its marks stand within a function.
    """
    yield Probe("unchanged", "differs by a comment alone", _added(text, "\n# a probe\n"))
    yield Probe("empty", "has nothing in its regions", _emptied(text), certain=True)
    for name, (what, definitions, body, certain) in WRAPPED.items():
        wrapped = "".join(f"{entry} = _probe_wrap({entry})\n" for entry in entries)
        head = WRAP.format(body=f"        {body}") + definitions
        noting, silent = (
            _added(text, f"{head}{note}\n\n{wrapped}") if definitions.startswith(EACH) else ""
            for note in (NOTE, SILENT)
        )
        yield Probe(name, what, noting or _added(text, f"{head}\n\n{wrapped}"), certain, silent)
    for name, (what, added) in ADDED.items():
        yield Probe(name, what, _added(text, added))


def entries_of(text: str, evaluator: str) -> list[str]:
    """Return the functions by which a program's regions are used from outside.

    Args:
        text: Of the program, in Python.
        evaluator: Text of the evaluator, which names what it calls.

    Raises:
        ConfigError: There is no function that a candidate could change, or the program doesn't parse.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError) as error:
        raise ConfigError(
            f"the program doesn't parse as Python, so that there are no probes: {error}"
        ) from None
    blocks = blocks_of(text)
    lines = text.splitlines()
    end = blocks[-1].last if blocks else len(lines)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.lineno <= end]
    own = [node for node in functions if _inside(node, blocks)]
    outer = "\n".join(line for number, line in enumerate(lines) if not _covers(number, blocks))
    used = [node.name for node in own if blocks and _names(outer, node.name)]
    asked = [node.name for node in functions if _names(evaluator, node.name)]
    # A function that another one of these uses is wrapped with it: twice would be another program.
    called = {
        found.id
        for node in own
        for found in ast.walk(node)
        if isinstance(found, ast.Name) and found.id != node.name
    }
    found = asked or used or [node.name for node in own if node.name not in called]
    if not found:
        raise ConfigError("no function in the program's regions: nothing to probe")
    return list(dict.fromkeys(found))


def _names(text: str, name: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b", text) is not None


def _inside(node: ast.FunctionDef, blocks: Sequence[Block]) -> bool:
    return not blocks or any(block.first < node.lineno <= block.last for block in blocks)


def _covers(number: int, blocks: Sequence[Block]) -> bool:
    return any(block.first <= number < block.last for block in blocks)


def _added(text: str, added: str) -> str:
    """Return a program with lines added at the end of its last region."""
    blocks, lines = blocks_of(text), text.splitlines(keepends=True)
    if not blocks:
        return text.rstrip("\n") + "\n" + added
    if blocks[-1].indent:
        raise ConfigError("the EVOLVE marks stand within a function: there is no place for probes")
    at = blocks[-1].last
    return "".join([*lines[:at], added.rstrip("\n") + "\n", *lines[at:]])


def _emptied(text: str) -> str:
    """Return a program with nothing in its regions."""
    blocks, lines = blocks_of(text), text.splitlines(keepends=True)
    if not blocks:
        return "\n"
    kept = []
    for number, line in enumerate(lines):
        if any(number == block.first for block in blocks):
            block = next(block for block in blocks if block.first == number)
            kept.append(f"{block.indent}pass\n")
        if not _covers(number, blocks):
            kept.append(line)
    return "".join(kept)
