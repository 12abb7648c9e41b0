"""`strop check` tells a sound job from one that could not judge a candidate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from strop.candidate import Candidate
from strop.checking import CheckRow, _nothing, check_job
from strop.job import load_job
from strop.testing.repositories import commit, make_repository
from strop.trial import Trial, TrialState, Verdict

pytestmark = pytest.mark.slow


def rows_of(repository: Path) -> dict[str, CheckRow]:
    job = load_job(repository, {"sandbox.backend": "process"})
    return {row.name: row for row in check_job(repository, job)}


def test_a_sound_job_passes_and_nothing_is_written(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "r")
    before = sorted(path.name for path in repository.iterdir())
    rows = rows_of(repository)
    noise = rows.pop("A/A noise")
    assert "can claim gains from" in noise.detail
    # On a busy machine the do-nothing candidate may look better; that it isn't broken is sure.
    assert "ratio to the baseline" in rows.pop("a candidate that does nothing").detail
    assert all(row.ok for row in rows.values()), rows
    assert "rejected" in rows["a broken candidate"].detail
    assert "2 tests pass twice" in rows["baseline"].detail
    assert sorted(path.name for path in repository.iterdir()) == before


@pytest.mark.parametrize(
    ("verdicts", "ok"),
    [
        ([Verdict.UNDECIDED], True),
        ([Verdict.WORSE, Verdict.UNDECIDED], True),
        ([Verdict.PROMISING, Verdict.WORSE], True),
        ([Verdict.WORSE, Verdict.WORSE], False),
        ([Verdict.PROMISING, Verdict.PROMISING], False),
        ([None], False),
        ([Verdict.WORSE, None], False),
    ],
)
def test_one_wrong_verdict_on_equal_programs_is_chance_and_two_are_a_fault(
    verdicts: list[Verdict | None], ok: bool
) -> None:
    left = iter(verdicts)

    def evaluate(candidate: Candidate, row: Trial, baseline: Any) -> Trial:
        """Give the next verdict; None is a failure."""
        verdict = next(left)
        state = TrialState.COMPLETE if verdict else TrialState.FAILED
        return replace(row, state=state, verdict=verdict, feedback="ratio")

    place: Any = SimpleNamespace(evaluator=SimpleNamespace(evaluate=evaluate))
    row = _nothing(place, cast(Any, None))
    assert row.ok is ok and next(left, "all asked") == "all asked"
    assert ("measured twice" in row.detail) == (len(verdicts) == 2)


def test_a_baseline_that_fails_is_told_with_its_log(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "r")
    tests = repository / "test_shared.py"
    tests.write_text(tests.read_text(encoding="utf-8").replace("[3, 2, 3]", "[1]"), encoding="utf-8")
    commit(repository, "broken")
    row = rows_of(repository)["baseline"]
    assert not row.ok and "test_order_is_kept" in row.detail


def test_a_job_that_notices_nothing_is_told(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "r")
    (repository / "bench.py").write_text("import time\nprint(time.perf_counter_ns())\n", encoding="utf-8")
    (repository / "test_shared.py").write_text(
        "import unittest\n\n\nclass T(unittest.TestCase):\n    def test_nothing(self):\n        pass\n",
        encoding="utf-8",
    )
    commit(repository, "blind")
    rows = rows_of(repository)
    assert not rows["a broken candidate"].ok
    assert "tests only" in rows["deterministic output"].detail
