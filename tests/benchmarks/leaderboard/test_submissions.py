"""What may enter the leaderboard, and what is refused with its reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.benchmarks.leaderboard.rows import result, study

from strop.benchmarks.leaderboard.result import Metric, ModelUsed, PrivateRow, Result, save_result
from strop.benchmarks.leaderboard.runner import task_row
from strop.benchmarks.leaderboard.submissions import LIMITS, check_submission
from strop.benchmarks.leaderboard.tasks import SUITES, open_suite

SUITE = "pycode"


@pytest.fixture(scope="module")
def whole() -> Result:
    """A result of the whole suite, with three seeds."""
    tasks = open_suite(SUITE).tasks
    rows = [study(task.name, "rules", seed, 1.5) for task in tasks for seed in (1, 2, 3)]
    found = result(rows, suite=SUITE)
    return found.model_copy(update={"tasks": tuple(task_row(task) for task in tasks)})


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


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ({"low": 0.5}, "a claim whose interval holds no gain"),
        ({"low": 1.6}, "ratio 1.5 with low 1.6"),
        ({"high": 1.4}, "high 1.4"),
        ({"low": 0.0}, "low 0 "),
        ({"difference": (0.1, 0.05, 0.2)}, "difference is none of this row's"),
        (
            {"metrics": (Metric(name="peak_memory", ratio=1, low=2, high=0.5),)},
            "metrics: peak_memory: ratio 1",
        ),
    ],
)
def test_numbers_that_are_no_gain_are_refused(
    whole: Result, tmp_path: Path, ends: dict[str, Any], said: str
) -> None:
    first = whole.studies[0].model_copy(update=ends)
    problems = _problems(whole.model_copy(update={"studies": (first, *whole.studies[1:])}), tmp_path)
    assert problems and any(said in problem for problem in problems)
    assert all(first.task in problem for problem in problems)


@pytest.mark.parametrize(
    ("number", "said"), [("NaN", "finite"), ("Infinity", "finite"), ("0", "greater than 0")]
)
def test_a_ratio_that_is_no_number_is_refused_with_its_place(
    whole: Result, tmp_path: Path, number: str, said: str
) -> None:
    text = whole.model_dump_json().replace('"ratio":1.5', f'"ratio":{number}', 1)
    (tmp_path / "mine.json").write_text(text, encoding="utf-8")
    (problem,) = check_submission(tmp_path / "mine.json")
    assert "studies.0.ratio: Input should be" in problem and said in problem


def test_each_study_is_there_once(whole: Result, tmp_path: Path) -> None:
    name = whole.tasks[0].name
    first = whole.studies[0].model_copy(update={"seed": 4})
    swapped = whole.model_copy(update={"studies": (first, *whole.studies[1:])})
    assert _problems(swapped, tmp_path) == [
        f"studies: 1 of {len(whole.studies)} are missing ({name}, rules, seed 1); none may be left out",
        f"studies: {name}, rules, seed 4: of no task, optimizer and seed that this result lists",
    ]
    doubled = whole.model_copy(update={"studies": (*whole.studies, whole.studies[0])})
    assert _problems(doubled, tmp_path) == [
        f"studies: {name}, rules, seed 1: there more than once; each study counts once"
    ]
    assert "seeds: 1 given twice" in _problems(whole.model_copy(update={"seeds": (1, 1, 2, 3)}), tmp_path)


def test_what_was_measured_again_is_of_winners_and_says_what_its_numbers_say(
    whole: Result, tmp_path: Path
) -> None:
    key = {"task": whole.tasks[0].name, "optimizer": "rules"}
    good = PrivateRow(**key, seed=1, ratio=1.4, low=1.3, high=1.5, holds=True)
    assert _problems(whole.model_copy(update={"private": (good,)}), tmp_path) == []
    bad = [
        good.model_copy(update={"low": 0.9}),
        good.model_copy(update={"seed": 9}),
        good.model_copy(update={"seed": 2, "high": 1.0}),
    ]
    problems = _problems(whole.model_copy(update={"private": (good, *bad)}), tmp_path)
    assert [problem.rpartition(": ")[2] for problem in problems] == [
        "of no winner",
        "there more than once; each winner counts once",
        "it is said to hold, yet its interval holds no gain, too",
        "ratio 1.4 with low 1.3 and high 1; all are above 0, in this order",
    ]


def test_claims_of_differences_are_held_to_their_differences(tmp_path: Path) -> None:
    digests = {task.name: task.digest() for task in open_suite("modeling").tasks}
    ends = {"low": 1.5, "high": 1.5, "difference": (0.2, 0.1, 0.3)}
    rows = [study(task, "rules", seed, 1.5).model_copy(update=ends) for task in digests for seed in (1, 2, 3)]
    told = tuple(task_row(task) for task in open_suite("modeling").tasks)
    honest = result(rows, suite="modeling").model_copy(update={"tasks": told})
    assert _problems(honest, tmp_path) == []
    for difference, said in (
        (None, "difference is missing"),
        ((0.2, -0.1, 0.3), "a claim whose interval holds no gain"),
        ((0.2, 0.25, 0.3), "difference +0.2 with low +0.25"),
    ):
        first = rows[0].model_copy(update={"difference": difference})
        problems = _problems(honest.model_copy(update={"studies": (first, *rows[1:])}), tmp_path)
        assert len(problems) == 1 and said in problems[0]


def test_every_suite_has_a_limit() -> None:
    assert LIMITS.keys() == SUITES.keys()


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


@pytest.mark.parametrize(
    "update", [{"control": True}, {"best": 99.0}, {"best_value": 1.0}, {"direction": "maximize"}]
)
def test_what_a_task_is_no_submission_decides(whole: Result, tmp_path: Path, update: dict[str, Any]) -> None:
    first = whole.tasks[0].model_copy(update=update)
    assert _problems(whole.model_copy(update={"tasks": (first, *whole.tasks[1:])}), tmp_path) == [
        f"tasks: {first.name}: told otherwise than this version has them"
    ]


@pytest.mark.parametrize("sandbox", ["process", "auto", None])
def test_a_submission_is_of_an_isolated_sandbox(whole: Result, tmp_path: Path, sandbox: str | None) -> None:
    elsewhere = whole.model_copy(update={"machine": {**whole.machine, "sandbox": sandbox}})
    assert _problems(elsewhere, tmp_path) == [f"machine.sandbox: {sandbox!r}; one of docker, bubblewrap"]


def test_what_is_no_result_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps([1, 2]), encoding="utf-8")
    assert check_submission(tmp_path / "x.json")
