"""What may enter the leaderboard, and what is refused with its reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.benchmarks.leaderboard.rows import result, study

from strop.benchmarks.leaderboard.result import ModelUsed, Result, save_result
from strop.benchmarks.leaderboard.submissions import check_submission
from strop.benchmarks.leaderboard.tasks import open_suite

SUITE = "pycode"


@pytest.fixture(scope="module")
def whole() -> Result:
    """A result of the whole suite, with three seeds."""
    digests = {task.name: task.digest() for task in open_suite(SUITE).tasks}
    rows = [study(task, "rules", seed, 1.5) for task in digests for seed in (1, 2, 3)]
    return result(rows, digests=digests, suite=SUITE)


def _problems(found: Result, folder: Path) -> list[str]:
    save_result(found, folder / "mine.json")
    return check_submission(folder / "mine.json")


def test_a_whole_result_may_enter(whole: Result, tmp_path: Path) -> None:
    assert _problems(whole, tmp_path) == []


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("trace", (), "trace is missing"),
        ("trials", (), "0 trials are told"),
        ("winner", None, "a claim needs winner"),
        ("verified_by", "", "a claim needs winner, verified_by"),
        ("state", "no improvement found", "without a claim"),
        ("evaluations", 20, "20 evaluations"),
    ],
)
def test_a_study_that_lacks_something_is_refused(
    whole: Result, tmp_path: Path, field: str, value: Any, said: str
) -> None:
    first = whole.studies[0].model_copy(update={field: value})
    problems = _problems(whole.model_copy(update={"studies": (first, *whole.studies[1:])}), tmp_path)
    assert problems and any(said in problem for problem in problems)
    assert all(first.task in problem for problem in problems)


def test_too_few_seeds_changed_limits_and_scripted_models_are_refused(whole: Result, tmp_path: Path) -> None:
    few = whole.model_copy(
        update={"seeds": (1,), "studies": tuple(row for row in whole.studies if row.seed == 1)}
    )
    assert any("seeds: 1" in problem for problem in _problems(few, tmp_path))
    more = whole.model_copy(update={"limits": whole.limits.model_copy(update={"evaluations": 500})})
    assert any("limits.evaluations: 500" in problem for problem in _problems(more, tmp_path))
    eager = whole.model_copy(update={"settings": {"minimum_effect": 0.03, "model.max_tokens": 900}})
    assert [p for p in _problems(eager, tmp_path) if "settings" in p] == [
        "settings: minimum_effect: every job of a submission is as its task has it"
    ]
    scripted = whole.model_copy(update={"model": ModelUsed(name="scripted", kind="scripted")})
    assert any("scripted" in problem for problem in _problems(scripted, tmp_path))


def test_other_files_and_left_out_tasks_are_refused(whole: Result, tmp_path: Path) -> None:
    other = whole.tasks[0].model_copy(update={"digest": "other"})
    problems = _problems(whole.model_copy(update={"tasks": (other, *whole.tasks[1:])}), tmp_path)
    assert any("files are others" in problem for problem in problems)
    part = whole.model_copy(
        update={
            "tasks": whole.tasks[1:],
            "studies": tuple(row for row in whole.studies if row.task != whole.tasks[0].name),
        }
    )
    assert any(f"{whole.tasks[0].name} are missing" in problem for problem in _problems(part, tmp_path))


def test_what_is_no_result_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps([1, 2]), encoding="utf-8")
    assert check_submission(tmp_path / "x.json")
