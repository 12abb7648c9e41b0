"""What `strop bench validate --out FILE` keeps; nothing is run here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.benchmarks.adapters.folders import OPENEVOLVE, write

from strop.benchmarks.leaderboard import command
from strop.benchmarks.leaderboard.result import strop_version
from strop.benchmarks.leaderboard.tasks import Task
from strop.benchmarks.leaderboard.validating import Check
from strop.cli import main
from strop.errors import SandboxError
from strop.testing.repositories import make_repository

CARD = 'title = "T"\nlicence = "Apache-2.0"\n'


class Prover:
    """Finds every task sound but those that it is told of, and keeps whom it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.gone: set[str] = set()
        self.bad: set[str] = set()

    def __call__(self, task: Task, *, sandbox: str | None, fail_fast: bool) -> list[Check]:
        """Stand in for `validate_task`."""
        self.asked.append(task.name)
        if task.name in self.gone:
            raise SandboxError("the daemon is gone")
        bad = Check("instances", False, "one instance alone")
        return [Check("card", True, "T"), *([bad] if task.name in self.bad else [])]


@pytest.fixture
def prover(monkeypatch: pytest.MonkeyPatch) -> Prover:
    """In place of what proves tasks."""
    found = Prover()
    monkeypatch.setattr(command, "validate_task", found)
    return found


@pytest.fixture
def tasks(tmp_path: Path) -> list[str]:
    """Folders of three tasks."""
    folders = [tmp_path / name for name in ("one", "two", "three")]
    for folder in folders:
        make_repository(folder / "repo")
        (folder / "good").mkdir()
        (folder / "task.toml").write_text(CARD, encoding="utf-8")
    return [str(folder) for folder in folders]


def _rows(file: Path) -> dict[str, Any]:
    data = json.loads(file.read_bytes())
    assert data["format"] == "strop-validation/1"
    return {row["task"]: row for row in data["tasks"]}


