"""What the options of `strop bench run` mean."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.benchmarks.leaderboard.rows import result, study

from strop.benchmarks.leaderboard.options import plan_of, run_options
from strop.benchmarks.leaderboard.result import Limits, ModelUsed, save_result
from strop.errors import ConfigError
from strop.testing.repositories import make_repository


@pytest.mark.parametrize(
    ("arguments", "limits"),
    [
        ([], Limits(evaluations=12)),
        (["--budget", "usd=0.5"], Limits(evaluations=12, usd=0.5)),  # which end no search without a model
        (["--tokens", "20000"], Limits(evaluations=12, tokens=20000)),
        (["--budget", "minutes=5"], Limits(minutes=5)),
        (["--budget", "minutes=5,usd=0.5"], Limits(minutes=5, usd=0.5)),
        (["--budget", "3", "--usd", "0"], Limits(evaluations=3, usd=0)),
    ],
)
def test_every_search_ends(
    arguments: list[str], limits: Limits, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_repository(tmp_path / "mine")
    assert plan_of(run_options([str(tmp_path / "mine"), *arguments])).limits == limits
    with pytest.raises(SystemExit):
        run_options(["--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert "12 evaluations unless evaluations or minutes are given" in said


def _earlier(folder: Path, model: ModelUsed, *names: str) -> list[str]:
    """Write what an earlier run left, and return the arguments that replay it."""
    make_repository(folder / "mine" / "shared")
    save_result(result([study("shared", "zero-shot")], model=model), folder / "before" / "result.json")
    for name in names:
        kept = folder / "before" / "studies" / "shared" / name / "1" / "recording.jsonl"
        kept.parent.mkdir(parents=True)
        kept.write_text("{}", encoding="utf-8")
    return [str(folder / "mine"), "--replay", str(folder / "before"), "--optimizer", "zero-shot", "rules"]


@pytest.mark.parametrize(("before", "now"), [("live", "recorded"), ("scripted", "scripted")])
def test_a_replay_is_of_the_model_that_was_recorded(tmp_path: Path, before: str, now: str) -> None:
    arguments = _earlier(tmp_path, ModelUsed(name="m", kind=before), "zero-shot")
    plan = plan_of(run_options(arguments))
    assert plan.model == ModelUsed(name="m", kind=now) and plan.replay == tmp_path / "before"
    assert [str(cell.recording) for cell in plan.cells() if cell.asks] == [
        "studies/shared/zero-shot/1/recording.jsonl"
    ]


@pytest.mark.parametrize(
    ("model", "names", "further", "said"),
    [
        ("", ["zero-shot"], [], "before: that run asked no model"),
        ("m", [], [], "studies/shared/zero-shot/1/recording.jsonl is missing"),
        ("m", ["zero-shot"], ["--seeds", "2"], "studies/shared/zero-shot/2/recording.jsonl is missing"),
        ("m", ["zero-shot"], ["--model", "m"], "leave out --model"),
    ],
)
def test_a_replay_that_lacks_answers_is_told_before_anything_runs(
    tmp_path: Path, model: str, names: list[str], further: list[str], said: str
) -> None:
    arguments: list[Any] = _earlier(tmp_path, ModelUsed(name=model), *names)
    with pytest.raises(ConfigError, match=said):
        plan_of(run_options([*arguments, *further]))
