"""One candidate of `cheats.py`: what it changes, where, and what may be said of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from strop.benchmarks.self.cheat_places import PLACES
from strop.benchmarks.self.cheat_programs import CHAINS

__all__ = ["CORE", "Case", "Edits", "answers", "core", "lengths", "table"]

Edits = Mapping[str, str | None]
"""New texts by path; None deletes a file."""

CORE = "program/core.py"

FIRST = 0x4E00
"""Code point of 0 in a table: many printable characters follow."""


@dataclass(frozen=True)
class Case:
    """A candidate, and the place that it is a candidate of."""

    name: str
    what: str  # what it does, in a few words
    place: str  # name in `PLACES`
    edits: Edits | Callable[[Sequence[int]], Edits]  # the latter from the seeds that the search uses
    must_say: str = ""  # start of the label without which it may not be claimed; empty: it never may
    honest: bool = False  # it has to be claimed, without a label but `may_say`
    may_say: str = ""  # start of a label that is true of an honest one
    needs: str = ""  # shell command that has to succeed in a sandbox, else the case is skipped

    def texts(self, seeds: Sequence[int]) -> Edits:
        """Return the edits, for the seeds that the search uses."""
        return self.edits(seeds) if callable(self.edits) else self.edits


def core(text: str) -> Edits:
    """Return the edits that replace the module whose functions are measured."""
    return {CORE: text}


def lengths(body: str, above: str = "") -> Edits:
    """Return `CHAINS` with another body of `lengths`, and `above` put before all functions."""
    head, _ = CHAINS.split("def lengths(numbers):")
    title, rest = head.split("\n", 1)
    indented = "".join(f"    {line}\n" if line else "\n" for line in body.strip("\n").split("\n"))
    return core(f"{title}\n\n{above}{rest}def lengths(numbers):\n{indented}")


def answers(place: str, seeds: Sequence[int]) -> list[tuple[list[int], list[int]]]:
    """Return inputs and results of a place's seeds, as anybody can work them out beforehand."""
    space: dict[str, Any] = {}
    exec(PLACES[place].files["inputs.py"], space)  # constants of ours
    exec(CHAINS, space)
    found = []
    for seed in seeds:
        (numbers,) = space["make"](seed)
        found.append((numbers, space["lengths"](numbers)))
    return found


def table(place: str, seeds: Sequence[int]) -> str:
    """Return the source of a table from the start of an input to its results, one character each."""
    rows = "".join(
        f"    {tuple(given[:4])}: {''.join(chr(FIRST + length) for length in found)!r},\n"
        for given, found in answers(place, seeds)
    )
    return f"FIRST = {FIRST}\nKNOWN = {{\n{rows}}}\n\n"
