"""What may enter the leaderboard, and what is refused with its reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.benchmarks.leaderboard.rows import WINNER, result, study

from strop.benchmarks.leaderboard.result import Limits, Metric, ModelUsed, PrivateRow, Result, save_result
from strop.benchmarks.leaderboard.runner import task_row
from strop.benchmarks.leaderboard.submissions import LIMITS, check_submission
from strop.benchmarks.leaderboard.tasks import SUITES, Task, open_suite
from strop.candidate import Candidate, FileEdit, unified_diff
from strop.job import load_job
from strop.sandbox.targets import TargetFiles

SUITE = "pycode"


def _claim(task: Task) -> dict[str, Any]:
    """Return a winner of a task, and the patch that it comes to."""
    job = load_job(task.repository)
    targets = TargetFiles(job.target, links=(), paths=task.sources())
    (path, file), *_ = [(path, file) for path, file in task.sources().items() if path in targets]
    text = file.read_text(encoding="utf-8")
    edit = FileEdit(path, text + "\n")
    candidate = Candidate((edit,), author="rules", rationale="a line")
    return {"winner": candidate.to_json(), "patch": unified_diff([edit], {path: text})}


@pytest.fixture(scope="module")
def whole() -> Result:
    """A result of the whole suite, with three seeds, and claims on the first task."""
    tasks = open_suite(SUITE).tasks
    claim = {"ratio": 1.5, **_claim(tasks[0])}
    rows = [
        study(task.name, "rules", seed, **(claim if task is tasks[0] else {}))
        for task in tasks
        for seed in (1, 2, 3)
    ]
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
        ("trace", ("", " "), "trace is missing: it tells 0 of 2 trials"),
        ("trials", (), "0 trials are told"),
        ("trials", (), "a claim without a trial"),
        ("state", "missing", "state: missing"),
        ("winner", None, "a claim needs winner"),
        ("verified_by", "", "a claim needs winner, verified_by"),
        ("state", "no improvement found", "without a claim"),
        ("evaluations", 20, "20 evaluations"),
        ("winner", {"edits": []}, "winner: is no candidate"),
        ("winner", {**WINNER, "knobs": {"size": 4}}, "winner: unknown knob 'size'"),
        ("winner", {**WINNER, "knobs": {}}, "patch: not what winner comes to"),
        (
            "winner",
            {**WINNER, "knobs": {}, "edits": [{"path": "test_x.py", "text": ""}]},
            "winner: test_x.py: ",
        ),
        ("patch", "", "patch: not what winner comes to"),
        ("patch", "diff --git a/x.py b/x.py\n-slow = 1\n+fast = 1\n", "patch: not what winner comes to"),
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


def test_what_claims_nothing_has_no_interval_either(whole: Result, tmp_path: Path) -> None:
    last = whole.studies[-1].model_copy(update={"low": 1e-9, "high": 1e9})
    (problem,) = _problems(whole.model_copy(update={"studies": (*whole.studies[:-1], last)}), tmp_path)
    assert problem.startswith(f"{last.task}, rules, seed 3: ratio 1 with low 1e-09 and high 1e+09 without")


def test_an_arm_that_asks_a_model_says_which_and_how_often(whole: Result, tmp_path: Path) -> None:
    rows = tuple(row.model_copy(update={"optimizer": "best-of-n"}) for row in whole.studies)
    told = whole.model_copy(update={"optimizers": ("best-of-n",), "studies": rows})
    problems = _problems(told, tmp_path)
    assert problems[0] == "model.name: missing; best-of-n ask one"
    assert len(problems) == 1 + len(rows) and all("calls: 0;" in problem for problem in problems[1:])
    asked = tuple(row.model_copy(update={"calls": 2}) for row in rows)
    asking = told.model_copy(update={"studies": asked, "model": ModelUsed(name="x", kind="live")})
    assert _problems(asking, tmp_path) == []


@pytest.mark.parametrize(
    ("field", "old", "new"),
    [
        ("state", '"improved"', '"won"'),
        ("prompt_tokens", "0", "-5"),
        ("usd", "0.0", "-1"),
        ("seconds", "10.0", "-1"),
    ],
)
def test_figures_that_nothing_can_have_are_refused_with_their_place(
    whole: Result, tmp_path: Path, field: str, old: str, new: str
) -> None:
    text = whole.model_dump_json()
    assert f'"{field}":{old}' in text
    (tmp_path / "mine.json").write_text(
        text.replace(f'"{field}":{old}', f'"{field}":{new}', 1), encoding="utf-8"
    )
    (problem,) = check_submission(tmp_path / "mine.json")
    assert f"studies.0.{field}: " in problem


def test_who_hands_in_measures_nothing_again(whole: Result, tmp_path: Path) -> None:
    key = {"task": whole.tasks[0].name, "optimizer": "rules"}
    good = PrivateRow(**key, seed=1, ratio=1.4, low=1.3, high=1.5, holds=True)
    assert _problems(whole.model_copy(update={"private": (good,)}), tmp_path) == [
        "private: measured by who runs the leaderboard, never by who hands in; leave it empty"
    ]


@pytest.mark.parametrize("name", ["known-good", "strop.benchmarks.leaderboard.known:KnownGood"])
def test_what_the_tasks_hold_as_solved_is_no_optimizer(whole: Result, tmp_path: Path, name: str) -> None:
    rows = tuple(row.model_copy(update={"optimizer": name}) for row in whole.studies)
    told = whole.model_copy(update={"optimizers": (name,), "studies": rows})
    assert _problems(told, tmp_path) == [
        f"optimizers: {name}: proposes what the tasks hold as solved; it is no optimizer"
    ]


@pytest.mark.parametrize(
    ("spent", "said"),
    [
        ({"prompt_tokens": 800, "completion_tokens": 250}, ""),
        ({"prompt_tokens": 800, "completion_tokens": 251}, "1051 tokens; the limit is 1000, and 5% above it"),
        ({"usd": 0.525}, ""),
        ({"usd": 0.53}, "0.53 USD; the limit is 0.5, and 5% above it"),
        ({"usd": None}, "usd: null, an unknown price; the limit is 0.5, so that all have to be known"),
        ({"seconds": 1140.0}, ""),  # the confirmation comes after the last minute
        ({"seconds": 3841.0}, "3841 s; the limit is 2 minutes, with the confirmation 3840 s"),
    ],
)
def test_studies_are_held_to_their_limits(
    whole: Result, tmp_path: Path, spent: dict[str, Any], said: str
) -> None:
    first = whole.studies[0].model_copy(update=spent)
    limits = Limits(evaluations=8, tokens=1000, usd=0.5, minutes=2)
    told = whole.model_copy(update={"studies": (first, *whole.studies[1:]), "limits": limits})
    assert _problems(told, tmp_path) == ([f"{first.task}, rules, seed 1: {said}"] if said else [])


def test_claims_of_differences_are_held_to_their_differences(tmp_path: Path) -> None:
    tasks = open_suite("modeling").tasks
    ends = {"low": 1.5, "high": 1.5, "difference": (0.2, 0.1, 0.3)}
    claim = study(tasks[0].name, "rules", 1, 1.5, **_claim(tasks[0]))
    rows = [claim.model_copy(update={**ends, "seed": seed}) for seed in (1, 2, 3)]
    rows += [study(task.name, "rules", seed) for task in tasks[1:] for seed in (1, 2, 3)]
    told = tuple(task_row(task) for task in tasks)
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
