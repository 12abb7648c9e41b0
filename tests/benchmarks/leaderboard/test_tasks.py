"""Tasks and suites: the bundled ones keep their format, and folders of one's own are told apart."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from strop.agents.view import View
from strop.benchmarks.leaderboard.known import KnownGood, path_of
from strop.benchmarks.leaderboard.tasks import (
    SUITES,
    Task,
    copy_repository,
    files_of,
    load_task,
    open_suite,
    open_task,
    tasks_folder,
)
from strop.errors import ConfigError
from strop.job import load_job
from strop.sandbox.workspace import Snapshot
from strop.study import Study
from strop.testing.repositories import make_repository

TASKS = [task for suite in SUITES for task in open_suite(suite).tasks]
SPEED = [task for suite in ("kernels", "pycode") for task in open_suite(suite).tasks]
PYTHON = [task for task in SPEED if not load_job(task.repository).commands.build]


def test_the_suites_are_as_large_as_promised() -> None:
    kernels, pycode = (open_suite(name).tasks for name in ("kernels", "pycode"))
    own = [task for task in kernels if not task.name.startswith("scimark_")]
    assert len([task for task in own if not task.control]) >= 15 and len(own) >= 20
    assert sum(task.control for task in kernels) >= 5
    assert sum(task.name.startswith("scimark_") for task in kernels) == 10
    assert len(pycode) >= 12
    assert (
        sum(len([name for name in files_of(task.repository) if name.endswith(".py")]) >= 5 for task in pycode)
        >= 12
    )


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_a_bundled_task_has_what_a_task_needs(task: Task) -> None:
    card, job = task.card, load_job(task.repository)
    assert job.name == task.name
    assert card is not None and card.title and card.description and "Apache-2.0" in card.licence
    assert (task.good is None) == task.control
    assert job.commands.test and not job.verify.self_reported
    command = job.calls.inputs if job.calls else job.commands.benchmark
    assert ("{seed}" in command) != card.fixed
    assert card.fixed == (card.seed_value is not None)
    if job.objective.measured:
        assert card.best.ratio == 1 if task.control else card.best.ratio > 1.1
        assert len(card.sizes) >= 3
    else:
        assert job.commands.evaluate and job.verify.outputs and card.best.ratio > 1 and card.best.source
    path, _, name = card.hot.partition(":")
    if path:
        assert name.split(".")[-1] in task.sources()[path].read_text(encoding="utf-8")
    assert not [file for file in files_of(task.folder) if file.endswith(".pyc")]


@pytest.mark.parametrize("task", [open_suite(suite).tasks[0] for suite in SUITES], ids=lambda t: t.name)
def test_the_known_good_version_is_an_arm(task: Task, tmp_path: Path) -> None:
    assert path_of("known-good") == "strop.benchmarks.leaderboard.known:KnownGood" and path_of("gp") == "gp"
    job = load_job(task.repository)
    study = Study.create(tmp_path, job)
    arm = KnownGood(View(job, Snapshot.take(task.repository, study.folder, job.target), study))
    proposed = arm.ask(3)
    assert len(proposed) == (not task.control) and arm.ask(3) == []
    if task.good is not None:
        assert {edit.path for edit in proposed[0].edits} == set(files_of(task.good))


@pytest.mark.slow
@pytest.mark.parametrize("task", PYTHON, ids=lambda task: task.name)
def test_seed_and_good_version_pass_the_tests_and_agree(task: Task, tmp_path: Path) -> None:
    job = load_job(task.repository)
    command = job.calls.inputs if job.calls else job.commands.benchmark
    said = {}
    for side in ("seed", "good") if task.good else ("seed",):
        root = tmp_path / side
        copy_repository(task, root)
        if side == "good":
            assert task.good is not None
            for name in files_of(task.good):
                (root / name).write_bytes((task.good / name).read_bytes())
        _shell(job.commands.test, root)
        said[side] = _shell(command.replace("{seed}", "3"), root)
        if job.calls is not None:
            said[side] = _replies(job.calls.function, said[side], root)
    if task.good and not job.verify.relative_tolerance:
        assert said["seed"] == said["good"]


def _shell(command: str, folder: Path) -> str:
    env = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        command, shell=True, cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def _replies(function: str, lines: str, folder: Path) -> str:
    module, _, name = function.partition(":")
    program = f"import json, sys\nfrom {module} import {name}\n"
    program += f"for line in sys.stdin: print(repr({name}(*json.loads(line))))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, input=lines, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_a_folder_of_repositories_is_a_suite(tmp_path: Path) -> None:
    make_repository(tmp_path / "suite" / "one")
    make_repository(tmp_path / "suite" / "two")
    (tmp_path / "suite" / "notes").mkdir()
    suite = open_suite(str(tmp_path / "suite"))
    assert (suite.name, [task.name for task in suite.tasks]) == ("suite", ["one", "two"])
    assert [task.card for task in suite.tasks] == [None, None]
    assert suite.chosen(("two",)).tasks == suite.tasks[1:]
    with pytest.raises(ConfigError, match="--task three: .*known: one, two"):
        suite.chosen(("three",))
    assert [task.name for task in open_suite(str(tmp_path / "suite" / "one")).tasks] == ["one"]


@pytest.mark.parametrize(
    ("card", "said"),
    [
        ("title = 3", "title: Input should be a valid string"),
        ('title = "x"', "licence: Field required"),
        ('title = "x"\nlicence = "y"\nspeed = 3', "speed: Extra inputs"),
        ("title = ", "not valid TOML"),
        ('title = "x"\nlicence = "y"', "there is none"),
    ],
)
def test_a_wrong_card_names_file_and_key(tmp_path: Path, card: str, said: str) -> None:
    (tmp_path / "task.toml").write_text(card, encoding="utf-8")
    with pytest.raises(ConfigError, match=str(tmp_path)) as caught:
        load_task(tmp_path)
    assert said in str(caught.value)


def test_unknown_names_are_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unknown suite 'kernel'; known: kernels, pycode, .*tuning"):
        open_suite("kernel")
    with pytest.raises(ConfigError, match="unknown task 'nothing'"):
        open_task("nothing")
    with pytest.raises(ConfigError, match="no sub-folder has"):
        open_suite(str(tmp_path))
    assert open_task("kernels/closest_pair") == open_task("closest_pair")
    assert open_task(str(tasks_folder() / "kernels" / "closest_pair")).name == "closest_pair"


def test_a_copy_has_what_git_keeps_and_one_commit(tmp_path: Path) -> None:
    source = make_repository(tmp_path / "source")
    (source / "new.txt").write_text("not committed", encoding="utf-8")
    (source / "__pycache__").mkdir()
    (source / "__pycache__" / "x.pyc").write_bytes(b"x")
    (source / ".strop").mkdir()
    (source / ".strop" / "study.db").write_bytes(b"x")
    target = tmp_path / "deep" / "copy"
    copy_repository(load_task(source), target)
    assert (target / "new.txt").is_file()
    assert not (target / ".strop").exists() and not (target / "__pycache__").exists()
    log = subprocess.run(
        ["git", "-C", str(target), "log", "--oneline"], check=True, capture_output=True, text=True
    )
    assert len(log.stdout.splitlines()) == 1
    assert load_task(source).digest() == load_task(target).digest()


def test_list_shows_every_suite(capsys: pytest.CaptureFixture[str]) -> None:
    from strop.cli import main

    assert main(["bench", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert set(listed) == {*SUITES, "tuning"}
    assert {row["task"] for row in listed["pycode"]} == {task.name for task in open_suite("pycode").tasks}
    assert main(["bench", "list"]) == 0
    assert "control: nothing to gain" in capsys.readouterr().out
