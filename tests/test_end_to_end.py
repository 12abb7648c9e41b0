"""Whole jobs: real repositories, real processes, a real model server on loopback."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from strop.agents.attempts import Attempts
from strop.applying import apply_trial
from strop.cli import main
from strop.errors import ConfigError
from strop.events import Event
from strop.job import Job, load_job
from strop.report import build_report
from strop.running import RunOptions, run_job
from strop.study import Study, latest_study
from strop.testing.model_server import (
    Behaviour,
    ScriptedServer,
    cut_off,
    empty,
    hang,
    malformed_json,
    reply,
    status,
)
from strop.testing.repositories import COUNTED, FAST, SLOW, UNIMPROVABLE, make_repository
from strop.trial import TrialState

pytestmark = pytest.mark.slow

EDIT = """Search a set instead of a list.

numbers_shared.py
<<<<<<< SEARCH
    found = []
=======
    found = []
    {new}
>>>>>>> REPLACE
"""
RIGHT = EDIT.replace("{new}", "right = set(right)")
WRONG = EDIT.replace("{new}", "right = set(right[1:])")


def a_job(repository: Path, **overrides: Any) -> Job:
    settings = {"sandbox.backend": "process", "budget.evaluations": 6, **overrides}
    return load_job(repository, {key.replace("__", "."): value for key, value in settings.items()})


def coder_only(script: list[Behaviour], default: Behaviour) -> Callable[[dict[str, Any]], Behaviour]:
    """Give the coder's questions the script in order; the other agents get no useful answer."""

    def answer(body: dict[str, Any]) -> Behaviour:
        if "edit only the files" not in body["messages"][0]["content"]:
            return reply("LESSON none. No hypothesis.", prompt_tokens=10, completion_tokens=5)
        return script.pop(0) if script else default

    return answer


