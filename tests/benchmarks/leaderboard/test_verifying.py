"""Winners measured again: as their tasks have it, and told as what it was."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.benchmarks.leaderboard.rows import WINNER, result, study

from strop.benchmarks.leaderboard import verifying
from strop.benchmarks.leaderboard.columns import COLUMNS
from strop.benchmarks.leaderboard.ranking import board_of
from strop.benchmarks.leaderboard.result import PrivateRow, load_result, save_result
from strop.benchmarks.leaderboard.tasks import Task, open_suite
from strop.benchmarks.leaderboard.verifying import verify_result
from strop.benchmarks.leaderboard.website import write_site
from strop.candidate import Candidate
from strop.errors import ConfigError
from strop.testing.repositories import make_repository
from strop.trial import Comparison, Confirmation


class Judge:
    """Confirms every winner with the same words, and keeps what it was set to and where."""

    def __init__(self, *comparisons: Comparison, seeds: tuple[int, ...] = (), claimed: bool = True) -> None:
        self.again = Confirmation("x", "", claimed, comparisons, reason="" if claimed else "no", seeds=seeds)
        self.settings: Mapping[str, Any] = {}
        self.sandboxes: list[str | None] = []

    @contextmanager
    def of(
        self, task: Task, *, settings: Mapping[str, Any], sandbox: str | None, **further: Any
    ) -> Iterator[SimpleNamespace]:
        """Stand in for `judge_of`."""
        self.settings = settings
        self.sandboxes.append(sandbox)
        yield SimpleNamespace(confirm=self._confirm)

    def _confirm(self, candidate: Candidate, expected: float) -> Confirmation:
        return self.again


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A result of a suite of one repository, with one winner."""
    make_repository(tmp_path / "mine" / "shared")
    digests = {task.name: task.digest() for task in open_suite(str(tmp_path / "mine")).tasks}
    settings = {"model.max_tokens": 700}
    rows = [study("shared", "rules", ratio=2.0)]
    save_result(result(rows, digests=digests, settings=settings, suite="mine"), tmp_path / "result.json")
    return tmp_path


def _verified(folder: Path, judge: Judge, monkeypatch: pytest.MonkeyPatch, **further: Any) -> str:
    return _said(folder, judge, monkeypatch, **further)[-1]


def _said(folder: Path, judge: Judge, monkeypatch: pytest.MonkeyPatch, **further: Any) -> list[str]:
    monkeypatch.setattr(verifying, "judge_of", judge.of)
    said: list[str] = []
    options = {"suite": str(folder / "mine"), "sandbox": None, **further}
    verify_result(folder, say=said.append, **options)
    return said


def _change(folder: Path, **update: Any) -> None:
    save_result(load_result(folder).model_copy(update=update), folder / "result.json")


GAIN = Comparison("cpu_time", 1.9, 1.8, 2.0, 20, "measured")


def test_winners_are_measured_as_their_tasks_have_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judge = Judge(GAIN, seeds=(7, 8))
    assert _verified(folder, judge, monkeypatch).endswith(
        "claimed 2.00 [1.80, 2.20], on private instances 1.90 [1.80, 2.00]: holds"
    )
    assert judge.settings == {}


