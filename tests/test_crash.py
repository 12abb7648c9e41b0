"""kill -9 at five instants: nothing finished is lost or doubled, nothing is left running."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from strop.benchmarks.self.kills import kill_and_resume, marked_job, processes_with
from strop.study import latest_study
from strop.testing.repositories import make_repository
from strop.trial import TrialState


@pytest.mark.slow
def test_kill_and_resume(tmp_path: Path) -> None:
    mark = f"strop-test-{uuid.uuid4().hex}"
    repository = make_repository(tmp_path / "r", job=marked_job(mark))
    flags = ("--optimizer", "rules", "--optimizer", "optuna")
    findings = kill_and_resume(repository, kills=5, evaluations=4, sandbox="process", seed=3, flags=flags)
    assert not findings.problems, findings
    assert findings.status in ("improved", "no improvement found")
    assert not processes_with(mark)


@pytest.mark.slow
def test_ctrl_c_marks_what_is_in_flight_and_resume_ends_the_job(tmp_path: Path) -> None:
    mark = f"strop-test-{uuid.uuid4().hex}"
    repository = make_repository(tmp_path / "r", job=marked_job(mark))
    run = ["run", "--optimizer", "rules", "--evaluations", "2", "--sandbox", "process"]
    command = [sys.executable, "-m", "strop.cli"]
    job = subprocess.Popen(
        [*command, *run, "--progress", "json"],
        cwd=repository,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Who runs the tests in the background of a script has them ignore Ctrl-C, and so their children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert job.stdout is not None
    for line in job.stdout:
        event = json.loads(line)
        if event["kind"] == "stage" and event["trial"] == 1 and event["stage"] == "measure":
            job.send_signal(signal.SIGINT)
            break
    _, errors = job.communicate()
    assert job.returncode == 130, errors
    assert b"strop resume" in errors
    assert not processes_with(mark)
    study = latest_study(repository)
    assert [t.state for t in study.trials() if t.number > 0] == [TrialState.INTERRUPTED]
    assert study.get("status") == "interrupted"
    done = subprocess.run([*command, "resume"], cwd=repository, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    again = latest_study(repository)
    assert again.name == study.name and again.get("status") == "improved"
    complete = [t for t in again.trials() if t.number > 0 and t.state is TrialState.COMPLETE]
    assert 1 <= len(complete) <= 2