def test_a_provider_that_fails_at_one_task_costs_no_other(
    prover: Prover, tasks: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prover.gone, prover.bad = {"two"}, {"three"}
    out = tmp_path / "new" / "kept.json"
    assert main(["bench", "validate", *tasks, "--out", str(out), "--sandbox", "bubblewrap"]) == 3
    said = capsys.readouterr()
    assert "one: sound" in said.out and "three: NOT SOUND" in said.out
    assert "1 of 3 tasks were not validated: two: the daemon is gone" in said.err
    kept = _rows(out)
    assert [(name, row["sound"]) for name, row in kept.items()] == [("one", True), ("three", False)]
    assert kept["one"]["strop"] == strop_version() and kept["one"]["sandbox"] == "bubblewrap"
    assert kept["one"]["date"] and kept["one"]["digest"] != kept["one"]["files"]
    assert kept["three"]["checks"][1] == {
        "name": "instances", "ok": False, "detail": "one instance alone"
    }  # fmt: skip


def test_what_was_found_before_is_told_as_it_was(
    prover: Prover, tasks: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prover.bad = {"two"}
    asked = ["bench", "validate", *tasks, "--out", str(tmp_path / "kept.json")]
    assert main(asked) == 1
    assert capsys.readouterr().out.count("ok  card") == 3
    assert main(asked) == 1 and len(prover.asked) == 3
    said = capsys.readouterr().out
    # A task that is not sound never reads as sound, and says again why; of the others a line is enough.
    assert "two: NOT SOUND (proved" in said and "NO  instances: one instance alone" in said
    assert "one: sound (proved" in said and said.count("ok  card") == 1


def test_what_is_kept_of_the_same_files_is_left_out(
    prover: Prover, tasks: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "kept.json"
    again = ["bench", "validate", *tasks, "--out", str(out)]
    assert main(again) == 0 and main(again) == 0
    assert prover.asked == ["one", "two", "three"]
    assert (
        f"one: sound (proved {_rows(out)['one']['date']}, strop {strop_version()})" in capsys.readouterr().out
    )
    # What a task is proved by counts, too.
    (tmp_path / "two" / "good" / "x.py").write_text("x = 1\n", encoding="utf-8")
    assert main(again) == 0 and prover.asked[3:] == ["two"]
    assert main([*again, "--sandbox", "process"]) == 0 and len(prover.asked) == 7
    assert main(again) == 0 and len(prover.asked) == 7  # of both sandboxes
    assert main(["bench", "validate", *tasks]) == 0 and len(prover.asked) == 10


def test_tasks_of_one_name_are_kept_apart_and_a_changed_one_is_kept_once(
    prover: Prover, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "audited", prover)
    folders = [write(tmp_path / place / "points", OPENEVOLVE) for place in ("first", "second")]
    write(folders[1], {"notes.txt": "another folder\n"})
    make_repository(tmp_path / "third" / "points")
    out = tmp_path / "kept.json"
    command_line = [*map(str, folders), str(tmp_path / "third" / "points"), "--out", str(out)]
    again = ["bench", "validate", *command_line]

    def origins() -> list[str]:
        return [row["origin"] for row in json.loads(out.read_bytes())["tasks"]]

    everywhere = [str(tmp_path / place / "points") for place in ("first", "second", "third")]
    assert main(again) == 0 and origins() == everywhere and len(prover.asked) == 3
    assert main(again) == 0 and len(prover.asked) == 3
    write(folders[0], {"notes.txt": "changed\n"})
    assert main(again) == 0 and len(prover.asked) == 4
    assert sorted(origins()) == everywhere


def test_a_row_of_an_earlier_version_is_replaced_by_name(
    prover: Prover, tasks: list[str], tmp_path: Path
) -> None:
    out = tmp_path / "kept.json"
    again = ["bench", "validate", *tasks, "--out", str(out)]
    assert main(again) == 0
    data = json.loads(out.read_bytes())
    for row in data["tasks"]:
        del row["origin"]
    out.write_text(json.dumps(data), encoding="utf-8")
    assert main(again) == 0 and len(prover.asked) == 3
    (tmp_path / "two" / "good" / "x.py").write_text("x = 1\n", encoding="utf-8")
    assert main(again) == 0 and len(json.loads(out.read_bytes())["tasks"]) == 3


def test_a_first_fault_alone_is_no_whole_proof(prover: Prover, tasks: list[str], tmp_path: Path) -> None:
    prover.bad = {"one"}
    again = ["bench", "validate", *tasks[:2], "--out", str(tmp_path / "kept.json")]
    assert main([*again, "--fail-fast"]) == 1 and main([*again, "--fail-fast"]) == 1
    assert prover.asked == ["one", "two"]
    assert main(again) == 1 and prover.asked[2:] == ["one"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "kept.json: not JSON"),
        (
            '{"format": "strop-bench/1"}',
            "kept.json: format: 'strop-bench/1' is not a result of `strop bench validate`",
        ),
        (
            '{"format": "strop-validation/1", "tasks": [{}]}',
            "kept.json: tasks.0.task: Field required; remove it",
        ),
    ],
)
def test_a_file_of_something_else_is_not_overwritten(
    prover: Prover, tasks: list[str], tmp_path: Path, text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kept.json").write_text(text, encoding="utf-8")
    assert main(["bench", "validate", *tasks, "--out", str(tmp_path / "kept.json")]) == 2
    assert said in capsys.readouterr().err and prover.asked == []
    assert (tmp_path / "kept.json").read_text(encoding="utf-8") == text


def test_what_was_not_sound_is_looked_at_again_by_another_version(
    tasks: list[str], tmp_path: Path, prover: Prover, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = ["bench", "validate", *tasks, "--out", str(tmp_path / "kept.json")]
    prover.bad = {"two"}
    assert main(out) == 1
    assert main(out) == 1 and prover.asked == ["one", "two", "three"]
    monkeypatch.setattr("strop.benchmarks.leaderboard.validations.strop_version", lambda: "0.1.0+other")
    prover.bad = set()
    assert main(out) == 0 and prover.asked == ["one", "two", "three", "two"]
