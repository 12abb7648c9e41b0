"""What `strop apply` writes, and what it leaves to the user."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from strop.applying import apply_trial, final_patch, knob_notes
from strop.candidate import BASELINE, Candidate, FileEdit
from strop.cli import main
from strop.errors import ConfigError
from strop.job import parse_job
from strop.sandbox.knobs import deliver
from strop.sandbox.workspace import Snapshot
from strop.study import Study
from strop.testing.repositories import FAST, SLOW, make_repository
from strop.trial import Comparison, TrialState

KNOBS = [
    {"name": "size", "type": "int", "low": 1, "high": 9, "default": 1},
    {"name": "level", "type": "categorical", "choices": ["-O1", "-O2"], "default": "-O1"},
    {"name": "depth", "type": "int", "low": 1, "high": 9, "default": 2, "file": "conf.json", "key": "depth"},
]


def study_with(tmp_path: Path, candidate: Candidate) -> tuple[Path, Study]:
    """Return a repository and a study of it whose trial 1 is a finished one of the candidate."""
    repository = make_repository(tmp_path / "r")
    (repository / "conf.json").write_text('{"depth": 2}\n', encoding="utf-8")
    subprocess.run(["git", "-C", str(repository), "add", "conf.json"], check=True)
    subprocess.run(["git", "-C", str(repository), "commit", "--quiet", "--message", "conf"], check=True)
    data = {
        "name": "demo",
        "target": {"files": ["numbers_shared.py"]},
        "commands": {"build": "cc {level}", "benchmark": "python bench.py"},
        "knobs": KNOBS,
    }
    study = Study.create(repository, parse_job(data, "strop.toml"))
    snapshot = Snapshot.take(repository, study.folder, study.job.target)
    study.finish(replace(study.begin(BASELINE), state=TrialState.COMPLETE))
    study.add(candidate, snapshot.texts)
    comparison = Comparison("wall_time", 2.0, 1.9, 2.1, 8, "measured")
    row = study.begin(candidate)
    study.finish(replace(row, state=TrialState.COMPLETE, comparisons=(comparison,)))
    return repository, study


def test_code_and_config_are_written_and_the_rest_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    knobs = (("size", 4), ("level", "-O2"), ("depth", 5))
    repository, study = study_with(tmp_path, Candidate((FileEdit("numbers_shared.py", FAST),), knobs))
    patch = final_patch(study, study.candidate(study.trials()[1].candidate))
    assert main(["diff", "1", "-C", str(repository)]) == 0
    shown = capsys.readouterr()
    assert shown.out == patch and '+{"depth": 5}' in patch and "a/numbers_shared.py" in patch
    assert "set SIZE to 4 (today 1)" in shown.err
    said = apply_trial(repository, study, 1, None)
    diff = ["git", "-C", str(repository), "diff", "--no-ext-diff", "--quiet"]
    assert subprocess.run(diff, check=False).returncode == 1
    back = ["git", "-C", str(repository), "apply", "--reverse", "--check"]
    subprocess.run(back, input=patch.encode(), check=True)  # the patch is what was written
    assert (repository / "numbers_shared.py").read_text(encoding="utf-8") == FAST
    assert (repository / "conf.json").read_text(encoding="utf-8") == '{"depth": 5}\n'
    assert "set SIZE to 4 (today 1)" in said and "set {level} to -O2 (today -O1)" in said


def test_a_placeholder_of_a_service_is_no_variable() -> None:
    data = {
        "name": "served",
        "commands": {"benchmark": "python load.py"},
        "service": {"start": "gunicorn --workers {workers} app", "ready": "curl localhost"},
        "metrics": [{"name": "p95"}],
        "knobs": [{"name": "workers", "type": "int", "low": 1, "high": 9, "default": 1}],
    }
    job = parse_job(data, "strop.toml")
    notes = knob_notes(job, Candidate(knobs=(("workers", 8),)))
    assert notes == ["set {workers} to 8 (today 1)"]
    assert deliver(job, {"workers": 8}, lambda path: None).env == {}


def test_a_base_that_moved_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    repository, study = study_with(tmp_path, Candidate((FileEdit("numbers_shared.py", FAST),)))
    changed = SLOW + "\n# mine\n"
    (repository / "numbers_shared.py").write_text(changed, encoding="utf-8")
    with pytest.raises(ConfigError, match="numbers_shared.py changed since"):
        apply_trial(repository, study, 1, None)
    assert (repository / "numbers_shared.py").read_text(encoding="utf-8") == changed


def test_a_file_that_nobody_has_seen_is_not_overwritten(tmp_path: Path) -> None:
    repository, study = study_with(
        tmp_path, Candidate((FileEdit("numbers_shared.py", FAST), FileEdit("own.py", "x = 1\n")))
    )
    (repository / ".git" / "info" / "exclude").write_text("own.py\n", encoding="utf-8")
    (repository / "own.py").write_text("mine\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="own.py would be overwritten"):
        apply_trial(repository, study, 1, None)
    assert (repository / "own.py").read_text(encoding="utf-8") == "mine\n"
    assert (repository / "numbers_shared.py").read_text(encoding="utf-8") == SLOW
    assert "branch fast" in apply_trial(repository, study, 1, "fast")


def test_a_file_in_another_encoding_is_left_as_it_is(tmp_path: Path) -> None:
    repository, study = study_with(tmp_path, Candidate(knobs=(("depth", 5),)))
    snapshot = Snapshot.load(study.folder, study.job.target)
    assert snapshot.text("conf.json") == '{"depth": 2}\n' and snapshot.text("none") is None
    (repository / "conf.json").write_bytes(b'{"depth": 2, "name": "\xf6"}\n')
    other = Study.create(repository, study.job)
    Snapshot.take(repository, other.folder, other.job.target)
    with pytest.raises(ConfigError, match="conf.json: there is no such text file, in UTF-8"):
        deliver(other.job, {"depth": 5}, Snapshot.load(other.folder, other.job.target).text)


def test_a_trial_that_is_not_there_is_named(tmp_path: Path) -> None:
    repository, study = study_with(tmp_path, Candidate(knobs=(("size", 4),)))
    with pytest.raises(ConfigError, match="has no trial 7; known: 1"):
        apply_trial(repository, study, 7, None)
    with pytest.raises(ConfigError, match="nothing to commit"):
        apply_trial(repository, study, 1, "fast")
    with pytest.raises(ConfigError, match="no confirmed improvement"):
        apply_trial(repository, study, None, None)
