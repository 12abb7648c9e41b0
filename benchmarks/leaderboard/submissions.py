"""May a result enter the leaderboard? What `strop bench check-submission` refuses, and why."""

from __future__ import annotations

from pathlib import Path

from strop.benchmarks.leaderboard.result import Result, load_result
from strop.benchmarks.leaderboard.tasks import SUITES, open_suite
from strop.errors import ConfigError

__all__ = ["LEAST_SEEDS", "LIMITS", "check_submission"]

LEAST_SEEDS = 3
"""Seeds for each optimizer and task; fewer say nothing about luck."""

LIMITS = {"kernels": 12, "pycode": 12}
"""Most evaluations of a study, by suite."""


def check_submission(file: Path) -> list[str]:
    """Return why a result may not enter, a sentence each; empty: it may."""
    try:
        result = load_result(file)
    except ConfigError as error:
        return [str(error)]
    return [*_conditions(result), *_studies(result)]


def _conditions(result: Result) -> list[str]:
    problems = []
    if result.suite not in SUITES:
        problems.append(f"suite: {result.suite} is no bundled suite; known: {', '.join(SUITES)}")
    else:
        digests = {task.name: task.digest() for task in open_suite(result.suite).tasks}
        changed = [task.name for task in result.tasks if digests.get(task.name) != task.digest]
        if changed:
            problems.append(f"tasks: {', '.join(changed)}: files are others than this version's")
        absent = sorted(digests.keys() - {task.name for task in result.tasks})
        if absent:
            problems.append(f"tasks: {', '.join(absent)} are missing; a submission has the whole suite")
    if result.model.kind == "scripted":
        problems.append("model.kind: a scripted model is for tests, and never ranks")
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
    if not result.complete:
        wanted = len(result.optimizers) * len(result.tasks) * len(result.seeds)
        problems.append(f"studies: {len(result.studies)} of {wanted}; none may be left out")
    return problems


def _studies(result: Result) -> list[str]:
    problems = []
    for row in result.studies:
        where = f"{row.task}, {row.optimizer}, seed {row.seed}"
        if len(row.trials) != row.evaluations:
            problems.append(f"{where}: {row.evaluations} evaluations, but {len(row.trials)} trials are told")
        if row.evaluations and not row.trace:
            problems.append(f"{where}: trace is missing: what was tried, in order")
        if row.state == "improved" and (row.winner is None or not row.verified_by or not row.metrics):
            problems.append(f"{where}: a claim needs winner, verified_by and metrics, to be measured again")
        if row.state != "improved" and row.ratio != 1:
            problems.append(f"{where}: ratio {row.ratio:g} without a claim; it counts as 1")
        limit = result.limits.evaluations
        if limit is not None and row.evaluations > limit:
            problems.append(f"{where}: {row.evaluations} evaluations; the limit is {limit}")
    return problems
