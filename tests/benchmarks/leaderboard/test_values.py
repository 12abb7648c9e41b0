"""Tasks of values: a judge derives them, a suite shares evaluators, results keep the values."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.benchmarks.leaderboard.rows import result, study

from strop.benchmarks.leaderboard.ranking import board_of
from strop.benchmarks.leaderboard.result import PrivateRow, TaskRow, load_result, save_result
from strop.benchmarks.leaderboard.runner import sentence
from strop.benchmarks.leaderboard.showing import score_text
from strop.benchmarks.leaderboard.tasks import copy_repository, load_task, open_suite
from strop.benchmarks.leaderboard.validating import validate_task
from strop.benchmarks.leaderboard.website import write_site
from strop.cli import main
from strop.errors import ConfigError

CARD = """\
title = "Points far apart"
description = "Numbers from 0 to 1 whose least distance is large."
licence = "Apache-2.0"
hot = "solve.py:solve"
fixed = true
seed_value = 0.1
common = ["judge"]

[best]
ratio = 2.5
value = 0.25
source = "they are spread evenly"
"""

JOB = """\
name = "apart"
minimum_effect = 1e-9

[target]
files = ["solve.py"]

[commands]
test = "python -m unittest -q"
benchmark = "python run.py"
evaluate = "python judge.py"

[verify]
outputs = ["answer.txt"]

[[metrics]]
name = "distance"
direction = "maximize"

[[knobs]]
name = "step"
type = "float"
low = 0.1
high = 0.25
default = 0.1
env = "STEP"

[sandbox]
profilers = false
"""

SOLVE = """\
import os


def solve(count):
    step = float(os.environ.get("STEP", "0.1"))
    return [number * step for number in range(count)]
"""

RUN = """\
from solve import solve

with open("answer.txt", "w") as stream:
    stream.write("".join(f"{value!r}\\n" for value in solve(5)))
"""

JUDGE = """\
import sys
from fractions import Fraction

lines = open("answer.txt").read(2000).split()
try:
    values = sorted(Fraction(line) for line in lines)
except ValueError as error:
    sys.exit(f"answer.txt: {error}")
if len(values) != 5 or values[0] < 0 or values[-1] > 1:
    sys.exit("answer.txt: five numbers from 0 to 1 are wanted")
print(f"METRIC distance={float(min(b - a for a, b in zip(values, values[1:])))!r}")
"""

TESTS = """\
import unittest

from solve import solve


class SolveTest(unittest.TestCase):
    def test_count(self):
        self.assertEqual(len(list(solve(5))), 5)
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A suite of one task, whose judge lies in the suite's common folder."""
    folder = tmp_path / "values"
    for name, text in {
        "_common/judge/judge.py": JUDGE,
        "apart/task.toml": CARD,
        "apart/repo/strop.toml": JOB,
        "apart/repo/solve.py": SOLVE,
        "apart/repo/run.py": RUN,
        "apart/repo/test_solve.py": TESTS,
        "apart/good/solve.py": SOLVE.replace("* step", "* 0.25"),
    }.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def test_common_files_lie_in_the_repository(suite: Path, tmp_path: Path) -> None:
    (task,) = open_suite(str(suite)).tasks
    copy_repository(task, tmp_path / "copy")
    assert (tmp_path / "copy" / "judge.py").read_text(encoding="utf-8") == JUDGE
    before = task.digest()
    (suite / "_common" / "judge" / "judge.py").write_text(JUDGE + "\n", encoding="utf-8")
    assert task.digest() != before


def test_common_files_that_are_missing_or_twice_there_are_told(suite: Path) -> None:
    (suite / "apart" / "repo" / "judge.py").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"task.toml: common: judge.py is in .*, too"):
        load_task(suite / "apart")
    card = suite / "apart" / "task.toml"
    card.write_text(CARD.replace('["judge"]', '["juge"]'), encoding="utf-8")
    with pytest.raises(ConfigError, match="there is no folder .*juge"):
        load_task(suite / "apart")


@pytest.mark.slow
def test_a_seed_that_scores_otherwise_than_stated_is_refused(suite: Path) -> None:
    card = suite / "apart" / "task.toml"
    card.write_text(CARD.replace("seed_value = 0.1", "seed_value = 0.2"), encoding="utf-8")
    *_, last = validate_task(load_task(suite / "apart"), sandbox="bubblewrap", fail_fast=True)
    assert (last.name, last.ok) == ("seed solution", False)
    assert last.detail == "distance is 0.1, but task.toml states 0.2"


