"""Whole benchmarks of two small repositories: run, gone on with, compared, verified."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from strop.benchmarks.leaderboard.result import Result, load_result, save_result
from strop.cli import main
from strop.testing.model_server import ScriptedServer, reply
from strop.testing.repositories import COUNTED, FAST, UNIMPROVABLE, make_repository

pytestmark = pytest.mark.slow

QUICK = ["--budget", "1", "--sandbox", "bubblewrap", "--set", "sandbox.profilers=false"]


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two repositories: one is slow, the other can't be improved."""
    folder = tmp_path_factory.mktemp("suites") / "mine"
    make_repository(folder / "shared")
    make_repository(folder / "digest", UNIMPROVABLE, rounds=10)
    return folder


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of one repository, whose value has no noise."""
    folder = tmp_path_factory.mktemp("suites") / "counted"
    make_repository(folder / "shared", job=COUNTED)
    return folder


def _both(suite: Path, out: Path) -> list[str]:
    return ["run", str(suite), "--optimizer", "rules", "random", "--out", str(out), *QUICK, "--quiet"]


@pytest.fixture(scope="module")
def finished(suite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run."""
    out = tmp_path_factory.mktemp("runs") / "out"
    assert main(["bench", *_both(suite, out)]) == 0
    return out


def _shown(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> Any:
    capsys.readouterr()
    assert main(["bench", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_rules_win_where_there_is_something_to_gain(
    suite: Path, finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # The same command again runs nothing, and shows the same.
    data = _shown(_both(suite, finished), capsys)
    assert data["suite"] == "mine" and data["complete"]
    rules, chance = (data["optimizers"][name] for name in ("rules", "random"))
    shared = rules["tasks"]["shared"]
    assert shared["state"] == "improved" and 1.05 < shared["low"] < shared["ratio"] < shared["high"]
    assert rules["tasks"]["digest"] | {"improved": 0} == {
        "ratio": 1.0, "low": 1.0, "high": 1.0, "state": "no improvement found", "improved": 0, "seeds": 1,
        "control": False, "difference": None, "value": None, "seed_value": None, "self_reported": False,
    }  # fmt: skip
    assert rules["geometric_mean"] == pytest.approx(shared["ratio"] ** 0.5)
    # Only who was asked for is shown, though the folder holds more.
    alone = ["run", str(suite), "--optimizer", "random", "--out", str(finished), *QUICK, "--quiet"]
    assert list(_shown(alone, capsys)["optimizers"]) == ["random"]
    assert chance["geometric_mean"] == 1.0 and chance["tasks"]["shared"]["state"] == "no improvement found"


def test_a_result_holds_what_a_replay_needs(finished: Path) -> None:
    result = load_result(finished)
    (row,) = result.of("rules", "shared")
    assert row.winner is not None and row.winner["edits"] and "set(" in row.patch
    assert row.verified_by and row.metrics and row.trace and len(row.trials) == row.evaluations == 1
    assert result.machine["sandbox"] == "bubblewrap" and result.limits.evaluations == 1


def test_winners_hold_on_private_instances_and_liars_do_not(
    suite: Path, finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = load_result(finished)
    (honest,) = result.of("rules", "shared")
    # A result that says the unchanged program were twice as fast.
    assert honest.winner is not None
    lie = honest.model_copy(update={"optimizer": "random", "winner": {**honest.winner, "edits": []}})
    told = result.model_copy(update={"studies": (honest, lie)})
    save_result(told, tmp_path / "result.json")
    capsys.readouterr()
    asked = ["verify", str(tmp_path), "--suite", str(suite), "--sandbox", "bubblewrap", "--with-settings"]
    assert main(["bench", *asked]) == 1
    said = capsys.readouterr().out
    assert "setting sandbox.profilers = false\n" in said
    assert "shared, rules, seed 1" in said and ": holds" in said
    assert "shared, random, seed 1" in said and "DOES NOT HOLD" in said
    kept = {row.optimizer: row for row in load_result(tmp_path).private}
    assert kept["rules"].holds and kept["rules"].low > 1 and not kept["random"].holds


def test_another_result_in_the_folder_is_not_overwritten(
    suite: Path, finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (finished / "result.json").read_bytes()
    assert main(["bench", "run", str(suite), "--out", str(finished), "--budget", "2"]) == 2
    assert "holds a result of another limits" in capsys.readouterr().err
    assert (finished / "result.json").read_bytes() == before


def test_an_optimizer_of_ones_own_and_one_that_raises(
    counted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = """
from strop.candidate import Candidate, FileEdit

class Mine:
    name = "mine"
    def __init__(self, view):
        self.view, self.asked = view, False
    def ask(self, count):
        if self.asked:
            return []
        self.asked = True
        text = self.view.snapshot.texts["numbers_shared.py"]
        text = text.replace("found = []", "found = []; right = set(right)")
        return [Candidate((FileEdit("numbers_shared.py", text),), author="mine", rationale="a set")]
    def tell(self, trial):
        pass

class Broken(Mine):
    name = "broken"
    def ask(self, count):
        raise RuntimeError("no idea")
"""
    (tmp_path / "own_search.py").write_text(module, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    names = ["own_search:Mine", "own_search:Broken"]
    arguments = [
        "run",
        str(counted),
        "--task",
        "shared",
        "--optimizer",
        *names,
        "--out",
        str(tmp_path / "out"),
    ]
    data = _shown([*arguments, *QUICK, "--quiet"], capsys)
    mine, broken = (data["optimizers"][name]["tasks"]["shared"] for name in names)
    assert mine["state"] == "improved" and mine["low"] > 1
    assert broken["state"] == "failed" and broken["ratio"] == 1
    (row,) = load_result(tmp_path / "out").of("own_search:Broken")
    assert "no idea" in row.reason


def test_a_run_with_a_model_is_replayed_without_it(counted: Path, tmp_path: Path) -> None:
    out, again = tmp_path / "out", tmp_path / "again"
    arguments = ["bench", "run", str(counted), "--optimizer", "zero-shot", *QUICK, "--quiet"]
    answer = f"It does less.\n\nnumbers_shared.py\n```python\n{FAST}```\n"
    with ScriptedServer([], default=reply(answer)) as server:
        asked = ["--model", "m", "--api-base", server.url, "--out", str(out)]
        assert main([*arguments, *asked]) == 0
        assert server.requests
    (row,) = load_result(out).studies
    assert row.state == "improved" and (out / row.recording).is_file() and row.completion_tokens > 0
    assert row.trials[0].value is not None and row.trials[0].value < 1000
    assert main([*arguments, "--replay", str(out), "--out", str(again)]) == 0
    found = load_result(again)
    (replayed,) = found.studies
    assert found.model.kind == "recorded" and found.model.name == "m" and replayed.recording == ""
    assert replayed.winner == row.winner and replayed.state == "improved"


def test_a_run_that_was_stopped_goes_on(counted: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "strop.cli", "bench", "run", str(counted), "--task", "shared"]
    command += ["--optimizer", "rules", "--out", str(out), *QUICK]
    study = out / "studies" / "shared" / "rules" / "1" / "repository" / ".strop" / "studies"
    until = time.monotonic() + 60
    with subprocess.Popen(
        command,
        stderr=subprocess.DEVNULL,
        env=dict(os.environ),
        # Who runs the tests in the background of a script has them ignore Ctrl-C, and so their children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        while not list(study.glob("*/trials/*")) and time.monotonic() < until:
            assert process.poll() is None
            os.sched_yield()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
    assert not (out / "result.json").exists() or not load_result(out).studies
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    result: Result = load_result(out)
    assert [row.state for row in result.studies] == ["improved"]
    assert len(list(study.iterdir())) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--optimizer", "rulez"], "unknown optimizer 'rulez'"),
        (["--budget", "tries=3"], "unknown limit 'tries'"),
        (["--budget", "evaluations=x"], "'x' is no number"),
        (["--evaluations", "0"], "it has to be above 0"),
        (["--seeds", "0"], "--seeds 0: at least 1"),
        (["--task", "none"], "known: digest, shared"),
        (["--set", "x"], "give KEY=VALUE"),
        (["--optimizer", "best-of-n"], "optimizer best-of-n needs a model: give --model NAME"),
        (["--api-base", "http://127.0.0.1:9/v1"], "give --model NAME, too"),
    ],
)
def test_wrong_options_are_told_before_anything_runs(
    suite: Path, tmp_path: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "run", str(suite), "--out", str(tmp_path / "out"), *arguments]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
