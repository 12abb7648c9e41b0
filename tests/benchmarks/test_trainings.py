"""Trainings as problems of studies, and the arms of a study: defaults, models, stored runs."""

from __future__ import annotations

import itertools
import json
import os
from pathlib import Path

import pytest

from strop.benchmarks.tuning.arms import parse_arm
from strop.benchmarks.tuning.problems import Scale
from strop.benchmarks.tuning.studies import Attempted, attempt, paired_areas, shares
from strop.benchmarks.tuning.trainings import NAMES, Scores, open_training
from strop.cli import main
from strop.errors import ConfigError
from strop.testing.model_server import Behaviour, ScriptedServer, reply

pytest.importorskip("sklearn")

DATA = Path(os.environ.get("STROP_DATA", Path(__file__).parent.parent.parent.parent / "shared" / "data"))
RUNS = DATA / "llambo"
TREE = "bayesmark/iris/DecisionTree"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep scores below tmp_path, and have no data but what a test names."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("STROP_DATA", raising=False)
    return tmp_path / "cache"


def test_scikit_learns_defaults_lie_inside_of_every_space() -> None:
    for name in NAMES:
        training = open_training(name, None)
        assert not training.space.problem(training.default)
        assert len(training.initial(3, 5)) == 5


def test_a_score_is_trained_once_and_kept(cache: Path) -> None:
    training = open_training(TREE, None)
    score = training.value(training.default)
    assert score is not None and 0.8 < score <= 1
    kept = (cache / "strop" / "trainings.jsonl").read_text(encoding="utf-8")
    assert len(kept.splitlines()) == 1
    assert training.value(training.default) == score

    def never(params: object) -> float:
        raise AssertionError("trained again")

    key, _ = json.loads(kept)
    task, params, versions = json.loads(key)
    again = Scores(cache / "strop" / "trainings.jsonl", versions)
    assert again.get(task, params, never) == score


def test_what_cannot_be_trained_is_a_failure() -> None:
    training = open_training("bayesmark/iris/MLP_SGD", None)
    assert training.value({**training.default, "learning_rate_init": -1.0}) is None


@pytest.mark.skipif(not RUNS.is_dir(), reason="no stored runs: STROP_DATA names no folder of them")
@pytest.mark.parametrize("name", ["wine/DecisionTree", "iris/SVM", "diabetes/SVM", "breast/RandomForest"])
def test_stored_scores_are_reproduced(name: str) -> None:
    training = open_training(f"bayesmark/{name}", DATA)
    stored = training.stored("llambo-stored", 1)
    assert stored is not None and len(stored) == 30
    scores = [training.value(point) for point in training.initial(1, 3)]
    assert scores == pytest.approx(list(stored[:3]), abs=1e-9)
    found = attempt(training, parse_arm("llambo-stored"), 1, 30)
    assert found.best[-1] == (max(stored) if training.maximize else min(stored))


