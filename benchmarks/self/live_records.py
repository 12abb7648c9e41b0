"""Finished live comparisons: one JSON line each, what is still to do, and their tables."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from strop.benchmarks.self.kernels import CALLS, Kind
from strop.benchmarks.self.tables import WIDTH, limits, percent

__all__ = ["QUESTIONS", "Cell", "Done", "Question", "append", "load", "print_results", "remaining"]

EARLY_RUNS = 12
"""Timed runs within which a clear case is to be decided."""


@dataclass(frozen=True)
class Question:
    """What is true of the candidate, and what is asked."""

    name: str
    work: float  # times the baseline's
    confirmed: bool = False  # always, whatever the search thinks of it
    metric: str = "cpu_time"  # of the job


QUESTIONS = {
    question.name: question
    for question in (
        # Which clock `time` means is strop's own choice, and a part of what is asked.
        Question("identical", 1.0, confirmed=True, metric="time"),
        Question("10 % less work", 0.9, confirmed=True),
        Question("1.5 times faster", 1 / 1.5),
        Question("20 % slower", 1.2),
    )
}


@dataclass(frozen=True)
class Cell:
    """Under what comparisons are made; each cell has a calibration of its own."""

    kernel: str
    kind: Kind
    loaded: bool  # by a process that computes on another core
    calls: int = CALLS  # of the kernel, in one sample

    @property
    def load(self) -> str:
        """The load in a word."""
        return "loaded" if self.loaded else "idle"


@dataclass(frozen=True)
class Done:
    """One finished comparison."""

    question: str
    cell: Cell
    backend: str
    metric: str = ""  # the objective as it was resolved
    noise: float = 0.0  # calibrated SD of a pair's log ratio
    verdict: str = ""  # of the search
    search_pairs: int = 0
    claimed: bool = False
    pairs: int = 0  # of the confirmation
    ratio: float = 0.0  # of the confirmation, or of the search where there is none
    low: float = 0.0
    high: float = 0.0
    reason: str = ""  # why it claims nothing
    failure: str = ""  # the stage that failed, and why: no comparison at all
    seconds: float = 0.0
    ended: str = ""  # date and time


def append(file: Path, done: Done) -> None:
    """Write a finished comparison at the end of a file; what a killed run left half is ended first."""
    with file.open("a+b") as stream:
        stream.seek(0, 2)
        end = stream.tell()
        if end:
            stream.seek(end - 1)
            if stream.read(1) != b"\n":
                stream.write(b"\n")
        stream.write(json.dumps(asdict(done)).encode() + b"\n")


def load(file: Path) -> list[Done]:
    """Return the finished comparisons of a file, none where there is none; half lines are left out."""
    found = []
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
        try:
            data: dict[str, Any] = json.loads(line)
        except ValueError:
            continue
        found.append(Done(**{**data, "cell": Cell(**data["cell"])}))
    return found


def remaining(
    wanted: int, question: str, cells: Sequence[Cell], done: Iterable[Done]
) -> list[tuple[str, Cell, int]]:
    """Return what is to do: (question, cell, number in its cell), spread evenly, cell after cell in turn."""
    had = Counter(one.cell for one in done if one.question == question)
    rounds = -(-wanted // len(cells))
    todo = []
    for number in range(rounds):
        for place, cell in enumerate(cells):
            if number * len(cells) + place < wanted and number >= had[cell]:
                todo.append((question, cell, number))
    return todo


def print_results(done: Sequence[Done]) -> None:
    """Print a table for every question that has answers."""
    from rich.console import Console

    console = Console(width=max(WIDTH, Console().width))
    for question in QUESTIONS.values():
        mine = [one for one in done if one.question == question.name]
        if mine:
            console.print(_table(question, mine))
    for one in done:
        if one.failure:
            cell = one.cell
            where = f"{one.question}, {cell.kernel}, {cell.kind}, {cell.load}"
            console.print(f"FAILED {where}: {one.failure}", markup=False)


def _table(question: Question, done: Sequence[Done]) -> Any:
    from rich.table import Table

    calls = "/".join(str(number) for number in sorted({one.cell.calls for one in done}))
    title = f"{question.name}: {len(done)} comparisons, {calls} calls a sample"
    table = Table(title=title, title_justify="left")
    for column in ("kernel", "kind", "machine"):
        table.add_column(column)
    for column in _columns(question):
        table.add_column(column, justify="right", no_wrap=True)
    cells = sorted({one.cell for one in done}, key=lambda c: (c.kernel, c.kind, c.loaded))
    for cell in cells:
        mine = [one for one in done if one.cell == cell]
        table.add_row(cell.kernel, cell.kind, cell.load, *_row(question, mine))
    table.add_section()
    for what, mine in _totals(done):
        table.add_row(*what, *_row(question, mine))
    return table


def _totals(done: Sequence[Done]) -> list[tuple[tuple[str, str, str], list[Done]]]:
    totals: list[tuple[tuple[str, str, str], list[Done]]] = [
        (("", kind, ""), [one for one in done if one.cell.kind == kind])
        for kind in sorted({one.cell.kind for one in done})
    ]
    totals += [
        (("", "", load), [one for one in done if one.cell.load == load])
        for load in sorted({one.cell.load for one in done})
    ]
    return [*totals, (("all", "", ""), list(done))]


def _columns(question: Question) -> tuple[str, ...]:
    if question.confirmed:
        # Of identical code 5 % of the intervals leave 1 out: more tell of a bias, however far from a claim.
        claims, beside = ("false", "without 1") if question.work == 1 else ("claimed", "promising")
        return ("n", claims, "% [95 % limits]", beside, "pairs", "ratio", "noise", "clock", "s")
    decided = "promising" if question.work < 1 else "dropped"
    return ("n", f"{decided}, {EARLY_RUNS} runs", "% [95 % limits]", "runs", "ratio", "noise", "clock", "s")


def _row(question: Question, all_done: Sequence[Done]) -> tuple[str, ...]:
    done = [one for one in all_done if not one.failure]
    if not done:
        return ("0", *[""] * (len(_columns(question)) - 1))
    ratio = f"{statistics.median(one.ratio for one in done):.3f}"
    noise = f"{statistics.median(one.noise for one in done):.1%}"
    clock = "/".join(sorted({one.metric.removesuffix("_time") for one in done}))
    seconds = f"{statistics.mean(one.seconds for one in done):.1f}"
    rest = (ratio, noise, clock, seconds)
    if question.confirmed:
        hits = sum(one.claimed for one in done)
        same = question.work == 1
        beside = sum(not one.low <= 1 <= one.high if same else one.verdict == "promising" for one in done)
        pairs = f"{statistics.median(one.pairs for one in done):g}"
        return (str(len(done)), str(hits), _share(hits, done), str(beside), pairs, *rest)
    hits = sum(_early(question, one) for one in done)
    runs = f"{statistics.median(2 * one.search_pairs for one in done):g}"
    return (str(len(done)), str(hits), _share(hits, done), runs, *rest)


def _early(question: Question, one: Done) -> bool:
    right = (one.verdict == "promising") == (question.work < 1)
    return right and 2 * one.search_pairs <= EARLY_RUNS


def _share(hits: int, done: Sequence[Done]) -> str:
    return percent(hits / len(done), *limits(hits, len(done))).replace("[", "\\[")
