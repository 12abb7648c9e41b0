"""The table of the hostile suite: for a terminal, as JSON, as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from strop.errors import ConfigError, SandboxError
from strop.hostile.inside import INSIDE, run_inside
from strop.hostile.orchestrator import ORCHESTRATOR, run_orchestrator
from strop.hostile.records import CONTAINED, Row
from strop.report.words import clean

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["as_json", "as_markdown", "play", "render", "summary"]

SHOWN_BACKENDS = ("docker", "bubblewrap")


def play(
    names: Sequence[str] = (),
    *,
    started: Callable[[str], None] = lambda what: None,
    note: Callable[[str], None] = lambda what: None,
) -> Iterator[Row]:
    """Play all cases: those of strop itself, then those of each backend by name.

    Args:
        names: backends; none: docker and bubblewrap, as far as they work here.
        started: told what is played now, in a few words.
        note: told which backend is left out, and why, in a sentence.

    Raises:
        ConfigError: a backend that was named can't be used here, or isn't one that contains anything.
    """
    chosen = _backends(names, note)
    for case in ORCHESTRATOR:
        started(f"strop {case.number} {case.name}")
        yield run_orchestrator(case)
    for backend in chosen:
        try:
            for inside in INSIDE:
                started(f"{backend.name} {inside.number} {inside.name}")
                yield run_inside(backend, inside)
        finally:
            close = getattr(backend, "close", None)  # of backends that hold connections
            if close is not None:
                close()


def _backends(names: Sequence[str], note: Callable[[str], None]) -> list[Any]:
    from strop.sandbox.backends import backends

    known = {backend.name: backend for backend in backends()}
    wrong = [name for name in names if name not in SHOWN_BACKENDS]
    if wrong:
        why = " (it contains nothing, and is not meant to)" if wrong[0] == "process" else ""
        raise ConfigError(f"--backend: {wrong[0]!r}{why}; allowed: {', '.join(SHOWN_BACKENDS)}")
    chosen = []
    for name in names or SHOWN_BACKENDS:
        problem = _problem(known[name])
        if not problem:
            chosen.append(known[name])
        elif names:
            raise ConfigError(f"--backend {name}: {problem}")
        else:
            note(f"{name} is left out: {problem}")
    if not chosen:
        raise SandboxError("neither docker nor bubblewrap works here, so there is nothing to attack")
    return chosen


def _problem(backend: Any) -> str:
    """Return why a backend can't be played on here, with the remedy; empty where it can."""
    found = backend.available()
    if not found.ok:
        return f"{found.reason}; {found.remedy}"
    base_problem = getattr(backend, "base_problem", None)  # of a backend that starts from images
    return str(base_problem()) if base_problem is not None else ""


def as_json(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return rows as plain JSON types."""
    return [{**asdict(row), "seconds": round(row.seconds, 2)} for row in rows]


def render(rows: Sequence[Row], console: Console) -> None:
    """Print rows, a part for each backend, then a sentence about all."""
    from rich.text import Text

    from strop.report.text import grid

    styles = {"contained": "green", "unsupported": "yellow", "ESCAPED": "bold red"}
    for where in dict.fromkeys(row.where for row in rows):
        table = grid(">", where, "", "")
        for row in (row for row in rows if row.where == where):
            word, _, reason = row.verdict.partition(": ")
            text = Text(clean("; ".join(part for part in (reason, row.detail) if part)))
            table.add_row(Text(str(row.number)), Text(row.name), Text(word, styles[word]), text)
        console.print(table)
        console.print()
    console.print(Text(summary(rows), "bold red" if any(row.escaped for row in rows) else "bold"))


def summary(rows: Sequence[Row]) -> str:
    """Return the table in a sentence."""
    escaped = [row for row in rows if row.escaped]
    contained = sum(row.verdict == CONTAINED for row in rows)
    numbers = len({row.number for row in rows})
    text = f"{contained} of {len(rows)} attacks contained ({numbers} behaviours)"
    unsupported = len(rows) - contained - len(escaped)
    if unsupported:
        text += f", {unsupported} unsupported on this machine"
    if escaped:
        text += f", {len(escaped)} ESCAPED: {', '.join(f'{row.where} {row.number}' for row in escaped)}"
    return f"{text}, in {sum(row.seconds for row in rows):.0f} s"


def as_markdown(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table for each place."""
    from strop.report.words import one_line

    by_number = {(c.number, where): c.contained_by for c, where in _places(rows)}
    parts = []
    for where in dict.fromkeys(row.where for row in rows):
        lines = [f"| # | {where} | by | verdict | seen |", "| --: | --- | --- | --- | --- |"]
        for row in (row for row in rows if row.where == where):
            cells = (row.name, by_number[row.number, where], row.verdict, row.detail)
            shown = " | ".join(one_line(cell, 300).replace("|", "¦") for cell in cells)
            lines.append(f"| {row.number} | {shown} |")
        parts.append("\n".join(lines))
    return "\n\n".join([*parts, f"{summary(rows)}."])


def _places(rows: Sequence[Row]) -> Iterator[tuple[Any, str]]:
    for where in dict.fromkeys(row.where for row in rows):
        yield from ((case, where) for case in (ORCHESTRATOR if where == "strop" else INSIDE))
