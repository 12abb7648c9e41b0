"""May a result enter the leaderboard? What `strop bench check-submission` refuses, and why."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from strop.agents.optimizers.arms.opening import ARMS as ARMS_WITH_MODEL
from strop.applying import final_edits
from strop.benchmarks.leaderboard.known import REFERENCES
from strop.benchmarks.leaderboard.result import ISOLATED, Limits, Metric, Result, StudyRow, load_result
from strop.benchmarks.leaderboard.runner import task_row
from strop.benchmarks.leaderboard.tasks import SUITES, Suite, Task, copy_repository, open_suite
from strop.candidate import Candidate, unified_diff
from strop.errors import ConfigError, StropError
from strop.job import Job, load_job
from strop.sandbox.knobs import deliver
from strop.sandbox.workspace import Snapshot

__all__ = ["LEAST_SEEDS", "LIMITS", "check_submission"]

LEAST_SEEDS = 3
"""Seeds for each optimizer and task; fewer say nothing about luck."""

LIMITS = {
    "kernels": 12,
    "pycode": 12,
    "constructions": 12,
    "heuristics": 12,
    "serving": 12,
    "modeling": 12,
    "design": 12,
    "decoding": 12,
}
"""Most evaluations of a study, by suite: those of a run that says nothing of limits."""

SLACK = 1.05
"""How far tokens and dollars may lie above their limit: a call is let through by strop's own estimate of its
length, and counted as its provider counts."""

AFTER = 2.0
AFTER_S = 3600.0
"""Minutes end the search alone: what is being tried is finished, and the confirmation and the parts of the
winner come after. As long again, and a quarter of an hour, is enough for that."""

NAMED = 3
"""Studies of one fault that are named; the others are counted."""

Key = tuple[str, str, int]
T = TypeVar("T")


def check_submission(file: Path) -> list[str]:
    """Return why a result may not enter, a sentence each; empty: it may."""
    try:
        result = load_result(file)
    except ConfigError as error:
        return [str(error)]
    suite = open_suite(result.suite) if result.suite in SUITES else None
    problems = [*_conditions(result, suite), *_whole(result), *_studies(result, suite)]
    if result.private:
        problems.append(
            "private: measured by who runs the leaderboard, never by who hands in; leave it empty"
        )
    return [*problems, *_winners(result, suite)]


def _conditions(result: Result, suite: Suite | None) -> list[str]:
    problems = []
    if suite is None:
        problems.append(f"suite: {result.suite} is no bundled suite; known: {', '.join(SUITES)}")
    else:
        digests = {task.name: task.digest() for task in suite.tasks}
        changed = [task.name for task in result.tasks if digests.get(task.name) != task.digest]
        if changed:
            problems.append(f"tasks: {', '.join(changed)}: files are others than this version's")
        # What is a control, and what the best known is, no submission decides.
        rows = {task.name: task_row(task) for task in suite.tasks}
        same = {"varies": False}  # follows from the files, and older results don't say it
        retold = [
            task.name
            for task in result.tasks
            if task.name in rows and rows[task.name].model_copy(update=same) != task.model_copy(update=same)
        ]
        if other := [name for name in retold if name not in changed]:
            problems.append(f"tasks: {', '.join(other)}: told otherwise than this version has them")
        absent = sorted(digests.keys() - {task.name for task in result.tasks})
        if absent:
            problems.append(f"tasks: {', '.join(absent)} are missing; a submission has the whole suite")
    if result.machine.get("sandbox") not in ISOLATED:
        problems.append(f"machine.sandbox: {result.machine.get('sandbox')!r}; one of {', '.join(ISOLATED)}")
    if result.model.kind == "scripted":
        problems.append("model.kind: a scripted model is for tests, and never ranks")
    if known := sorted(REFERENCES & set(result.optimizers)):
        problems.append(
            f"optimizers: {', '.join(known)}: proposes what the tasks hold as solved; it is no optimizer"
        )
    if (asking := sorted({*ARMS_WITH_MODEL} & set(result.optimizers))) and not result.model.name:
        problems.append(f"model.name: missing; {', '.join(asking)} ask one")
    if len(result.seeds) < LEAST_SEEDS:
        problems.append(f"seeds: {len(result.seeds)}; at least {LEAST_SEEDS}")
    most = LIMITS.get(result.suite)
    asked = result.limits.evaluations
    if most is not None and (asked is None or asked > most):
        shown = "no limit" if asked is None else asked
        problems.append(f"limits.evaluations: {shown}; this suite allows {most}")
    other = sorted(key for key in result.settings if not key.startswith("model."))
    if other:
        problems.append(f"settings: {', '.join(other)}: every job of a submission is as its task has it")
    return problems


def _whole(result: Result) -> list[str]:
    """Return why the studies are not exactly one for each task, optimizer and seed."""
    problems = []
    lists = {
        "tasks": [task.name for task in result.tasks],
        "optimizers": result.optimizers,
        "seeds": result.seeds,
    }
    for field, values in lists.items():
        if twice := _twice(values):
            problems.append(f"{field}: {', '.join(map(str, twice))} given twice")
    wanted, keys = set(result.keys()), [row.key for row in result.studies]
    if missing := wanted - set(keys):
        problems.append(
            f"studies: {len(missing)} of {len(wanted)} are missing ({_named(missing)}); none may be left out"
        )
    if other := set(keys) - wanted:
        problems.append(f"studies: {_named(other)}: of no task, optimizer and seed that this result lists")
    if again := _twice(keys):
        problems.append(f"studies: {_named(again)}: there more than once; each study counts once")
    return problems


def _twice(values: Iterable[T]) -> list[T]:
    return [value for value, count in Counter(values).items() if count > 1]


def _where(key: Key) -> str:
    return f"{key[0]}, {key[1]}, seed {key[2]}"


def _named(keys: Iterable[Key]) -> str:
    found = sorted(keys)
    more = f"; and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return "; ".join(_where(key) for key in found[:NAMED]) + more


def _studies(result: Result, suite: Suite | None) -> list[str]:
    problems = []
    by_difference = {
        task.name: load_job(task.repository).objective.compare == "difference"
        for task in (suite.tasks if suite else ())
    }
    for row in result.studies:
        where = _where(row.key)
        problems += [f"{where}: {fault}" for fault in _numbers(row, by_difference.get(row.task))]
        if len(row.trials) != row.evaluations:
            problems.append(f"{where}: {row.evaluations} evaluations, but {len(row.trials)} trials are told")
        told = sum(bool(line.strip()) for line in row.trace)
        if told < len(row.trials):
            problems.append(
                f"{where}: trace is missing: it tells {told} of {len(row.trials)} trials; it has what was "
                "tried, in order"
            )
        if row.state == "improved" and not row.trials:
            problems.append(f"{where}: a claim without a trial; what was proposed has been tried")
        if row.state == "missing":
            problems.append(f"{where}: state: missing; a study that isn't there has no row")
        if row.optimizer in ARMS_WITH_MODEL and row.trials and not row.calls:
            problems.append(f"{where}: calls: 0; {row.optimizer} proposes what a model answers")
        if row.state == "improved" and (row.winner is None or not row.verified_by or not row.metrics):
            problems.append(f"{where}: a claim needs winner, verified_by and metrics, to be measured again")
        if row.state != "improved" and (row.ratio, row.low, row.high) != (1, 1, 1):
            problems.append(
                f"{where}: ratio {row.ratio:g} with low {row.low:g} and high {row.high:g} without a claim; "
                "all of them are 1 there"
            )
        problems += [f"{where}: {fault}" for fault in _overspent(row, result.limits)]
    return problems


def _overspent(row: StudyRow, limits: Limits) -> list[str]:
    """Return which limits a study is over, by more than studies under such limits may come to be."""
    tokens = row.prompt_tokens + row.completion_tokens
    faults = []
    if limits.evaluations is not None and row.evaluations > limits.evaluations:
        faults.append(f"{row.evaluations} evaluations; the limit is {limits.evaluations}")
    if limits.tokens is not None and tokens > limits.tokens * SLACK:
        faults.append(f"{tokens} tokens; the limit is {limits.tokens}, and {SLACK - 1:.0%} above it")
    if limits.usd is not None and row.usd is None:
        faults.append(
            f"usd: null, an unknown price; the limit is {limits.usd:g}, so that all have to be known"
        )
    if limits.usd is not None and row.usd is not None and row.usd > limits.usd * SLACK:
        faults.append(f"{row.usd:g} USD; the limit is {limits.usd:g}, and {SLACK - 1:.0%} above it")
    if limits.minutes is not None and row.seconds > (most := limits.minutes * 60 * AFTER + AFTER_S):
        faults.append(
            f"{row.seconds:.0f} s; the limit is {limits.minutes:g} minutes, with the confirmation "
            f"{most:.0f} s"
        )
    return faults


def _winners(result: Result, suite: Suite | None) -> list[str]:
    """Return which winners are no candidates of their tasks, or others than their patches say."""
    problems = []
    same = {task.name: task.digest for task in result.tasks}
    for task in suite.tasks if suite else ():
        found: list[tuple[StudyRow, Candidate]] = []
        for row in result.studies:
            if row.task == task.name and row.winner is not None:
                try:
                    found.append((row, row.candidate()))
                except ConfigError as error:
                    problems.append(str(error))
        if found and same.get(task.name) == task.digest():
            with tempfile.TemporaryDirectory(prefix="strop-submission-") as folder:
                job, snapshot = _base(task, Path(folder))
                for row, candidate in found:
                    if fault := _fault(job, snapshot, candidate, row.patch):
                        problems.append(f"{_where(row.key)}: {fault}")
    return problems


def _base(task: Task, folder: Path) -> tuple[Job, Snapshot]:
    """Return a task's job and its files, as a study begins with them."""
    root, study = folder / "repository", folder / "study"
    root.mkdir()
    copy_repository(task, root)
    job = load_job(root)
    return job, Snapshot.take(root, study, job.target)


