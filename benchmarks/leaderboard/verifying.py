"""Does a result's claim hold? Its winners are measured again, on instances that nobody has seen.

A task that is one fixed problem has no other instances: there the same problem is measured again.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from strop.benchmarks.leaderboard.columns import gain_text
from strop.benchmarks.leaderboard.foreign import open_any
from strop.benchmarks.leaderboard.judging import judge_of
from strop.benchmarks.leaderboard.result import PrivateRow, Result, StudyRow, load_result, save_result
from strop.benchmarks.leaderboard.tasks import Suite, Task
from strop.candidate import Candidate
from strop.errors import ConfigError
from strop.trial import Confirmation

__all__ = ["verify_result"]


def verify_result(
    file: Path, *, suite: str | None, sandbox: str | None, say: Callable[[str], None]
) -> list[PrivateRow]:
    """Measure each winner of a result again, keep what came of it in the file, and return it.

    The search's seeds are drawn anew, and so are those of the confirmation: nothing of the instances is
    what the search saw. Winners that were verified before are left as they are.

    Raises:
        ConfigError: The file, or its suite, can't be read; or the tasks are others than the result's.
        SandboxError: A provider failed; what was verified before is kept.
    """
    result = load_result(file)
    file = file / "result.json" if file.is_dir() else file
    tasks = {task.name: task for task in _suite_of(result, suite).tasks}
    winners = [row for row in result.studies if row.winner is not None]
    known = {(row.task, row.optimizer, row.seed): row for row in result.private}
    for name in dict.fromkeys(row.task for row in winners):
        todo = [row for row in winners if row.task == name and row.key not in known]
        if todo:
            fresh = _verified(tasks[name], todo, sandbox or _sandbox(result), _settings(result))
            # One after the other: what was drawn once is kept, whatever stops the next one.
            for row, found in zip(todo, fresh, strict=True):
                known[row.key] = found
                result = result.model_copy(update={"private": tuple(known[key] for key in sorted(known))})
                save_result(result, file)
    rows = [known[row.key] for row in winners]
    for row, private in zip(winners, rows, strict=True):
        say(_sentence(row, private))
    return rows


def _suite_of(result: Result, given: str | None) -> Suite:
    suite = open_any(given or result.suite)
    digests = {task.name: task.digest() for task in suite.tasks}
    for task in result.tasks:
        if task.name not in digests:
            raise ConfigError(f"--suite: {suite.name} has no task {task.name}, which the result is of")
        if task.digest != digests[task.name]:
            raise ConfigError(
                f"task {task.name}: its files are others than those the result is of "
                f"({digests[task.name]}, not {task.digest}); verify it with that version of the suite"
            )
    return suite


def _sandbox(result: Result) -> str | None:
    """Return the sandbox of a result, where it names one."""
    named = result.machine.get("sandbox")
    return named if named in ("docker", "bubblewrap", "process") else None


def _settings(result: Result) -> dict[str, Any]:
    """Return what all jobs were set to, but for the model: nobody is asked here."""
    return {key: value for key, value in result.settings.items() if key.partition(".")[0] != "model"}


def _verified(
    task: Task, rows: list[StudyRow], sandbox: str | None, settings: Mapping[str, Any]
) -> Iterator[PrivateRow]:
    with judge_of(task, sandbox=sandbox, seed=secrets.randbelow(2**31), settings=settings) as judge:
        for row in rows:
            assert row.winner is not None
            candidate = Candidate.from_json(dict(row.winner))
            yield _private(row, judge.confirm(candidate, expected=row.ratio))


def _private(row: StudyRow, again: Confirmation) -> PrivateRow:
    """Return what came of a winner; its ratio is 1 where nothing was measured, or without any bound."""
    first = again.comparisons[0] if again.comparisons else None
    bounds = (first.low, first.high, *(first.difference or ())) if first else ()
    measured: dict[str, Any] = {"ratio": 1.0, "low": 1.0, "high": 1.0}
    if first is not None and all(math.isfinite(bound) for bound in bounds):
        measured = {key: getattr(first, key) for key in ("ratio", "low", "high", "difference")}
    return PrivateRow(
        task=row.task,
        optimizer=row.optimizer,
        seed=row.seed,
        **measured,
        holds=again.claimed,
        reason=again.reason,
        instances=again.seeds,
    )


def _sentence(row: StudyRow, private: PrivateRow) -> str:
    where = "on private instances" if private.instances else "the same problem measured again:"
    verdict = "holds" if private.holds else f"DOES NOT HOLD ({private.reason})"
    return (
        f"{row.task}, {row.optimizer}, seed {row.seed}: claimed {gain_text(row)}, {where} "
        f"{gain_text(private)}: {verdict}"
    )
