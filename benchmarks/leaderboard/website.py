"""`strop bench site`: a static site of results that works from a file, with no network."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from strop.benchmarks.leaderboard.columns import COLUMNS, gain_text, interval, number_text
from strop.benchmarks.leaderboard.curves import curve_svg
from strop.benchmarks.leaderboard.known import REFERENCES, named
from strop.benchmarks.leaderboard.ranking import (
    FALSE_CLAIM,
    Board,
    Difference,
    TaskScore,
    board_of,
    compare,
    ranked,
)
from strop.benchmarks.leaderboard.result import PrivateRow, Result, StudyRow, TaskRow
from strop.benchmarks.leaderboard.showing import conditions, counted, score_text
from strop.benchmarks.leaderboard.tasks import SUITES, open_suite
from strop.benchmarks.leaderboard.tuning_board import tuning_board
from strop.benchmarks.tuning.result import TuningResult
from strop.errors import ConfigError
from strop.report.words import clean, duration

__all__ = ["write_site"]

TITLE = "strop leaderboard"
PAGES = files("strop.benchmarks.leaderboard").joinpath("pages")
OURS = '<meta name="generator" content="strop">'
"""What every page that this module wrote holds."""

SHARED = ("style.css", "board.js")
"""What all pages use, beside the first one."""

HEADS = (
    "optimizer",
    "seed",
    "speedup",
    "measured again",
    "verified by",
    "evaluations",
    "tokens",
    "time",
    "remarks",
)


def write_site(results: Sequence[Result], folder: Path, tuning: Sequence[TuningResult] = ()) -> Path:
    """Write the pages of results into a folder and return the first page.

    Raises `ConfigError` where a result was made with a scripted model, which never ranks.
    """
    for result in results:
        if not ranked(result):
            raise ConfigError(
                f"{result.suite}: made with a scripted model, which is for tests and never ranks"
            )
    environment = _environment()
    (folder / "tasks").mkdir(parents=True, exist_ok=True)
    for old in (folder / "tasks").glob("*.html"):  # of results that are no longer among these
        if OURS in old.read_text(encoding="utf-8", errors="replace"):
            old.unlink()
    for name in SHARED:
        (folder / name).write_text(PAGES.joinpath(name).read_text(encoding="utf-8"), encoding="utf-8")
    boards: list[dict[str, Any]] = []
    used: set[str] = set()
    for number, result in enumerate(results, start=1):
        board = board_of(result)
        ident = f"{_slug(result.suite)}-{number}"
        pages = {task.name: _page(ident, task, used) for task in result.tasks}
        boards.append(_board(board, ident, pages))
        for task in result.tasks:
            page = environment.get_template("task.html").render(root="../", **_task_page(board, task, ident))
            (folder / pages[task.name]).write_text(page, encoding="utf-8")
    page = environment.get_template("index.html").render(
        root="", title=TITLE, boards=boards, studies=[tuning_board(one) for one in tuning]
    )
    index = folder / "index.html"
    index.write_text(page, encoding="utf-8")
    return index


def _environment() -> Environment:
    def text(name: str) -> str:
        return PAGES.joinpath(name).read_text(encoding="utf-8")

    made = Environment(loader=FunctionLoader(text), undefined=StrictUndefined, autoescape=True)
    # Terminal controls and marks that turn text around stay out of pages, too.
    made.finalize = lambda value: (
        value if isinstance(value, Markup) or not isinstance(value, str) else clean(value)
    )
    return made


def _slug(name: str) -> str:
    return re.sub(r"[^\w-]+", "-", name).strip("-").lower() or "suite"


def _page(ident: str, task: TaskRow, used: set[str]) -> str:
    """Return a page that no other task has, and add it to the used ones: "a.b" and "a-b" are alike there."""
    first = f"tasks/{ident}-{_slug(task.name)}"
    names = itertools.chain([f"{first}.html"], (f"{first}-{number}.html" for number in itertools.count(2)))
    page = next(name for name in names if name not in used)
    used.add(page)
    return page


def _board(board: Board, ident: str, pages: Mapping[str, str]) -> dict[str, Any]:
    result = board.result
    names = [row.optimizer for row in board.rows]
    found = {pair: compare(result, *pair) for pair in itertools.permutations(names, 2)}
    missing = len(result.missing())
    return {
        "id": ident,
        "name": f"{result.suite}, model {result.model.name}" if result.model.name else result.suite,
        "short": f"{counted(len(result.tasks), 'task')}; {_first(board)}",
        "conditions": conditions(result),
        "note": f"Not complete: {missing} studies are missing, and count as 1." if missing else "",
        "columns": [{"head": column.head, "meaning": column.meaning} for column in COLUMNS],
        "names": names,
        "rows": [
            {
                "name": named(row.optimizer),
                "cells": [{"text": column.cell(row), "value": column.value(row)} for column in COLUMNS],
            }
            for row in board.rows
        ],
        "curve": Markup(curve_svg(result, names)),
        "pairs": _pairs(found, names),
        "verdicts": [_verdict(found[pair]) for pair in itertools.combinations(names, 2)],
        "tasks": [
            {
                "name": task.name,
                "title": task.title,
                "control": task.control,
                "page": pages[task.name],
                "best": task.best,
                "best_text": _best_text(task),
                "cells": [_score_cell(row.tasks[task.name], task) for row in board.rows],
            }
            for task in result.tasks
        ],
    }


def _first(board: Board) -> str:
    """Return who is first, and by what."""
    row = next((row for row in board.rows if row.optimizer not in REFERENCES), None)
    if row is None or row.geometric_mean == row.low == row.high == 1:
        return "nothing gained"
    return f"first: {row.optimizer}, {interval(row.geometric_mean, row.low, row.high)} times the seed"


def _best_text(task: TaskRow) -> str:
    if task.best_value is not None:
        return number_text(task.best_value)
    return "–" if task.best == 1 else f"{task.best:g}" + (" times the seed" if task.metric else "")


def _score_cell(score: TaskScore, task: TaskRow) -> dict[str, Any]:
    kind = {"improved": "gain", "failed": "failed"}.get(score.state, "none")
    if score.state == "improved" and score.control and score.ratio > FALSE_CLAIM:
        kind = "failed"
    return {"text": score_text(score, task), "class": kind, "value": score.ratio}


def _pairs(found: Mapping[tuple[str, str], Difference], names: Sequence[str]) -> list[dict[str, Any]]:
    if not found:
        return []
    return [
        {"name": first, "cells": [_pair(found.get((first, second))) for second in names]} for first in names
    ]


def _pair(found: Difference | None) -> dict[str, str]:
    if found is None:
        return {"text": "", "class": "none"}
    kind = "gain" if found.low > 1 else "failed" if found.high < 1 else "none"
    return {"text": interval(found.ratio, found.low, found.high), "class": kind}


def _verdict(found: Difference) -> dict[str, Any]:
    """Return what may be said of a pair, in words and counts."""
    return {
        "pair": f"{found.first} over {found.second}",
        "said": found.verdict,
        "cells": [found.wins, found.losses, found.ties],
    }


def _task_page(board: Board, task: TaskRow, ident: str) -> dict[str, Any]:
    result = board.result
    rows = [row for name in (r.optimizer for r in board.rows) for row in result.of(name, task.name)]
    best = max((row for row in rows if row.winner is not None), key=_surely, default=None)
    private = {(one.optimizer, one.seed): one for one in result.private if one.task == task.name}
    return {
        "title": f"{task.title or task.name} · {TITLE}",
        "board": ident,
        "suite": result.suite,
        "task": task,
        "best": _best(task),
        "description": _description(result.suite, task.name),
        "heads": HEADS,
        "rows": [_study(row, private.get((row.optimizer, row.seed))) for row in rows],
        "winner": _winner(best) if best else None,
        "studies": [
            {"head": f"{row.optimizer}, seed {row.seed}: {_outcome(row)}", "trace": list(row.trace)}
            for row in rows
        ],
    }


def _surely(row: StudyRow) -> float:
    """Return the lower limit of a row's gain."""
    return row.difference[1] if row.difference else row.low


