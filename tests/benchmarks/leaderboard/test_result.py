"""What a result tells of where and with what it was made."""

from __future__ import annotations

import re
import shutil
from importlib.metadata import version
from pathlib import Path

import pytest

import strop
from strop.benchmarks.leaderboard.ranking import board_of
from strop.benchmarks.leaderboard.result import load_result, machine_card, strop_version
from strop.benchmarks.leaderboard.showing import conditions
from strop.benchmarks.leaderboard.tuning_board import is_tuning

ROOT = Path(__file__).parents[3]


def test_a_result_names_the_libraries_that_are_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = machine_card("bubblewrap")["versions"]
    assert versions["numpy"] == version("numpy") and versions["optuna"] == version("optuna")
    monkeypatch.setattr("strop.benchmarks.leaderboard.result.LIBRARIES", ("numpy", "no-such-library"))
    assert list(machine_card("bubblewrap")["versions"]) == ["numpy"]


def test_the_version_tells_strops_own_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Laid out as installed, where the folders are no links.
    package = tmp_path / "strop"
    for name in ("__init__.py", "agents/coder.py", "prompts/coder/task.md", "benchmarks/tasks/a/task.py"):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(name, encoding="utf-8")
    monkeypatch.setattr(strop, "__file__", str(package / "__init__.py"))

    def told() -> str:
        strop_version.cache_clear()
        return strop_version()

    try:
        before = told()
        assert re.fullmatch(re.escape(version("strop")) + r"\+[0-9a-f]{8}", before)
        for name, other in (("agents/coder.py", True), ("prompts/coder/task.md", True),
                            ("benchmarks/tasks/a/task.py", False), ("README.md", False)):  # fmt: skip
            (package / name).write_text("changed", encoding="utf-8")
            assert (told() != before) is other
            before = told()
        moved = tmp_path / "linked" / "strop"
        shutil.copytree(package, moved)
        (moved / "agents").rename(tmp_path / "agents")
        (moved / "agents").symlink_to(tmp_path / "agents")
        monkeypatch.setattr(strop, "__file__", str(moved / "__init__.py"))
        assert told() == before  # a working copy of the same code
    finally:
        strop_version.cache_clear()


PUBLISHED = [
    file for file in sorted((ROOT / "docs" / "leaderboard" / "results").glob("*.json")) if not is_tuning(file)
]


@pytest.mark.parametrize("file", PUBLISHED, ids=lambda file: file.stem)
def test_published_results_are_read_and_claim_nothing_false(file: Path) -> None:
    found = load_result(file)
    rows = board_of(found).rows
    assert f"strop {found.strop}" in conditions(found) and rows and found.model.kind != "scripted"
    assert [row.optimizer for row in rows if row.false_claims] == []
    assert [row.optimizer for row in rows if row.optimizer == "rules" and row.regressions] == []


def test_the_two_suites_of_speed_are_published() -> None:
    assert {"kernels", "pycode"} <= {file.stem for file in PUBLISHED}
