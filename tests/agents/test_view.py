"""What agents see of a profile beside the hot functions."""

from __future__ import annotations

from pathlib import Path

from strop.agents.coder import Knowledge, render_task
from strop.agents.view import View
from strop.candidate import BASELINE
from strop.job import load_job
from strop.sandbox.workspace import Snapshot
from strop.study import Study
from strop.testing.repositories import make_repository

PROFILE = {
    "hot": [
        {"fn": "numbers_shared.py:shared", "self_pct": 60.0, "cum_pct": 60.0, "lines": []},
        {"fn": "bench.py:main", "self_pct": 12.0, "cum_pct": 100.0, "lines": []},
    ],
    "library": [{"fn": "json.decoder.decode", "pct": 9.0}, {"fn": "re.match", "pct": 1.0}],
    "split": {"python": 70.5, "native": 29.5},
    "memory": [{"fn": "numbers_shared.py:shared", "n": 4, "mb": 12.5}],
    "scaling": {"exponent": 1.97, "error": 0.02, "sizes": [1000, 4000]},
    "diff_vs_parent": [{"fn": "numbers_shared.py:shared", "self_pct": [80.0, 60.0]}],
}


def test_all_parts_of_a_profile_reach_a_model(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "r")
    study = Study.create(repository, load_job(repository))
    view = View(study.job, Snapshot.take(repository, study.folder, study.job.target), study, PROFILE)
    assert view.beside_hot(BASELINE) == [
        "70.5 % of the time is Python code's, 29.5 % native",
        "outside of what may change: bench.py:main 12.0 %, json.decoder.decode 9.0 %",
        "memory at the peak: numbers_shared.py:shared:4 12.5 MB",
        "CPU time grows with size ** 1.97 (standard error 0.02), from 1,000 to 4,000",
        "against its parent: numbers_shared.py:shared 80 % -> 60 %",
    ]
    task = render_task(view, BASELINE, Knowledge())
    assert all(f"{line}." in task for line in view.beside_hot(BASELINE))
    view.baseline_profile = {"unavailable": "why"}
    assert view.beside_hot(BASELINE) == [] and "{%" not in render_task(view, BASELINE, Knowledge())