def _best(task: TaskRow) -> str:
    if task.control:
        return "nothing to gain"
    if task.best_value is not None:
        return f"{task.metric} {number_text(task.best_value)}"
    return f"{task.best:g} times" if task.best != 1 else "unknown"


def _description(suite: str, name: str) -> str:
    if suite not in SUITES:
        return ""
    cards = {task.name: task.card for task in open_suite(suite).tasks}
    card = cards.get(name)
    return card.description if card else ""


def _outcome(row: StudyRow) -> str:
    if row.state == "improved":
        values = (
            ""
            if row.value is None
            else f", from {number_text(row.seed_value or 0)} to {number_text(row.value)}"
        )
        gain = f"better by {gain_text(row)}" if row.difference else f"{gain_text(row)} times better"
        return f"{gain} ({row.metric}{values})"
    return row.state


def _study(row: StudyRow, private: PrivateRow | None) -> dict[str, Any]:
    gain = row.state == "improved"
    shown = gain_text(row) if gain else "failed" if row.state == "failed" else "1"
    again, kind = "–", "none"
    if private is not None:
        where = "on private instances" if private.instances else "on the same problem"
        again = f"{gain_text(private)} {where}" + ("" if private.holds else ", does not hold")
        kind = "gain" if private.holds else "failed"
    tokens = row.prompt_tokens + row.completion_tokens
    remarks = "; ".join([*row.labels, *([row.reason] if row.reason else [])])
    cells = [
        (str(row.seed), "", row.seed),
        (shown, "gain" if gain else row.state if row.state == "failed" else "none", row.ratio),
        (again, kind, private.ratio if private else 0),
        (row.verified_by or "–", "", row.verified_by),
        (str(row.evaluations), "", row.evaluations),
        (str(tokens), "", tokens),
        (duration(row.seconds), "", row.seconds),
        (remarks, "wide", remarks),
    ]
    return {
        "optimizer": row.optimizer,
        "cells": [{"text": text, "class": name, "value": value} for text, name, value in cells],
    }


def _winner(row: StudyRow) -> dict[str, Any]:
    knobs = row.candidate().values
    return {
        "said": f"By {row.optimizer}, seed {row.seed}: {_outcome(row)}; verified by {row.verified_by}.",
        "parts": list(row.parts),
        "knobs": ", ".join(f"{name} = {value}" for name, value in knobs.items()),
        "diff": [{"text": line, "class": _kind(line)} for line in row.patch.splitlines()],
    }


def _kind(line: str) -> str:
    if line.startswith(("diff ", "--- ", "+++ ", "@@", "new file", "deleted file")):
        return "place"
    return {"+": "added", "-": "removed"}.get(line[:1], "")
