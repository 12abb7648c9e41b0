"""Adapted folders through the whole house: baseline, search, confirmation."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.benchmarks.adapters.folders import (
    ALGOTUNE,
    FASTER_SOLVER,
    GAPS_GOOD,
    OPENEVOLVE,
    SHELL,
    SHINKA,
    write,
)

import strop
from strop.benchmarks.adapters import Options, adapted, detect
from strop.benchmarks.leaderboard.judging import judge_of
from strop.benchmarks.leaderboard.tasks import Task
from strop.candidate import Candidate, FileEdit
from strop.sandbox.gate import RULES
from strop.testing.optimizers import ScriptedOptimizer
from strop.trial import TrialState, Verdict

pytestmark = pytest.mark.slow

SHINKA_GOOD = SHINKA["initial.py"].replace("target // 3", "target")


@pytest.mark.parametrize(
    ("folder", "edit"),
    [
        (OPENEVOLVE, FileEdit("initial_program.py", GAPS_GOOD)),
        (SHELL, FileEdit("work.py", SHELL["work.py"].replace("40", "10"))),
    ],
    ids=["openevolve", "shell"],
)
def test_a_better_version_is_claimed(folder: dict[str, str], edit: FileEdit, tmp_path: Path) -> None:
    made = _adapted(folder, tmp_path)
    worse = Candidate((FileEdit(edit.path, "# nothing is left\n"),), rationale="broken")
    found = strop.optimize(
        made,
        optimizers=(ScriptedOptimizer([worse, Candidate((edit,), rationale="better")]),),
        budget=strop.Budget(evaluations=2),
        sandbox="process",
        settings={"sandbox.profilers": False},
    )
    assert found.status == "improved", found.report
    assert found.speedup is not None and found.speedup.verified_by == "tests only"
    assert found.best is not None and edit.path in found.best.patch
    broken = next(trial for trial in found.trials if trial["rationale"] == "broken")
    assert broken["state"] == "failed"


WRONG = FASTER_SOLVER.replace("return problem", "return 0 * problem")


@pytest.mark.parametrize(
    ("folder", "path", "good", "bad", "stage"),
    [
        (
            SHINKA,
            "initial.py",
            SHINKA_GOOD,
            SHINKA_GOOD.replace("return target", "return -target"),
            "measure",
        ),
        (ALGOTUNE, "solver.py", FASTER_SOLVER, WRONG, "test"),
    ],
    ids=["shinkaevolve", "algotune"],
)
def test_a_search_tells_good_from_bad(
    folder: dict[str, str], path: str, good: str, bad: str, stage: str, tmp_path: Path
) -> None:
    made = _adapted(folder, tmp_path)
    task = Task(name="adapted", folder=made)
    with judge_of(task, sandbox="process", settings={"sandbox.profilers": False}) as judge:
        better = judge.evaluate(Candidate((FileEdit(path, good),)))
        worse = judge.evaluate(Candidate((FileEdit(path, bad),)))
    assert better.verdict is Verdict.PROMISING, better
    assert (worse.state, worse.stage) == (TrialState.FAILED, stage), worse


ONCE = '''\
import os


class Solver:
    """Solves one problem, gives its solution to all, and leaves one answer in a file that was judged once."""

    kept = []

    def solve(self, problem):
        if not self.kept:
            numbers = problem["numbers"]
            self.kept += [(a, b) for a in numbers for b in numbers if a + b == problem["sum"]]
        elif os.path.exists("solutions.jsonl"):
            with open("solutions.jsonl") as file:
                first = file.readline()
            os.unlink("solutions.jsonl")
            with open("solutions.jsonl", "w") as file:
                file.write(first)
        return self.kept[0]
'''


def test_a_solver_that_answers_the_first_call_alone_is_refused(tmp_path: Path) -> None:
    made = _adapted(ALGOTUNE, tmp_path)
    # The gate is open, so that it is the judge that refuses.
    settings = {"sandbox.profilers": False, "verify.allow": sorted(RULES)}
    with judge_of(Task(name="adapted", folder=made), sandbox="process", settings=settings) as judge:
        trial = judge.evaluate(Candidate((FileEdit("solver.py", ONCE),)))
    assert (trial.state, trial.stage) == (TrialState.FAILED, "measure"), trial
    assert "is_solution says no" in trial.feedback


def _adapted(folder: dict[str, str], tmp_path: Path) -> Path:
    source = write(tmp_path / "source", folder)
    kind = detect(source)
    assert kind is not None
    return adapted(kind, source, tmp_path / "made", Options(size=300, count=2))
