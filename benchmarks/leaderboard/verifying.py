"""Does a result's claim hold? Its winners are measured again, on instances that nobody has seen.

A task that is one fixed problem has no other instances: there the same problem is measured again.
"""

from __future__ import annotations

import json
import math
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from strop.benchmarks.leaderboard.columns import gain_text
from strop.benchmarks.leaderboard.foreign import open_any
from strop.benchmarks.leaderboard.judging import judge_of
from strop.benchmarks.leaderboard.result import (
    ISOLATED,
    PrivateRow,
    Result,
    StudyRow,
    load_result,
    save_result,
)
from strop.benchmarks.leaderboard.tasks import SUITES, Suite, Task
from strop.errors import ConfigError
from strop.job import load_job
from strop.trial import Confirmation

__all__ = ["verify_result"]

SMALLER = "smaller than claimed"


def verify_result(
    file: Path,
    *,
    suite: str | None,
    sandbox: str | None,
    say: Callable[[str], None],
    again: bool = False,
    with_settings: bool = False,
) -> list[PrivateRow]:
    """Measure each winner of a result again, keep what came of it in the file, and return it.

    The search's seeds are drawn anew, and so are those of the confirmation: nothing of the instances is
    what the search saw.

    Args:
        file: The result, or its folder. It may be anybody's: what it says is no reason to run anything
            but its winners, in a sandbox that isolates.
        suite: Folder of its tasks; default: the bundled suite of its name.
        sandbox: Where commands run; default: as the result says, or its tasks, but never "process".
        say: Told a sentence for each setting that is applied, and for each winner.
        again: Measure those anew, too, that were measured before.
        with_settings: Apply what the result sets all jobs to; without it such a result is refused.

    Raises:
        ConfigError: The file, or its suite, can't be read; the tasks are others than the result's; or it has
            settings that nobody asked for.
        SandboxError: A provider failed; what was verified before is kept.
    """
    result = load_result(file)
    file = file / "result.json" if file.is_dir() else file
    settings = _settings(result, file, asked=with_settings)
    for key, value in settings.items():
        say(f"setting {key} = {json.dumps(value)}")
    claims = [row for row in result.studies if row.winner is not None or row.state == "improved"]
    if unknown := {row.task for row in claims} - {task.name for task in result.tasks}:
        raise ConfigError(f"{file}: studies: {', '.join(sorted(unknown))}: not among the result's tasks")
    tasks = {task.name: task for task in _suite_of(result, suite, {row.task for row in claims}).tasks}
    winners = [row for row in claims if row.winner is not None]
    known = {row.key: row for row in result.private}
    before = set() if again else set(known)
    for name in dict.fromkeys(row.task for row in winners):
        todo = [row for row in winners if row.task == name and row.key not in before]
        if todo:
            fresh = _verified(tasks[name], todo, sandbox or _sandbox(result, tasks[name]), settings)
            # One after the other: what was drawn once is kept, whatever stops the next one.
            for row, found in zip(todo, fresh, strict=True):
                known[row.key] = found
                result = result.model_copy(update={"private": tuple(known[key] for key in sorted(known))})
                save_result(result, file)
    lost = {row.key: _without_winner(row) for row in claims if row.winner is None}
    rows = [lost[row.key] if row.key in lost else known[row.key] for row in claims]
    for row, private in zip(claims, rows, strict=True):
        # A file that was handed in may hold anything: nobody should take that for what was measured now.
        old = "; measured before, --again measures it anew" if row.key in before else ""
        say(_sentence(row, private) + old)
    return rows


def _without_winner(row: StudyRow) -> PrivateRow:
    """Return what comes of a claim that nothing is left of to measure: it doesn't hold."""
    reason = "the result keeps no winner that could be measured"
    return PrivateRow(
        task=row.task,
        optimizer=row.optimizer,
        seed=row.seed,
        ratio=1.0,
        low=1.0,
        high=1.0,
        holds=False,
        reason=reason,
    )


