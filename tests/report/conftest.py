"""Studies made by hand, as a finished, an interrupted and an unlucky search leave them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from strop.candidate import BASELINE, Candidate, FileEdit
from strop.job import parse_job
from strop.sandbox.evaluator import Baseline
from strop.sandbox.measure.planning import Calibration
from strop.study import Study
from strop.trial import Comparison, Confirmation, StageResult, Trial, TrialState, Verdict

BASE = {"app.py": "def work():\n    text = ''\n    return text\n"}
HOSTILE = "join\x1b[31m the [bold]parts[/bold] \x1b]0;title\x07\u202e`x` ```"

JOB = {
    "name": "words",
    "goal": "Count faster.",
    "target": {"files": ["app.py"]},
    "commands": {"test": "true", "benchmark": "python app.py --threads {threads}"},
    "metrics": [{"name": "wall_time"}, {"name": "peak_memory"}, {"name": "items", "direction": "maximize"}],
    "knobs": [
        {"name": "chunk", "type": "int", "low": 1, "high": 99, "default": 60, "env": "WORDS_CHUNK"},
        {"name": "threads", "type": "int", "low": 1, "high": 8, "default": 1},
        {"name": "mode", "type": "categorical", "choices": ["a", "b"], "default": "a"},
    ],
    "budget": {"evaluations": 10, "minutes": 5, "tokens": 9000},
}


def comparison(metric: str, ratio: float, low: float, high: float, pairs: int = 8) -> Comparison:
    sides = ((0.2,) * pairs, (0.2 / ratio,) * pairs)
    source = "self-reported" if metric == "items" else "measured"
    return Comparison(metric, ratio, low, high, pairs, source, *sides)


WHOLE = Candidate(
    (FileEdit("app.py", "def work():\n    return ''.join([])\n# ```\n"),),
    (("chunk", 12), ("mode", "a"), ("threads", 4)),
    (BASELINE.id,),
    "coder",
    HOSTILE,
)
WRONG = Candidate(
    (FileEdit("app.py", "def work():\n    return 1\n"),), (), (BASELINE.id,), "coder", "Return 1."
)
SLOWER = Candidate((), (("chunk", 99),), (BASELINE.id,), "optuna", "")
SMALL = Candidate(WHOLE.edits, (("chunk", 12), ("threads", 4)), ("not-kept",), "minimise", "")


def search(study: Study) -> None:
    """Write down what a search leaves: a failed, a promising, a worse trial, and answers without one."""
    calibration = Calibration.from_log_ratios([0.01, -0.02, 0.015, -0.01, 0.005, -0.012])
    metrics = {"wall_time": 0.2, "peak_memory": 50e6, "items": 1000.0}
    baseline = Baseline(None, {"output": "x"}, calibration, 0.21, metrics)
    row = study.begin(BASELINE)
    first = replace(row, state=TrialState.COMPLETE, verified_by="output only", seconds=3.0)
    first = replace(first, comparisons=(comparison("wall_time", 1.001, 0.98, 1.02),))
    study.set("baseline", {"baseline": baseline.to_json(), "trial": first.to_json()})
    study.finish(first)
    wrong = _begin(study, WRONG)
    stages = (StageResult("build", True, 0.1), StageResult("test", False, 1.5, "tests failed: t", "test.log"))
    reason = "tests failed: test_[red]work\x1b[0m"
    failed = replace(wrong, state=TrialState.FAILED, stage="test", reason=reason, stages=stages, seconds=1.6)
    study.finish(replace(failed, feedback=f"{reason}\nAssertionError: \x1b[31m1 != ''"))
    good = _begin(study, WHOLE)
    found = (comparison("wall_time", 2.9, 2.5, 3.2), comparison("peak_memory", 0.9, 0.8, 0.95))
    hot = {"hot": [{"fn": "app.py:work", "self_pct": 71.5, "cum_pct": 90.0, "lines": []}]}
    measured = replace(good, state=TrialState.COMPLETE, comparisons=found, profile=hot, seconds=9.0)
    study.finish(replace(measured, verdict=Verdict.PROMISING, verified_by="tests and output"))
    slow = replace(_begin(study, SLOWER), state=TrialState.COMPLETE, verdict=Verdict.WORSE, seconds=4.0)
    study.finish(replace(slow, comparisons=(comparison("wall_time", 0.5, 0.0, float("inf")),)))
    lines = [
        ("coder", 0, "unusable", "the answer was \x1b[1mempty", "", 0),
        ("coder", 1, "candidate", "", WRONG.id, 1),
        ("coder", 2, "candidate", "", WHOLE.id, 2),
        ("tuner", 0, "no answer", "cannot be reached: [/nope]", "", 2),
        ("rules", -1, "refused", "the same as trial 2", WHOLE.id, 3),
        ("critic", 0, "answer", "", "", 3),
    ]
    keys = ("agent", "attempt", "outcome", "sentence", "candidate", "turn")
    rows = [{**dict(zip(keys, line, strict=True)), "parent": BASELINE.id} for line in lines]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (study.folder / "attempts.jsonl").write_text(text + '{"torn', encoding="utf-8")
    study.set("hypotheses", ["work() takes 70 %"])
    study.set("lessons", ["do not return 1"])
    study.set("seconds", 75.5)
    study.set("spent", {"calls": 4, "prompt_tokens": 1200, "completion_tokens": 300, "usd": None})


def _begin(study: Study, candidate: Candidate) -> Trial:
    study.add(candidate, BASE)
    return study.begin(candidate)


def confirmed(study: Study) -> None:
    """Write down a confirmation that claims, and a smaller candidate that is confirmed, too."""
    claims = (
        comparison("wall_time", 2.73, 2.61, 2.86, 14),
        comparison("peak_memory", 0.9, 0.85, 0.95, 14),
        comparison("items", 1.0, 0.99, 1.01, 14),
    )
    first = Confirmation(WHOLE.id, BASELINE.id, True, claims, "tests and output")
    study.set("confirmation", first.to_json())
    study.add(SMALL, BASE)
    small = replace(first, candidate=SMALL.id, comparisons=(replace(claims[0], ratio=2.75), *claims[1:]))
    nothing = {"ratio": None, "low": None, "high": None, "difference": None, "reason": ""}
    parts = [
        {**nothing, "part": "mode=a", "kept": False, "ratio": 1.01, "low": 0.97, "high": 1.05},
        {**nothing, "part": "chunk=12", "kept": True, "ratio": 1.4, "low": 1.31, "high": 1.52},
        {**nothing, "part": "app.py:work", "kept": True, "reason": "tests: exit code 1"},
    ]
    kept = {"candidate": SMALL.id, "dropped": ["mode=a"], "confirmation": small.to_json(), "parts": parts}
    study.set("minimised", kept)
    study.set("stopped_because", "10 evaluations are spent")
    study.set("status", "improved")


def refuted(study: Study) -> None:
    """Write down a confirmation that claims nothing."""
    fresh = (comparison("wall_time", 1.01, 0.97, 1.05, 12),)
    reason = "the lower bound of the 95 % interval, 0.970, is not above 1.030"
    study.set("confirmation", Confirmation(WHOLE.id, BASELINE.id, False, fresh, "tests", reason).to_json())
    study.set("status", "no improvement found")


@pytest.fixture
def make_study(tmp_path: Path) -> Callable[..., Study]:
    def make(*steps: Callable[[Study], None], **job: Any) -> Study:
        study = Study.create(tmp_path, parse_job({**JOB, **job}, "strop.toml"))
        for step in steps:
            step(study)
        return study

    return make


@pytest.fixture
def improved(make_study: Callable[..., Study]) -> Study:
    """A study with a claim."""
    return make_study(search, confirmed)


@pytest.fixture
def unlucky(make_study: Callable[..., Study]) -> Study:
    """A study whose champion was not confirmed."""
    return make_study(search, refuted)


@pytest.fixture
def interrupted(make_study: Callable[..., Study]) -> Study:
    """A study whose process was killed in the search."""
    return make_study(search, lambda study: study.set("status", "running"))


@pytest.fixture
def fresh(make_study: Callable[..., Study]) -> Study:
    """A study of which nothing is known yet."""
    return make_study()
