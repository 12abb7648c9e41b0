"""Does a result's claim hold? Its winners are measured again, on instances that nobody has seen."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

from strop.benchmarks.leaderboard.columns import interval
from strop.benchmarks.leaderboard.foreign import open_any
from strop.benchmarks.leaderboard.judging import judge_of
from strop.benchmarks.leaderboard.result import PrivateRow, Result, StudyRow, load_result, save_result
from strop.benchmarks.leaderboard.tasks import Suite, Task
from strop.candidate import Candidate
from strop.errors import ConfigError

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
            for row, found in zip(todo, _verified(tasks[name], todo, sandbox), strict=True):
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


def _verified(task: Task, rows: list[StudyRow], sandbox: str | None) -> list[PrivateRow]:
    found = []
    with judge_of(task, sandbox=sandbox, seed=secrets.randbelow(2**31)) as judge:
        for row in rows:
            assert row.winner is not None
            candidate = Candidate.from_json(dict(row.winner))
            again = judge.confirm(candidate, expected=row.ratio)
            first = again.comparisons[0] if again.comparisons else None
            found.append(
                PrivateRow(
                    task=row.task,
                    optimizer=row.optimizer,
                    seed=row.seed,
                    ratio=first.ratio if first else 1.0,
                    low=first.low if first else 1.0,
                    high=first.high if first else 1.0,
                    holds=again.claimed,
                    reason=again.reason,
                    instances=again.seeds,
                )
            )
    return found


def _sentence(row: StudyRow, private: PrivateRow) -> str:
    shown = interval(private.ratio, private.low, private.high)
    verdict = "holds" if private.holds else f"DOES NOT HOLD ({private.reason})"
    return (
        f"{row.task}, {row.optimizer}, seed {row.seed}: claimed {interval(row.ratio, row.low, row.high)}, "
        f"on private instances {shown}: {verdict}"
    )
