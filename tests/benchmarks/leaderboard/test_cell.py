"""What a study becomes: a row of it, or an error that ends the run and leaves none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from strop.benchmarks.leaderboard import cell, runner
from strop.benchmarks.leaderboard.cell import Request, main, study_row
from strop.benchmarks.leaderboard.result import (
    Limits,
    StudyRow,
    load_result,
    machine_card,
    save_result,
    strop_version,
)
from strop.benchmarks.leaderboard.runner import Plan, run_suite
from strop.benchmarks.leaderboard.tasks import Suite, load_task
from strop.candidate import Candidate
from strop.errors import ConfigError
from strop.events import Event, Listener
from strop.job import Job, parse_job
from strop.optimizing import StudyResult
from strop.running import RunOptions
from strop.testing.repositories import make_repository
from strop.trial import Comparison, StageResult, Trial, TrialState

REQUEST = Request(
    task="shared",
    folder=Path(),
    work=Path(),
    row=Path(),
    optimizer="rules",
    seed=1,
    limits=Limits(evaluations=2),
)


def _trial(number: int, state: str) -> dict[str, Any]:
    ended = {"stage": "", "reason": "", "rationale": "", "candidate": "", "author": "rules", "seconds": 1.0}
    return {
        "number": number,
        "state": state,
        "verdict": None,
        "ratio": None,
        "low": None,
        "high": None,
        **ended,
    }


def _row(job: Job, measured: Sequence[Trial] = (), **further: Any) -> StudyRow:
    """Return the row of a finished study with this report."""
    cost = {
        "evaluations": 1,
        "calls": 0,
        "prompt_tokens": 0,
        "completion_tokens": 0,
        "usd": 0.0,
        "seconds": 2.0,
    }
    report: dict[str, Any] = {
        "status": "no improvement found", "best": None, "speedup": None, "unconfirmed": None, "cost": cost,
        "trials": [], "order": [], "attempts": [], "comparisons": [], "parts": [], "apart": None,
        "baseline": {"metrics": {"cap_size": 64.0}},
    }  # fmt: skip
    study = SimpleNamespace(job=job, candidate=lambda identity: Candidate(), trials=lambda: measured)
    found = SimpleNamespace(report={**report, **further}, study=study)
    return study_row(REQUEST, cast(StudyResult, found))


def _job(benchmark: str = "python run.py", **metric: Any) -> Job:
    objective = {"name": "cap_size", "direction": "maximize", **metric}
    commands = {"benchmark": benchmark, "evaluate": "python judge.py"}
    return parse_job(
        {"target": {"files": ["a.py"]}, "commands": commands, "metrics": [objective]}, "strop.toml"
    )


def _claim(difference: list[float] | None, ratio: float = 7.0) -> dict[str, Any]:
    bounds = {"ratio": ratio, "low": ratio, "high": ratio, "difference": difference}
    compared = {**bounds, "metric": "cap_size", "candidate": 448.0, "baseline": 256.0}
    speedup = {**bounds, "metric": "cap_size", "verified_by": "the evaluate command", "labels": []}
    speedup["source"] = "verified"
    best = {"patch": "", "candidate": "x", "knobs": {}, "dropped": [], "delivery": {}}
    return {"status": "improved", "speedup": speedup, "best": best, "comparisons": [compared]}


def test_a_trial_that_was_cut_off_is_no_evaluation() -> None:
    row = _row(_job(), trials=[_trial(1, "interrupted"), _trial(2, "complete")])
    assert [trial.number for trial in row.trials] == [2]
    assert len(row.trials) == row.evaluations


def test_a_trial_tells_its_value() -> None:
    compared = Comparison("cap_size", 2.0, 1.5, 2.5, 3, "verified", candidate=(100.0, 128.0, 130.0))
    measured = [
        Trial(1, "x", "rules", TrialState.COMPLETE, comparisons=(compared,)),
        Trial(2, "y", "rules", TrialState.FAILED),
        Trial(
            3,
            "z",
            "rules",
            TrialState.COMPLETE,
            comparisons=(compared,),
            stages=(StageResult("proxy", True, 1.0),),
        ),
    ]
    rows = [_trial(trial.number, trial.state.value) for trial in measured]
    assert [trial.value for trial in _row(_job(), measured, trials=rows).trials] == [128.0, None, None]


def test_a_value_of_the_search_is_none_where_the_confirmation_has_other_data() -> None:
    assert _row(_job()).value == 64
    apart = _job("python run.py {split}")
    assert (_row(apart).value, _row(apart).seed_value) == (None, None)
    claim = _row(apart, **_claim(None))
    assert (claim.value, claim.seed_value) == (448, 256)


def test_a_difference_is_carried_with_its_interval() -> None:
    row = _row(_job(compare="difference", minimum_effect=0.01), **_claim([0.031, 0.020, 0.042], 1.04))
    assert row.difference == (0.031, 0.020, 0.042)
    assert (row.ratio, row.low, row.high) == (1.04, 1.04, 1.04)


def test_a_claim_by_the_candidates_own_word_says_so() -> None:
    claim = _claim(None)
    claim["speedup"] |= {"source": "self-reported", "labels": ["one instance"]}
    said, other = _row(_job(), **claim).labels
    assert (
        said == "self-reported: the task takes the candidate's word for cap_size" and other == "one instance"
    )
    assert _row(_job(), **_claim(None)).labels == ()


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that is a task."""
    return make_repository(tmp_path_factory.mktemp("suite") / "shared")


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ([], 2),
        ([Event("phase", {"name": "environment"})], 2),
        ([Event("phase", {"name": "baseline"})], 0),
        ([Event("baseline", {"metrics": {}})], 0),
    ],
)
def test_only_what_fails_from_the_baseline_on_is_an_outcome(
    repository: Path,
    tmp_path: Path,
    events: list[Event],
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def run_job(root: Path, job: Job, options: object, listener: Listener) -> None:
        for event in events:
            listener(event)
        raise ConfigError("it can't be used")

    monkeypatch.setattr(cell, "run_job", run_job)
    request = REQUEST.model_copy(
        update={"folder": repository, "work": tmp_path / "work", "row": tmp_path / "row.json"}
    )
    (tmp_path / "request.json").write_text(request.model_dump_json(), encoding="utf-8")
    assert main([str(tmp_path / "request.json")]) == code
    assert (tmp_path / "row.json").exists() == (code == 0)
    if code:
        assert "it can't be used" in capsys.readouterr().err
    else:
        row = StudyRow.model_validate_json((tmp_path / "row.json").read_bytes())
        assert (row.state, row.reason) == ("failed", "it can't be used")


@pytest.mark.parametrize(
    ("names", "recording"), [({"record"}, "studies/recording.jsonl"), ({"replay"}, ""), (set(), "")]
)
def test_the_models_answers_are_recorded_or_replayed(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: set[str], recording: str
) -> None:
    kept = tmp_path / "recording.jsonl"
    taken: list[RunOptions] = []

    def run_job(root: Path, job: Job, options: RunOptions, listener: Listener) -> None:
        taken.append(options)
        listener(Event("phase", {"name": "baseline"}))
        kept.write_text("{}", encoding="utf-8")
        raise ConfigError("it broke off, and yet it has asked")

    monkeypatch.setattr(cell, "run_job", run_job)
    places = {"folder": repository, "work": tmp_path / "work", "row": tmp_path / "row.json"}
    paths = {name: kept for name in names}
    request = REQUEST.model_copy(update={**places, **paths, "recording": "studies/recording.jsonl"})
    (tmp_path / "request.json").write_text(request.model_dump_json(), encoding="utf-8")
    assert main([str(tmp_path / "request.json")]) == 0
    assert taken == [RunOptions(**paths)]
    assert StudyRow.model_validate_json((tmp_path / "row.json").read_bytes()).recording == recording


def test_a_study_of_code_that_changed_under_way_is_none(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    request = REQUEST.model_copy(
        update={
            "folder": repository,
            "work": tmp_path / "work",
            "row": tmp_path / "row.json",
            "strop": "0.1.0+00000000",
        }
    )
    (tmp_path / "request.json").write_text(request.model_dump_json(), encoding="utf-8")
    assert main([str(tmp_path / "request.json")]) == 2
    assert "another than when the run began (0.1.0+00000000, now " in capsys.readouterr().err
    assert not (tmp_path / "row.json").exists() and not (tmp_path / "work").exists()


def _plan(repository: Path, out: Path, **further: Any) -> Plan:
    suite = Suite(name="mine", tasks=(load_task(repository),))
    values: dict[str, Any] = {"optimizers": ("rules",), "seeds": (1,), "limits": Limits(evaluations=1)}
    values["sandbox"] = "bubblewrap"
    return Plan(suite=suite, folder=out, **{**values, **further})


def test_a_study_that_can_not_be_made_ends_the_run_and_leaves_no_row(
    repository: Path, tmp_path: Path
) -> None:
    plan = _plan(repository, tmp_path, settings={"nonsense": 1})
    with pytest.raises(ConfigError, match="shared, rules, seed 1: .*unknown key 'nonsense'") as caught:
        run_suite(plan, lambda progress: None)
    assert "the same command goes on from there" in str(caught.value)
    assert not list(tmp_path.glob("studies/**/row.json"))
    # What comes to be in the folder later is of the conditions that it was begun under.
    assert load_result(tmp_path).studies == ()
    with pytest.raises(ConfigError, match=r"another settings, machine\.sandbox \(bubblewrap, now process\)"):
        run_suite(_plan(repository, tmp_path, sandbox="process"), lambda progress: None)


@pytest.mark.parametrize(
    ("update", "said"),
    [
        ({"limits": Limits(evaluations=4)}, "limits"),
        ({"strop": "0.0.1"}, "strop"),
        ({"digest": "x", "model": "m"}, "model, digest"),
        ({"replay": Path("other.jsonl")}, "replay"),
    ],
)
def test_a_finished_study_of_other_conditions_never_enters(
    repository: Path, tmp_path: Path, update: dict[str, Any], said: str
) -> None:
    plan = _plan(repository, tmp_path)
    folder = tmp_path / "studies" / "shared" / "rules" / "1"
    folder.mkdir(parents=True)
    asked = REQUEST.model_copy(
        update={
            "limits": Limits(evaluations=1),
            "sandbox": "bubblewrap",
            "digest": plan.suite.tasks[0].digest(),
            "strop": strop_version(),
        }
    )
    row = StudyRow(task="shared", optimizer="rules", seed=1, state="improved", ratio=9.0)
    (folder / "row.json").write_text(row.model_dump_json(), encoding="utf-8")
    (folder / "request.json").write_text(asked.model_copy(update=update).model_dump_json(), encoding="utf-8")
    with pytest.raises(ConfigError, match=f"holds a study of another {said}; give another folder"):
        run_suite(plan, lambda progress: None)
    (folder / "request.json").write_text(asked.model_dump_json(), encoding="utf-8")
    assert run_suite(plan, lambda progress: None).studies == (row,)  # the process above it had died


def test_auto_is_the_same_sandbox_for_all_studies(repository: Path, tmp_path: Path) -> None:
    for sandbox in (None, "auto"):
        chosen = runner._in_one_sandbox(_plan(repository, tmp_path, sandbox=sandbox)).sandbox
        assert chosen in ("docker", "bubblewrap")
    assert runner._in_one_sandbox(_plan(repository, tmp_path, sandbox="process")).sandbox == "process"


@pytest.mark.parametrize(
    ("update", "said"),
    [
        ({"strop": "0.0.1"}, r"strop \(0\.0\.1, now "),
        ({"machine": {**machine_card("bubblewrap"), "cpus": 999}}, r"machine\.cpus \(999, now "),
        ({"machine": machine_card("docker")}, r"machine\.sandbox \(docker, now bubblewrap\)"),
        ({"strop": "0.1.0+00000000"}, r"strop \(0\.1\.0\+00000000, now "),  # its code was another
        (
            {"machine": {**machine_card("bubblewrap"), "versions": {"numpy": "0.1"}}},
            r"machine\.versions\.libcst \(None, now .*machine\.versions\.numpy \(0\.1, now ",
        ),
        (
            {"machine": {k: v for k, v in machine_card("bubblewrap").items() if k != "versions"}},
            r"machine\.versions\.libcst \(None, now ",
        ),
    ],
)
def test_a_folder_of_another_machine_or_version_is_refused(
    repository: Path, tmp_path: Path, update: dict[str, Any], said: str
) -> None:
    plan = _plan(repository, tmp_path)
    save_result(plan.empty().model_copy(update=update), tmp_path / "result.json")
    before = (tmp_path / "result.json").read_bytes()
    with pytest.raises(ConfigError, match=rf"result\.json: holds a result of another {said}.*--out"):
        run_suite(plan, lambda progress: None)
    assert (tmp_path / "result.json").read_bytes() == before
