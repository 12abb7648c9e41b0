"""The study keeps every trial, through kill -9 and across processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from strop.candidate import BASELINE, Candidate, FileEdit
from strop.errors import ConfigError, StorageError
from strop.job import Job, parse_job
from strop.study import Study, latest_study, study_names
from strop.trial import Comparison, StageResult, Trial, TrialState, Verdict


def job() -> Job:
    knob = {"name": "chunk", "type": "int", "low": 1, "high": 64, "log": True, "default": 8}
    commands = {"benchmark": "python bench.py"}
    data = {"name": "demo", "commands": commands, "target": {"files": ["*.py"]}, "knobs": [knob]}
    return parse_job(data, "strop.toml")


def finished(trial: Trial, ratio: float) -> Trial:
    comparison = Comparison(
        "wall_time",
        ratio,
        ratio * 0.9,
        ratio * 1.1,
        2,
        "measured",
        (1.0, 1.1),
        (0.5, 0.6),
        corrections=(0.1, -0.1),
    )
    stages = (StageResult("test", True, 0.5, "3 tests passed", "test.log"),)
    return replace(
        trial,
        state=TrialState.COMPLETE,
        verdict=Verdict.PROMISING,
        comparisons=(comparison,),
        stages=stages,
        profile={"hot": [{"fn": "a.py:f", "self_pct": 50.0}]},
    )


def test_trials_come_back_as_they_were_written(tmp_path: Path) -> None:
    study = Study.create(tmp_path, job())
    candidate = Candidate((FileEdit("a.py", "x = 2\n"),), (("chunk", 16),), ("p",), "coder", "why")
    study.add(candidate, {"a.py": "x = 1\n"})
    zero = study.begin(BASELINE)
    one = study.begin(candidate, turn=3)
    assert (zero.number, one.number) == (0, 1)
    study.finish(finished(one, 2.0))
    study.set("note", {"a": [1, None]})

    again = latest_study(tmp_path)
    assert again.name == study.name == "demo-1"
    rows = again.trials()
    assert [row.state for row in rows] == [TrialState.RUNNING, TrialState.COMPLETE]
    assert rows[1] == finished(one, 2.0)
    assert again.candidate(candidate.id) == candidate
    assert again.candidate(candidate.id).rationale == "why"
    assert "-x = 1\n+x = 2\n" in again.patch(candidate.id)
    assert again.get("note") == {"a": [1, None]} and again.get("nothing", 7) == 7


def test_rows_are_optuna_trials_with_log_ratios(tmp_path: Path) -> None:
    import optuna

    study = Study.create(tmp_path, job())
    good = study.begin(Candidate(knobs=(("chunk", 32),), author="optuna"))
    study.finish(finished(good, 2.0))
    bad = study.begin(Candidate(knobs=(("chunk", 1),), author="optuna"))
    study.finish(replace(bad, state=TrialState.FAILED, stage="test", reason="tests failed: t"))
    rows = optuna.load_study(storage=f"sqlite:///{tmp_path}/.strop/study.db", study_name="demo-1").trials
    assert rows[0].params == {"chunk": 32}
    assert rows[0].value == pytest.approx(-0.6931, abs=1e-3)
    assert rows[1].state is optuna.trial.TrialState.FAIL
    assert rows[1].user_attrs["reason"] == "tests failed: t"


def test_studies_of_other_versions_are_read() -> None:
    data = finished(Trial(1, "c", "coder", TrialState.RUNNING), 2.0).to_json()
    data["comparisons"][0].pop("corrections")  # of a version that corrected nothing
    data["comparisons"][0]["of_tomorrow"] = 1
    again = Trial.from_json(data)
    assert again.objective is not None and again.objective.corrections == ()


def test_finishing_twice_changes_nothing(tmp_path: Path) -> None:
    study = Study.create(tmp_path, job())
    row = study.begin(Candidate(author="rules"))
    study.finish(finished(row, 2.0))
    reopened = Study(tmp_path, study.name)
    reopened.finish(finished(row, 3.0))
    reopened.recover()
    (kept,) = reopened.trials()
    assert kept.objective is not None and kept.objective.ratio == 2.0


def test_missing_studies_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="strop run"):
        latest_study(tmp_path)
    Study.create(tmp_path, job())
    with pytest.raises(StorageError, match="known: demo-1"):
        Study(tmp_path, "other")
    Study.create(tmp_path, job())
    assert study_names(tmp_path) == ["demo-1", "demo-2"]


def test_unasked_nobody_means_a_control(tmp_path: Path) -> None:
    first = Study.create(tmp_path, job())
    control = Study.create(tmp_path, job(), f"{first.name}-optuna", beside=first.name)
    assert study_names(tmp_path)[-1] == control.name
    assert latest_study(tmp_path).name == first.name
    assert latest_study(tmp_path, control.name).name == control.name


def write_forever(root: Path) -> None:
    """Write trials until the process is killed; what is printed was finished before."""
    study = Study(root, "demo-1")
    study.recover()
    for trial in study.trials():
        if trial.state is TrialState.RUNNING:
            study.finish(finished(trial, 1.5))
            print(json.dumps(trial.number), flush=True)
    while True:
        number = len(study.trials())
        candidate = Candidate((FileEdit("a.py", f"x = {number}\n"),), author="rules")
        study.add(candidate, {})
        row = study.begin(candidate)
        study.finish(finished(row, 1.5))
        print(json.dumps(row.number), flush=True)


@pytest.mark.slow
def test_kill_during_writes_loses_no_finished_trial(tmp_path: Path) -> None:
    Study.create(tmp_path, job())
    said: list[int] = []
    for kill in range(6):
        command = [sys.executable, __file__, str(tmp_path)]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": ""})
        assert writer.stdout is not None
        # Killed after a different number of lines each time: the instant within a write varies.
        for _ in range(2 + kill):
            said.append(int(writer.stdout.readline()))
        writer.send_signal(signal.SIGKILL)
        rest = writer.stdout.read().split(b"\n")
        said += [int(line) for line in rest[:-1] if line]
        writer.stdout.close()
        writer.wait()
    study = Study(tmp_path, "demo-1")
    study.recover()
    rows = study.trials()
    assert [row.number for row in rows] == list(range(len(rows)))
    complete = {row.number for row in rows if row.state is TrialState.COMPLETE}
    assert set(said) <= complete
    assert len(said) == len(set(said))


if __name__ == "__main__":
    write_forever(Path(sys.argv[1]))