def _suite_of(result: Result, given: str | None, claimed: Collection[str]) -> Suite:
    """Return the suite of a result; of the tasks of its claims the files have to be the same."""
    if given is None and result.suite not in SUITES:
        raise ConfigError(
            f"suite: {result.suite!r} is no bundled one ({', '.join(SUITES)}); give its folder by --suite DIR"
        )
    suite = open_any(given or result.suite)
    digests = {task.name: task.digest() for task in suite.tasks}
    for task in (one for one in result.tasks if one.name in claimed):
        if task.name not in digests:
            raise ConfigError(f"--suite: {suite.name} has no task {task.name}, which the result is of")
        if task.digest != digests[task.name]:
            raise ConfigError(
                f"task {task.name}: its files are others than those the result is of "
                f"({digests[task.name]}, not {task.digest}); verify it with that version of the suite"
            )
    return suite


def _sandbox(result: Result, task: Task) -> str:
    """Return where a result's winners of a task run, unasked: where they are isolated."""
    named = result.machine.get("sandbox")
    if named in ISOLATED:
        return str(named)
    own = load_job(task.repository).sandbox.backend
    return own if own in ISOLATED else "auto"


def _settings(result: Result, file: Path, *, asked: bool) -> dict[str, Any]:
    """Return what all jobs are set to, but for the model: nobody is asked here; raises `ConfigError`.

    They are commands, files and tolerances of whoever wrote the file. Where things run they never say.
    """
    found = {key: value for key, value in result.settings.items() if key.partition(".")[0] != "model"}
    if found and not asked:
        raise ConfigError(
            f"{file}: settings: {', '.join(sorted(found))}: they change what the tasks' jobs run and check; "
            "--with-settings verifies it under them all the same, and prints each"
        )
    return {key: value for key, value in found.items() if key != "sandbox.backend"}


def _verified(
    task: Task, rows: list[StudyRow], sandbox: str | None, settings: Mapping[str, Any]
) -> Iterator[PrivateRow]:
    with judge_of(task, sandbox=sandbox, seed=secrets.randbelow(2**31), settings=settings) as judge:
        for row in rows:
            yield _private(row, judge.confirm(row.candidate(), expected=row.ratio))


def _private(row: StudyRow, again: Confirmation) -> PrivateRow:
    """Return what came of a winner; its ratio is 1 where nothing was measured, or without any bound."""
    first = again.comparisons[0] if again.comparisons else None
    bounds = (first.low, first.high, *(first.difference or ())) if first else ()
    measured: dict[str, Any] = {"ratio": 1.0, "low": 1.0, "high": 1.0}
    if first is not None and all(math.isfinite(bound) for bound in bounds):
        measured = {key: getattr(first, key) for key in ("ratio", "low", "high", "difference")}
    private = PrivateRow(
        task=row.task,
        optimizer=row.optimizer,
        seed=row.seed,
        **measured,
        holds=again.claimed,
        reason=again.reason,
        instances=again.seeds,
    )
    if not _smaller(row, private):
        return private
    return private.model_copy(update={"reason": "; ".join(filter(None, (again.reason, SMALLER)))})


def _smaller(row: StudyRow, private: PrivateRow) -> bool:
    """Whether a claim holds, and yet is surely smaller than it was: the intervals lie apart."""
    if row.difference and private.difference:
        return private.holds and private.difference[2] < row.difference[1]
    return private.holds and private.high < row.low


def _sentence(row: StudyRow, private: PrivateRow) -> str:
    if row.winner is None:
        where = f"{row.task}, {row.optimizer}, seed {row.seed}"
        return f"{where}: claimed {gain_text(row)}: DOES NOT HOLD ({private.reason})"
    where = "on private instances" if private.instances else "the same problem measured again:"
    held = f"holds, but {SMALLER}" if _smaller(row, private) else "holds"
    verdict = held if private.holds else f"DOES NOT HOLD ({private.reason})"
    return (
        f"{row.task}, {row.optimizer}, seed {row.seed}: claimed {gain_text(row)}, {where} "
        f"{gain_text(private)}: {verdict}"
    )
