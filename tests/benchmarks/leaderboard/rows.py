"""Results for tests: small, and with known figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from strop.benchmarks.leaderboard.result import (
    Limits,
    Metric,
    ModelUsed,
    PrivateRow,
    Result,
    StudyRow,
    TaskRow,
    TrialRow,
)

WINNER = {
    "id": "x",
    "edits": [],
    "knobs": {"size": 4},
    "parents": [],
    "author": "a",
    "rationale": "",
    "choices": [],
}


def study(task: str, optimizer: str, seed: int = 1, ratio: float = 1.0, **further: Any) -> StudyRow:
    """Return a study that claims a ratio, or nothing where it is 1."""
    gain: dict[str, Any] = {}
    if ratio != 1:
        metric = Metric(name="cpu_time", ratio=ratio, low=ratio * 0.9, high=ratio * 1.1)
        gain = {
            "low": ratio * 0.9,
            "high": ratio * 1.1,
            "metric": "cpu_time",
            "verified_by": "tests and output",
        }
        gain |= {
            "metrics": (metric,),
            "winner": WINNER,
            "patch": "diff --git a/x.py b/x.py\n-slow = 1\n+fast = 1\n",
        }
    state = "improved" if ratio != 1 else "no improvement found"
    values: dict[str, Any] = {"state": state, "ratio": ratio, "evaluations": 2, "seconds": 10.0, **gain}
    values["trials"] = (trial(1), trial(2, "promising", ratio * 1.01))
    values["trace"] = ("rules: a set instead of a list", "rules: <b>joined</b> texts")
    return StudyRow(task=task, optimizer=optimizer, seed=seed, **{**values, **further})


def trial(number: int, verdict: str = "undecided", ratio: float = 1.0, **further: Any) -> TrialRow:
    """Return a trial."""
    ended = {"shape": f"s{number}", "behaviour": verdict}
    return TrialRow(number=number, state="complete", verdict=verdict, ratio=ratio, **{**ended, **further})


def result(
    studies: Sequence[StudyRow],
    *,
    controls: Sequence[str] = (),
    private: Sequence[PrivateRow] = (),
    digests: Mapping[str, str] | None = None,
    **further: Any,
) -> Result:
    """Return the result that holds studies."""
    tasks = list(dict.fromkeys(row.task for row in studies))
    values: dict[str, Any] = {
        "suite": "kernels",
        "date": "2026-11-24T12:00:00+00:00",
        "strop": "0.1.0",
        "machine": {
            "system": "Linux",
            "cpus": 2,
            "processor": "x",
            "python": "3.11",
            "sandbox": "bubblewrap",
        },
        "limits": Limits(evaluations=8),
        "model": ModelUsed(),
        "seeds": tuple(sorted({row.seed for row in studies})),
        "optimizers": tuple(dict.fromkeys(row.optimizer for row in studies)),
    }
    rows = [
        TaskRow(
            name=name, title=f"The {name}", control=name in controls, digest=(digests or {}).get(name, "")
        )
        for name in tasks
    ]
    return Result(tasks=tuple(rows), studies=tuple(studies), private=tuple(private), **{**values, **further})