@pytest.mark.slow
def test_a_task_of_values_is_proved_and_run(suite: Path, tmp_path: Path) -> None:
    checks = validate_task(load_task(suite / "apart"), sandbox="bubblewrap")
    assert [f"{check.name}: {check.detail}" for check in checks if not check.ok] == []
    by_name = {check.name: check for check in checks}
    assert "2.50 times better" in by_name["known good version"].detail
    arguments = ["--sandbox", "bubblewrap", "--out", str(tmp_path / "out"), "--budget", "4"]
    assert main(["bench", "run", str(suite), "--optimizer", "random", *arguments]) == 0
    found = load_result(tmp_path / "out" / "result.json")
    (row,) = found.studies
    assert row.seed_value == pytest.approx(0.1) and row.state == "improved"
    assert row.value is not None and 0.1 < row.value <= 0.25
    assert row.ratio == pytest.approx(row.value / 0.1)
    assert (found.tasks[0].metric, found.tasks[0].best_value) == ("distance", 0.25)


def test_values_are_shown(tmp_path: Path) -> None:
    shown = result(
        [
            study("pack", "random", ratio=1.2, value=2.63, seed_value=2.19, metric="sum"),
            study("pack", "rules", value=2.19, seed_value=2.19),
        ],
        suite="constructions",
    )
    task = TaskRow(name="pack", metric="sum", direction="maximize", best=1.44, best_value=2.6359830849167)
    shown = shown.model_copy(update={"tasks": (task,)})
    first, second = board_of(shown).rows
    assert (first.optimizer, second.known_share) == ("random", 0.0)
    assert first.known_share == pytest.approx(0.5)
    index = write_site([shown], tmp_path / "site").read_text(encoding="utf-8")
    assert ">2.63</td>" in index and ">2.19</td>" in index and "2.635983" in index
    page = (tmp_path / "site" / "tasks" / "constructions-1-pack.html").read_text(encoding="utf-8")
    assert "sum, from 2.19 to 2.63" in page and "Best known: sum 2.635983" in page
    (tmp_path / "result.json").write_text(shown.model_dump_json(), encoding="utf-8")
    assert load_result(tmp_path).studies == shown.studies
    assert json.loads(shown.model_dump_json())["tasks"][0]["best_value"] == 2.6359830849167


def test_values_are_medians_of_claims_alone() -> None:
    rows = [
        study("caps", "random", 1, 1.75, value=448, seed_value=256, metric="cap_size"),
        study("caps", "random", 2, value=64, seed_value=64),  # of the search's part of the data
        study("caps", "rules", 1),
        study("caps", "rules", 2),
    ]
    task = TaskRow(name="caps", metric="cap_size", direction="maximize")
    shown = result(rows, suite="heuristics").model_copy(update={"tasks": (task,)})
    first, second = (row.tasks["caps"] for row in board_of(shown).rows)
    assert (first.value, first.seed_value) == (448, 256)
    assert [score_text(score, task) for score in (first, second)] == ["448 (1 of 2 seeds)", "–"]
    assert score_text(second, TaskRow(name="fast")) == "1"


def test_differences_are_shown_as_such(tmp_path: Path) -> None:
    ends = {"low": 1.04, "high": 1.04, "difference": (0.031, 0.020, 0.042)}
    row = study("sums", "random", ratio=1.04, value=0.78, seed_value=0.75, metric="accuracy")
    again = PrivateRow(
        task="sums", optimizer="random", seed=1, ratio=1.01, low=1.01, high=1.01, holds=False,
        difference=(0.0004, -0.0101, 0.0109), instances=(7,),
    )  # fmt: skip
    shown = result([row.model_copy(update=ends)], private=[again])
    assert "seed 1: +0.031 [+0.020, +0.042]; 2 evaluations" in sentence(shown.studies[0])
    write_site([shown], tmp_path)
    page = (tmp_path / "tasks" / "kernels-1-sums.html").read_text(encoding="utf-8")
    assert ">+0.031 [+0.020, +0.042]</td>" in page
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert ">0.78 from 0.75: +0.031 [+0.020, +0.042]</td>" in index
    assert ">+0.000 [-0.010, +0.011] on private instances, does not hold</td>" in page
    assert "better by +0.031 [+0.020, +0.042] (accuracy, from 0.75 to 0.78)" in page
    save_result(shown, tmp_path / "result.json")
    assert load_result(tmp_path) == shown