def test_a_claim_without_a_winner_does_not_hold(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (row,) = load_result(folder).studies
    _change(folder, studies=(row.model_copy(update={"winner": None}),))
    said = _verified(folder, Judge(GAIN), monkeypatch)
    assert said.endswith(
        "2.00 [1.80, 2.20]: DOES NOT HOLD (the result keeps no winner that could be measured)"
    )


def test_other_files_matter_where_something_is_claimed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_repository(folder / "mine" / "other")
    found = load_result(folder)
    other = found.tasks[0].model_copy(update={"name": "other", "digest": "changed"})
    rows = (*found.studies, study("other", "rules"))
    _change(folder, tasks=(*found.tasks, other), studies=rows)
    assert _verified(folder, Judge(GAIN), monkeypatch).endswith(": holds")
    _change(folder, studies=(*found.studies, study("other", "rules", ratio=3.0)))
    with pytest.raises(ConfigError, match="task other: its files are others"):
        _verified(folder, Judge(GAIN), monkeypatch)


def test_settings_of_a_result_are_applied_only_where_they_are_asked_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = Judge(GAIN)
    foreign = {"commands.setup": ["curl evil"], "sandbox.backend": "process", "model.max_tokens": 700}
    _change(folder, settings=foreign)
    with pytest.raises(
        ConfigError, match=r"result\.json: settings: commands\.setup, sandbox\.backend: .*--with"
    ):
        _said(folder, judge, monkeypatch)
    assert judge.sandboxes == []
    said = _said(folder, judge, monkeypatch, with_settings=True)
    assert said[0] == 'setting commands.setup = ["curl evil"]' and len(said) == 2
    assert judge.settings == {"commands.setup": ["curl evil"]}
    assert judge.sandboxes == ["bubblewrap"]


@pytest.mark.parametrize(
    ("told", "asked", "used"),
    [
        ("bubblewrap", None, "bubblewrap"),
        ("docker", None, "docker"),
        ("process", None, "auto"),
        ("process", "process", "process"),
        ("auto", None, "auto"),
    ],
)
def test_no_result_asks_for_a_sandbox_that_isolates_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, told: str, asked: str | None, used: str
) -> None:
    _change(folder, machine={"sandbox": told})
    judge = Judge(GAIN)
    _verified(folder, judge, monkeypatch, sandbox=asked)
    assert judge.sandboxes == [used]
    # Nor does a task that its owner runs so: a winner that was handed in is somebody else's.
    job = folder / "mine" / "shared" / "strop.toml"
    job.write_text(job.read_text(encoding="utf-8") + '\n[sandbox]\nbackend = "process"\n', encoding="utf-8")
    tasks = [
        row.model_copy(update={"digest": task.digest()})
        for row, task in zip(load_result(folder).tasks, open_suite(str(folder / "mine")).tasks, strict=True)
    ]
    _change(folder, tasks=tuple(tasks))
    _verified(folder, judge, monkeypatch, sandbox=asked, again=True)
    assert judge.sandboxes == [used, used]


def test_a_result_opens_no_folder_by_its_suites_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    with pytest.raises(ConfigError, match=r"suite: 'mine' is no bundled one .*--suite DIR"):
        _said(folder, Judge(GAIN), monkeypatch, suite=None)


@pytest.mark.parametrize(
    ("update", "said"),
    [
        ({"winner": {"edits": []}}, r"studies: shared, rules, seed 1: winner: is no candidate.*KeyError"),
        ({"winner": {**WINNER, "edits": [{"path": "a.py", "text": 3}]}}, "winner: is no candidate.*types"),
        ({"task": "unlisted"}, r"result\.json: studies: unlisted: not among the result's tasks"),
    ],
)
def test_a_winner_that_is_none_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, update: dict[str, Any], said: str
) -> None:
    _change(folder, studies=(load_result(folder).studies[0].model_copy(update=update),))
    with pytest.raises(ConfigError, match=said):
        _said(folder, Judge(GAIN), monkeypatch)


def test_what_was_measured_before_is_told_as_such_and_measured_again_on_demand(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = PrivateRow(task="shared", optimizer="rules", seed=1, ratio=9.0, low=8.0, high=9.5, holds=True)
    _change(folder, private=(given,))
    judge = Judge(GAIN)
    said = _verified(folder, judge, monkeypatch)
    assert said.endswith("9.00 [8.00, 9.50]: holds; measured before, --again measures it anew")
    assert judge.sandboxes == [] and load_result(folder).private == (given,)
    assert _verified(folder, judge, monkeypatch, again=True).endswith("1.90 [1.80, 2.00]: holds")
    assert [row.ratio for row in load_result(folder).private] == [1.9]


@pytest.mark.parametrize(
    ("again", "difference", "smaller"),
    [
        (Comparison("cpu_time", 1.5, 1.4, 1.6, 20, "measured"), None, True),
        (Comparison("cpu_time", 1.5, 1.4, 1.85, 20, "measured"), None, False),
        (Comparison("accuracy", 1.0, 1.0, 1.0, 20, "measured", difference=(0.02, 0.01, 0.03)),
         (0.2, 0.1, 0.3), True),
        (Comparison("accuracy", 1.0, 1.0, 1.0, 20, "measured", difference=(0.08, 0.01, 0.15)),
         (0.2, 0.1, 0.3), False),
    ],
)  # fmt: skip
def test_a_gain_that_holds_and_is_surely_smaller_is_told(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    again: Comparison,
    difference: tuple[float, float, float] | None,
    smaller: bool,
) -> None:
    row = load_result(folder).studies[0].model_copy(update={"difference": difference})
    _change(folder, studies=(row,))
    said = _verified(folder, Judge(again, seeds=(7,)), monkeypatch)
    assert said.endswith(": holds, but smaller than claimed" if smaller else ": holds")
    assert load_result(folder).private[0].reason == ("smaller than claimed" if smaller else "")


def test_a_problem_without_instances_is_told_as_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = _verified(folder, Judge(GAIN), monkeypatch)
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