def test_a_default_is_the_first_own_proposal() -> None:
    training = open_training(TREE, None)
    plain, enqueued = (attempt(training, parse_arm(name), 0, 8) for name in ("random", "random+default"))
    value = training.value(training.default)
    assert plain.seen[:5] == enqueued.seen[:5] and enqueued.seen[5] == value
    assert len(enqueued.ask_s) == 2 and len(plain.ask_s) == 3
    only = attempt(training, parse_arm("default"), 0, 8)
    assert len(only.seen) == 6 and len(only.best) == 8 and only.best[-1] == only.best[5]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nobody", "unknown optimizer 'nobody'; known: random"),
        ("tpe+luck", r"unknown optimizer 'tpe\+luck'; after \+ goes default, anonymous or lottery"),
        ("default+default", "after . goes default"),
        ("tpe+anonymous", "only llm, hybrid, .* see names"),
        ("llm", "it asks a model; give --model"),
    ],
)
def test_what_is_no_arm_is_said(name: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_arm(name)


def test_an_arm_without_what_it_needs_is_refused_before_anything_is_spent(cache: Path) -> None:
    training = open_training(TREE, None)
    with pytest.raises(ConfigError, match=f"no stored runs for {TREE}"):
        parse_arm("llambo-stored").check(training)
    with pytest.raises(ConfigError, match="unknown training 'bayesmark/iris/GP'; known: "):
        open_training("bayesmark/iris/GP", None)
    assert not cache.exists()


def test_a_model_proposes_with_names_and_without(capsys: pytest.CaptureFixture[str]) -> None:
    depths = itertools.count(2)

    def deeper(body: object) -> Behaviour:
        name = "max_depth" if "max_depth" in str(body) else "x1"
        return reply(json.dumps({name: next(depths)}))

    with ScriptedServer(default=deeper) as server:
        asked = ["bench", "run", "tuning", "--tables", TREE, "--seeds", "1", "--evaluations", "8"]
        arms = ["--optimizer", "llm", "llm+anonymous", "--model", "scripted", "--api-base", server.url]
        assert main([*asked, *arms, "--json"]) == 0
        prompts = [str(one.body["messages"]) for one in server.requests]
    found = json.loads(capsys.readouterr().out)[TREE]
    assert set(found) == {"llm", "llm+anonymous"}
    assert len(prompts) == 6  # three own proposals of each
    assert all("min_samples_leaf" in prompt and "x1" not in prompt for prompt in prompts[:3])
    assert all("x1" in prompt and "min_samples_leaf" not in prompt for prompt in prompts[3:])


def test_a_portfolio_is_held_against_its_members_alone() -> None:
    turns = {"gp": 12, "tpe": 3}
    whole = [Attempted("t", "portfolio", s, (50.0,) * 19 + (90.0,), (), asked=turns) for s in range(6)]
    gp = [Attempted("t", "gp", s, (40.0,) * 15 + (80.0,) + (95.0,) * 4, ()) for s in range(6)]
    tpe = [Attempted("t", "tpe", s, (10.0,) * 20, ()) for s in range(6)]
    arms = {"portfolio": whole, "gp": gp, "tpe": tpe}
    found = shares(arms, "portfolio", Scale(100, 0))
    assert found is not None
    # Twelve of fifteen turns, of twenty evaluations.
    assert found.members == {"gp": (16, 80.0), "tpe": (4, 10.0)}
    assert (found.ahead, found.low, found.high) == pytest.approx((0.1, 0.1, 0.1))
    assert (
        shares({"portfolio": whole, "gp": gp}, "portfolio", Scale(100, 0)) is None
    )  # of tpe nothing is known
    early = [Attempted("t", "portfolio", s, (50.0,) * 5, (), asked={"gp": 0, "tpe": 0}) for s in range(6)]
    assert shares({**arms, "portfolio": early}, "portfolio", Scale(100, 0)) is None
    assert shares({"portfolio": whole}, "portfolio", Scale(100, 0)) is None
    assert shares(arms, "gp", Scale(100, 0)) is None


def test_areas_over_tasks_have_an_interval_over_tasks_and_seeds() -> None:
    mean, low, high = paired_areas([{0: 0.1, 1: 0.3}, {0: 0.5, 1: 0.7}])
    assert mean == pytest.approx(0.4) and 0.1 <= low < 0.25 and 0.55 < high <= 0.7


def test_the_command_takes_patterns_and_sums_up(capsys: pytest.CaptureFixture[str]) -> None:
    few = ["--optimizer", "random+default", "tpe", "--seeds", "2", "--evaluations", "7"]
    assert (
        main(["bench", "run", "tuning", "--tables", "bayesmark/iris/*Tree", "bayesmark/wine/SVM", *few]) == 0
    )
    printed = capsys.readouterr().out
    assert "bayesmark/iris/DecisionTree: most accuracy, 120 samples; 7 evaluations, 2 seeds" in printed
    assert "all 2: mean regret, intervals over (problem, seed)" in printed
    assert main(["bench", "run", "tuning", "--tables", "bayesmark/rose/*", *few]) == 2
    assert "nothing matches" in capsys.readouterr().err