def _fault(job: Job, snapshot: Snapshot, candidate: Candidate, patch: str) -> str:
    """Return why a winner was in no study of this job, or why its patch is of another one; empty: neither."""

    def read(path: str) -> str | None:
        return candidate.text_of(path, {path: text} if (text := snapshot.text(path)) is not None else {})

    try:
        snapshot.tree(candidate, deliver(job, candidate.values, read).files)
        edits = final_edits(job, snapshot, candidate)
    except StropError as error:
        return f"winner: {error}"
    base = {edit.path: text for edit in edits if (text := snapshot.text(edit.path)) is not None}
    return "" if unified_diff(edits, base) == patch else "patch: not what winner comes to on the task's files"


def _numbers(row: StudyRow, by_difference: bool | None) -> list[str]:
    """Return what is wrong with a study's figures; None: nobody knows how its task is compared."""
    claims = row.state == "improved"
    faults = _impossible(row)
    faults += [f"metrics: {one.name}: {fault}" for one in row.metrics for fault in _impossible(one)]
    if claims and _lower(row) <= 0:
        faults.append("a claim whose interval holds no gain, too; a claim's does not")
    if by_difference is not None and (row.difference is not None) != (claims and by_difference):
        said = "is missing" if row.difference is None else "is none of this row's"
        faults.append(f'difference {said}: claims on metrics with compare = "difference" have one')
    return faults


def _lower(row: StudyRow) -> float:
    """Return the lower limit of a gain, where 0 is none."""
    return row.difference[1] if row.difference else row.low - 1


def _impossible(row: StudyRow | Metric) -> list[str]:
    """Return which numbers can't be a gain with its interval."""
    faults = []
    if not 0 < row.low <= row.ratio <= row.high:
        faults.append(
            f"ratio {row.ratio:g} with low {row.low:g} and high {row.high:g}; all are above 0, in this order"
        )
    found = None if isinstance(row, Metric) else row.difference
    if found and not found[1] <= found[0] <= found[2]:
        faults.append(
            f"difference {found[0]:+g} with low {found[1]:+g} and high {found[2]:+g}; low comes first"
        )
    return faults
