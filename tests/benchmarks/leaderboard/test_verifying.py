"""Winners measured again: under the result's settings, and told as what it was."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.benchmarks.leaderboard.rows import result, study

from strop.benchmarks.leaderboard import verifying
from strop.benchmarks.leaderboard.columns import COLUMNS
from strop.benchmarks.leaderboard.ranking import board_of
from strop.benchmarks.leaderboard.result import load_result, save_result
from strop.benchmarks.leaderboard.tasks import Task, open_suite
from strop.benchmarks.leaderboard.verifying import verify_result
from strop.benchmarks.leaderboard.website import write_site
from strop.candidate import Candidate
from strop.testing.repositories import make_repository
from strop.trial import Comparison, Confirmation


class Judge:
    """Confirms every winner with the same words, and keeps what it was set to."""

    def __init__(self, *comparisons: Comparison, seeds: tuple[int, ...] = (), claimed: bool = True) -> None:
        self.again = Confirmation("x", "", claimed, comparisons, reason="" if claimed else "no", seeds=seeds)
        self.settings: Mapping[str, Any] = {}

    @contextmanager
    def of(self, task: Task, *, settings: Mapping[str, Any], **further: Any) -> Iterator[SimpleNamespace]:
        """Stand in for `judge_of`."""
        self.settings = settings
        yield SimpleNamespace(confirm=self._confirm)

    def _confirm(self, candidate: Candidate, expected: float) -> Confirmation:
        return self.again


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A result of a suite of one repository, with one winner."""
    make_repository(tmp_path / "mine" / "shared")
    digests = {task.name: task.digest() for task in open_suite(str(tmp_path / "mine")).tasks}
    settings = {"sandbox.memory_mb": 8192, "model.max_tokens": 700}
    rows = [study("shared", "rules", ratio=2.0)]
    save_result(result(rows, digests=digests, settings=settings, suite="mine"), tmp_path / "result.json")
    return tmp_path


def _verified(folder: Path, judge: Judge, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(verifying, "judge_of", judge.of)
    said: list[str] = []
    verify_result(folder, suite=str(folder / "mine"), sandbox=None, say=said.append)
    return said[0]


def test_winners_are_measured_under_the_settings_of_the_result(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = Judge(Comparison("cpu_time", 1.9, 1.8, 2.0, 20, "measured"), seeds=(7, 8))
    assert _verified(folder, judge, monkeypatch).endswith(
        "claimed 2.00 [1.80, 2.20], on private instances 1.90 [1.80, 2.00]: holds"
    )
    assert judge.settings == {"sandbox.memory_mb": 8192}


def test_a_problem_without_instances_is_told_as_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = Judge(Comparison("cpu_time", 1.9, 1.8, 2.0, 20, "measured"))
    said = _verified(folder, judge, monkeypatch)
    assert said.endswith("the same problem measured again: 1.90 [1.80, 2.00]: holds")
    found = load_result(folder)
    (row,) = board_of(found).rows
    cell = next(column.cell(row) for column in COLUMNS if column.head == "private")
    assert cell == "1 of 1, 0.95 (1 on the same problem)"
    write_site([found], folder / "site")
    page = (folder / "site" / "tasks" / "mine-1-shared.html").read_text(encoding="utf-8")
    assert "1.90 [1.80, 2.00] on the same problem" in page and "private instances" not in page


def test_a_measurement_without_a_bound_is_kept_as_no_gain(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A clock too coarse for the run: JSON has no infinity, and the whole result could not be read again.
    judge = Judge(Comparison("cpu_time", 1.0, 0.0, math.inf, 20, "measured"), seeds=(7,), claimed=False)
    assert "1.00: DOES NOT HOLD (no)" in _verified(folder, judge, monkeypatch)
    (private,) = load_result(folder).private
    assert (private.ratio, private.low, private.high) == (1, 1, 1)
