"""`strop bench show`, `compare`, `check-submission` and `validate` as a user calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.benchmarks.leaderboard.rows import result, study

from strop.benchmarks.leaderboard.command import _named
from strop.benchmarks.leaderboard.result import save_result
from strop.cli import main
from strop.testing.repositories import make_repository


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A result of two optimizers on two tasks."""
    rows = [study("a", "rules", ratio=2.0), study("b", "rules"), study("a", "random"), study("b", "random")]
    save_result(result(rows), tmp_path / "result.json")
    return tmp_path / "result.json"


def test_a_board_is_shown_and_is_json(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "show", str(file)]) == 0
    said = capsys.readouterr().out
    assert said.index("rules ") < said.index("random ") and "2.00 [1.80, 2.20]" in said
    assert main(["bench", "show", str(file), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["optimizers"]["rules"]["tasks"]["a"]["ratio"] == 2.0
    assert {"geometric_mean", "low", "high"} <= found["optimizers"]["random"].keys()


def test_two_optimizers_are_compared_in_a_sentence_and_as_json(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "compare", "rules", "random", "--result", str(file)]) == 0
    assert capsys.readouterr().out.startswith("no difference shown: rules over random 1.41 ")
    assert main(["bench", "compare", "rules", "random", "--result", str(file), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["wins"], found["ties"], found["missing"]) == (1, 1, 0)
    assert main(["bench", "compare", "rules", "mine", "--result", str(file)]) == 2
    assert "mine: not in this result; it has rules, random" in capsys.readouterr().err


def test_a_comparison_of_nothing_is_json_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = result([], seeds=(1,), optimizers=("rules", "random"))
    save_result(empty, tmp_path / "result.json")
    assert main(["bench", "compare", "rules", "random", "--result", str(tmp_path), "--json"]) == 0
    said = capsys.readouterr().out
    assert json.loads(said)["high"] is None and "Infinity" not in said


def test_a_submission_is_refused_with_its_reasons(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "check-submission", str(file)]) == 1
    said = capsys.readouterr().out
    assert said.startswith(f"{file}: refused\n  ") and "seeds: 1; at least 3" in said
    assert main(["bench", "check-submission", str(file.parent), "--json"]) == 1
    assert any("seeds: 1" in problem for problem in json.loads(capsys.readouterr().out)[str(file.parent)])


def test_a_folder_of_tasks_is_validated_task_by_task(tmp_path: Path) -> None:
    for name in ("first", "second"):
        make_repository(tmp_path / "mine" / name)
    assert [task.name for task in _named(str(tmp_path / "mine"))] == ["first", "second"]
    assert [task.name for task in _named(str(tmp_path / "mine" / "first"))] == ["first"]


def test_tables_are_no_tasks_to_validate(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "validate", "tuning"]) == 2
    assert "tuning: its tables are no tasks" in capsys.readouterr().err
