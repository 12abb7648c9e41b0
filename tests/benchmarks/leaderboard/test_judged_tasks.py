"""`strop bench validate` on tasks of time whose results are judged and not compared; nothing is run here."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from strop.benchmarks.leaderboard import validating
from strop.benchmarks.leaderboard.judging import Judge
from strop.benchmarks.leaderboard.tasks import Best, Card, Task
from strop.candidate import BASELINE
from strop.extension import ExecResult, Outcome
from strop.job import Job, parse_job
from strop.sandbox.baseline import Baseline
from strop.sandbox.driving import Inputs
from strop.sandbox.measure.planning import Calibration
from strop.sandbox.outputs import TestReport
from strop.sandbox.stages import BenchmarkRun
from strop.trial import Comparison, Trial, TrialState

TASK = Task(name="tour", folder=Path(), card=Card(title="Tour", licence="x", hot="a.py:solve", best=Best()))


def _judge(*, same_results: bool) -> Judge:
    """Return a judge of a task of time; its results are compared, or left to commands.evaluate."""
    commands = {
        "benchmark": "python run.py {seed}",
        "evaluate": "python judge.py",
        "test": "python -m unittest",
    }
    data: dict[str, Any] = {"target": {"files": ["a.py"]}, "commands": commands}
    data |= {"verify": {"same_results": same_results}, "metrics": [{"name": "cpu_time"}]}
    job: Job = parse_job(data, "strop.toml")
    tests = TestReport(frozenset({"test_a"}), frozenset(), 1)
    baseline = Baseline(tests, {}, Calibration.without_noise(8), 1.0, {"cpu_time": 1.0}, clock="cpu_time")
    same = Comparison("cpu_time", 1.0, 0.98, 1.02, 8, "measured")
    measured = Trial(0, BASELINE.id, BASELINE.author, TrialState.COMPLETE, comparisons=(same,))
    snapshot = SimpleNamespace(texts={"a.py": "def solve(x):\n    return x\n"})
    place = SimpleNamespace(job=job, stages=None, snapshot=snapshot)
    return Judge(cast(Any, place), baseline, measured)


def test_results_that_are_not_compared_may_differ_from_run_to_run() -> None:
    check = validating._seed(TASK, _judge(same_results=False))
    assert check.ok and check.detail.endswith("compared: nothing, commands.evaluate says what is right")
    assert not validating._seed(TASK, _judge(same_results=True)).ok  # nothing agrees, though it has to


def test_a_lazy_result_is_no_fault_where_a_judge_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    certain: dict[bool, dict[str, bool]] = {}
    for same_results in (True, False):
        judge, seen = _judge(same_results=same_results), certain.setdefault(same_results, {})
        for name in ("_seed", "_instances", "_nothing", "_good"):
            monkeypatch.setattr(validating, name, lambda *given: validating.Check("", True, ""))
        monkeypatch.setattr(
            validating, "_refused", lambda judge, probe, seen=seen: seen.update({probe.name: probe.certain})
        )
        list(validating._checked(TASK, judge))
    assert certain[True]["lazy"] and not certain[False]["lazy"]
    assert certain[False]["empty"]


@pytest.mark.parametrize(
    ("texts", "said"), [(["a", "b", "c"], "seeds differ"), (["a", "a", "a"], "same output")]
)
def test_instances_of_such_a_task_differ_and_need_not_repeat(
    texts: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = iter(texts)

    def run(stages: object, seed: int) -> BenchmarkRun:
        done = ExecResult(Outcome.EXITED, 0, next(printed).encode(), b"", 1.0, 1.0, 1, "runner")
        return BenchmarkRun({"cpu_time": 1.0}, {}, done, Inputs(seed))

    monkeypatch.setattr(validating, "_run", run)
    check = validating._instances(TASK, _judge(same_results=False))
    assert said in check.detail and check.ok == (said == "seeds differ")