def test_rules_find_a_confirmed_speedup_and_apply_leaves_one_commit(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "r")
    study = run_job(repository, a_job(repository, optimizers=("rules",)))
    report = build_report(study)
    assert report["status"] == "improved", report
    assert report["speedup"]["low"] > 1.5
    assert report["speedup"]["verified_by"] == "tests, output and recorded behaviour"
    assert (repository / "numbers_shared.py").read_text(encoding="utf-8") == SLOW
    apply_trial(repository, study, None, "fast")
    log = subprocess.run(
        ["git", "-C", str(repository), "log", "--oneline", "HEAD..fast"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(log.stdout.splitlines()) == 1
    assert (repository / "numbers_shared.py").read_text(encoding="utf-8") == SLOW
    subprocess.run(["git", "-C", str(repository), "checkout", "--quiet", "fast"], check=True)
    subprocess.run([sys.executable, "-m", "unittest", "-q"], cwd=repository, check=True, capture_output=True)
    assert (repository / "numbers_shared.py").read_text(encoding="utf-8") != SLOW


def test_code_that_cannot_be_improved_ends_without_a_patch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = make_repository(tmp_path / "r", UNIMPROVABLE)
    arguments = ["-C", str(repository)]
    code = main(["run", *arguments, "--sandbox", "process", "--evaluations", "3", "--progress", "plain"])
    assert code == 0
    assert "no improvement found" in capsys.readouterr().out.lower()
    report = build_report(latest_study(repository))
    assert report["status"] == "no improvement found"
    assert report["best"] is None and report["speedup"] is None
    with pytest.raises(ConfigError, match="no confirmed improvement"):
        apply_trial(repository, latest_study(repository), None, None)


def test_a_study_survives_every_kind_of_bad_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = make_repository(tmp_path / "r", job=COUNTED)
    script = [
        reply(WRONG),
        malformed_json(),
        reply("I would use a set."),
        empty(),
        cut_off(RIGHT[: RIGHT.index(">>>>")]),
        status(429, retry_after=0),
        status(500),
        hang(),
        reply(RIGHT),
    ]
    answer = coder_only(script, reply("no more ideas"))
    with ServerFor(answer) as server:
        job = a_job(
            repository,
            optimizers=("agents",),
            model={
                "name": "scripted",
                "api_base": server.url,
                "timeout_s": 3,
                "retries": 1,
                "usd_per_million_input": 1,
                "usd_per_million_output": 2,
            },
            budget__evaluations=2,
        )
        study = run_job(repository, job)
    report = build_report(study)
    assert report["status"] == "improved", report
    assert report["best"]["patch"].count("+    right = set(right)") == 1
    assert report["cost"]["evaluations"] == 2
    wrong, right = [t for t in study.trials() if t.number > 0]
    assert (wrong.state, wrong.stage) == (TrialState.FAILED, "test")
    assert right.state is TrialState.COMPLETE
    assert not script, "every behaviour of the server was met"
    assert main(["show", "-C", str(repository)]) == 0
    shown = capsys.readouterr().out
    shown = " ".join(shown.split())
    told = (
        "test_order_is_kept",
        "no edit found",
        "empty",
        "cut off",
        "429",
        "500",
        "not valid JSON",
        "within 3 s",
    )
    for words in told:
        assert words in shown, words
    outcomes = [a.outcome for a in Attempts(study.folder).all() if a.agent == "coder"]
    assert outcomes.count("candidate") == 2 and outcomes.count("unusable") == 3


def test_budget_in_tokens_is_never_exceeded(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "r", job=COUNTED)
    with ServerFor(lambda body: reply("nothing", prompt_tokens=900, completion_tokens=100)) as server:
        job = a_job(
            repository,
            optimizers=("agents",),
            model={"name": "scripted", "api_base": server.url, "max_tokens": 256},
            budget__tokens=9000,
        )
        study = run_job(repository, job)
        asked = len(server.requests)
    cost = build_report(study)["cost"]
    assert 0 < cost["prompt_tokens"] + cost["completion_tokens"] <= 9000
    assert cost["calls"] == asked


def test_a_recorded_study_replays_without_a_server(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "r", job=COUNTED)
    recording = tmp_path / "recording.jsonl"
    model = {"name": "scripted", "timeout_s": 5, "retries": 0}
    answer = coder_only([reply(WRONG), reply(RIGHT)], reply("no more ideas"))
    with ServerFor(answer) as server:
        job = a_job(
            repository,
            optimizers=("agents",),
            model={**model, "api_base": server.url},
            budget__evaluations=2,
        )
        first = run_job(repository, job, RunOptions(record=recording))
    job = a_job(repository, optimizers=("agents",), budget__evaluations=2)
    events: list[Event] = []
    second = run_job(repository, job, RunOptions(replay=recording), events.append)
    ids = [[t.candidate for t in study.trials()] for study in (first, second)]
    assert ids[0] == ids[1]
    assert build_report(second)["status"] == "improved"


def test_optuna_beside_the_agents_is_measured_head_to_head(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "r", job=COUNTED)
    job = a_job(repository, optimizers=("rules",), budget__evaluations=3)
    study = run_job(repository, job, RunOptions(baseline="optuna"))
    versus = build_report(study)["comparison_with_baseline_optimizer"]
    assert latest_study(repository).name == study.name  # `strop apply` means the job, not its control
    assert versus["optimizer"] == "optuna"
    other = Study(repository, versus["study"])
    assert len([t for t in other.trials() if t.number > 0]) <= 3
    assert versus["winner"] in (
        "the same candidate", "no difference shown", "ours", "only the agents did", "optuna",
    )  # fmt: skip


def test_report_of_a_search_trial_is_never_a_claim(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "r", FAST, job=COUNTED)
    study = run_job(repository, a_job(repository, optimizers=("rules", "optuna")))
    report = build_report(study)
    assert json.loads(json.dumps(report)) == report
    if report["status"] != "improved":
        assert report["speedup"] is None


def test_a_model_whose_every_answer_is_refused_ends_the_search(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "r", job=COUNTED)
    cheat = EDIT.replace("{new}", "import time; time.perf_counter = lambda: 0.0")
    with ServerFor(lambda body: reply(cheat)) as server:
        overrides = {"model.name": "scripted", "model.api_base": server.url, "optimizers": ("agents",)}
        study = run_job(repository, a_job(repository, **overrides))
    report = build_report(study)
    assert report["status"] == "no improvement found"
    assert "refused" in report["stopped_because"]
    assert all(trial["number"] == 0 for trial in report["trials"])


class ServerFor(ScriptedServer):
    """A scripted server whose every answer comes from one function."""

    def __init__(self, answer: Callable[[dict[str, Any]], Behaviour]) -> None:
        super().__init__([answer] * 500, default=None)
