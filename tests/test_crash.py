"""kill -9 at five instants: nothing finished is lost or doubled, nothing is left running."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from strop.benchmarks.self.kills import kill_and_resume, processes_with
from strop.testing.repositories import JOB, make_repository


@pytest.mark.slow
def test_kill_and_resume(tmp_path: Path) -> None:
    mark = f"strop-test-{uuid.uuid4().hex}"
    job = JOB + f'\n[commands.env]\nSTROP_MARK = "{mark}"\n'
    repository = make_repository(tmp_path / "r", job=job)
    flags = ("--optimizer", "rules", "--optimizer", "optuna")
    findings = kill_and_resume(repository, kills=5, evaluations=3, sandbox="process", seed=3, flags=flags)
    assert not findings.problems, findings
    assert findings.status in ("improved", "no improvement found")
    assert not processes_with(mark)
