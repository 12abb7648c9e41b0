"""Evaluates given candidates of a task outside of any study, to prove tasks sound and claims true."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strop.benchmarks.leaderboard.tasks import Task, copy_repository
from strop.candidate import BASELINE, Candidate
from strop.job import load_job
from strop.running_workplace import Workplace, backend_of, build_workplace, close_backend
from strop.sandbox.baseline import Baseline
from strop.sandbox.workspace import Snapshot
from strop.trial import Confirmation, Trial, TrialState

__all__ = ["Judge", "judge_of"]

DESIGNED = 1.25
"""The gain that a confirmation is planned for where nothing is known of the candidate."""


@dataclass
class Judge:
    """A task, ready to evaluate candidates."""

    place: Workplace
    baseline: Baseline
    measured: Trial  # of the seed solution
    count: int = 0

    def evaluate(self, candidate: Candidate) -> Trial:
        """Return a trial of a candidate, as a search would get it; raises `SandboxError`."""
        self.count += 1
        row = Trial(self.count, candidate.id, candidate.author, TrialState.RUNNING)
        return self.place.evaluator.evaluate(candidate, row, self.baseline)

    def confirm(self, candidate: Candidate, expected: float = DESIGNED, claims_made: int = 1) -> Confirmation:
        """Return a confirmation of a candidate, on inputs that no trial has seen; raises `SandboxError`."""
        self.count += 1
        plan = self.baseline.plan(self.place.job, expected, seen=0)
        return self.place.evaluator.confirm(
            candidate, self.baseline, pairs=plan, label=f"confirm-{self.count}", claims_made=claims_made
        )


@contextmanager
def judge_of(
    task: Task, *, sandbox: str | None = None, seed: int = 0, settings: Mapping[str, Any] | None = None
) -> Iterator[Judge]:
    """Measure a task's seed solution and go on with candidates of it.

    Args:
        task: The task.
        sandbox: Where commands run; default: as the job says.
        seed: That all instances are drawn from.
        settings: Further keys of the job, dotted.

    Raises:
        ConfigError: The task's job is wrong, or its seed solution doesn't work.
        SandboxError: The provider failed.
    """
    overrides = {**(settings or {}), "seed": seed, **({"sandbox.backend": sandbox} if sandbox else {})}
    with tempfile.TemporaryDirectory(prefix="strop-judge-") as name:
        root, study = Path(name) / "repository", Path(name) / "study"
        root.mkdir()
        study.mkdir()
        copy_repository(task, root)
        job = load_job(root, overrides)
        snapshot = Snapshot.take(root, study, job.target)
        place = build_workplace(job, snapshot, backend_of(job), study / "trials", f"judge-{task.name}")
        try:
            row = Trial(0, BASELINE.id, BASELINE.author, TrialState.RUNNING)
            measured, baseline = place.evaluator.baseline(row)
            yield Judge(place, baseline, measured)
        finally:
            close_backend(place)
