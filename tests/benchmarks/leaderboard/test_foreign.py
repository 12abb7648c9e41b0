"""Folders of other tools as tasks, from the command line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.benchmarks.adapters.folders import BENCHMARKS, HYPERFINE, OPENEVOLVE, SHELL, SHINKA, write

from strop.benchmarks.adapters import Options
from strop.benchmarks.leaderboard.foreign import (
    adapted_repository,
    audited,
    is_adapted,
    open_any,
)
from strop.benchmarks.leaderboard.tasks import Task
from strop.cli import main
from strop.errors import ConfigError
from strop.job import load_job
from strop.study import latest_study
from strop.testing.repositories import make_repository


def _only(folder: Path) -> Task:
    """Return the one task of a folder."""
    (task,) = open_any(str(folder)).tasks
    return task


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one of OpenEvolve's kind, one of ShinkaEvolve's, and a repository."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "suite" / "points", OPENEVOLVE)
    write(tmp_path / "suite" / "guess", SHINKA)
    make_repository(tmp_path / "suite" / "own")
    return tmp_path / "suite"


def test_foreign_folders_are_tasks_of_a_suite(folders: Path) -> None:
    suite = open_any(str(folders))
    assert [task.name for task in suite.tasks] == ["guess", "own", "points"]
    assert [is_adapted(task.repository) for task in suite.tasks] == [True, False, True]
    before = {task.name: task.digest() for task in suite.tasks}
    assert {task.name: task.digest() for task in open_any(str(folders)).tasks} == before
    (folders / "points" / "initial_program.py").write_text(
        OPENEVOLVE["initial_program.py"] + "# more\n", encoding="utf-8"
    )
    assert _only(folders / "points").digest() != before["points"]
    assert [task.name for task in open_any(str(folders / "points")).tasks] == ["points"]


def test_folders_within_a_repository_are_no_tasks(folders: Path) -> None:
    write(folders / "own" / "bench", HYPERFINE)
    (task,) = open_any(str(folders / "own")).tasks
    assert (task.name, task.folder) == ("own", folders / "own") and not is_adapted(task.repository)


def test_another_or_a_changed_folder_is_not_taken_for_the_adapted_one(folders: Path) -> None:
    root, new = adapted_repository("openevolve", folders / "points")
    assert new and adapted_repository("auto", folders / "points") == (root, False)
    (root / ".strop" / "adapted.json").rename(root / "aside")  # as in a clone, or written long ago
    assert adapted_repository("auto", folders / "points") == (root, False)
    (root / "aside").rename(root / ".strop" / "adapted.json")
    other = folders / "more" / "points"
    shutil.copytree(folders / "points", other)
    with pytest.raises(
        ConfigError, match=rf"was written from {folders / 'points'}, not of {other}; remove it"
    ):
        adapted_repository("openevolve", other)
    (folders / "points" / "initial_program.py").write_text(
        OPENEVOLVE["initial_program.py"] + "# more\n", encoding="utf-8"
    )
    with pytest.raises(ConfigError, match="as it was before; remove it"):
        adapted_repository("openevolve", folders / "points")


def test_a_folder_of_no_known_kind_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "nothing").mkdir()
    assert main(["run", "--from", "auto", str(tmp_path / "nothing")]) == 2
    assert "not a folder of a known kind; known: openevolve" in capsys.readouterr().err
    assert main(["run", "--from", "openevolve"]) == 2
    assert "the folder is missing" in capsys.readouterr().err


def test_adapt_writes_a_repository_and_never_over_one(
    folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["adapt", "auto", str(folders / "points")]) == 0
    root = folders.parent / "points-strop"
    assert f"strop run -C {root}" in capsys.readouterr().err
    assert is_adapted(root) and (root / ".git").is_dir()
    assert main(["adapt", "openevolve", str(folders / "points")]) == 2
    assert "not empty" in capsys.readouterr().err


@pytest.mark.slow
def test_a_foreign_folder_is_run_and_gone_on_with(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["run", "--from", "openevolve", str(folders / "points"), "--optimizer", "rules"]
    command += ["--sandbox", "process", "--evaluations", "1", "--progress", "plain"]
    assert main(command) == 0
    assert "written from" in capsys.readouterr().err
    study = latest_study(folders.parent / "points-strop")
    assert study.get("baseline")["baseline"]["metrics"]["combined_score"] == pytest.approx(0.143, abs=0.01)
    assert main(command) == 0
    assert "taken again" in capsys.readouterr().err


@pytest.mark.slow
def test_validate_audits_a_foreign_evaluator(folders: Path) -> None:
    checks = audited(_only(folders / "points"), sandbox="process", fail_fast=True)
    assert checks[0].name == "evaluator" and "self-reported" in checks[0].detail
    # It believes numbers that the program states only where it computes nothing from them itself.
    assert all(check.ok for check in checks[:4]), checks


def test_run_takes_what_installs_a_foreign_folders_needs(
    folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["run", "--from", "openevolve", str(folders / "points"), "--setup", "echo one"]
    # A study that doesn't start: what is asked for here is the repository.
    assert main([*command, "--replay", "nowhere.jsonl"]) == 2
    root = folders.parent / "points-strop"
    assert load_job(root).commands.setup == ("echo one",)
    assert adapted_repository("auto", folders / "points") == (root, False)
    assert adapted_repository("auto", folders / "points", options=Options(setup=("echo one",)))[1] is False
    with pytest.raises(ConfigError, match="was written with other options than these; remove it"):
        adapted_repository("auto", folders / "points", options=Options(setup=("echo two",)))
    capsys.readouterr()
    for option in ("--setup", "--build"):
        assert main(["run", str(folders / "own"), option, "echo one"]) == 2
        assert f"{option}: only with --from" in capsys.readouterr().err


def test_what_nothing_builds_is_said_where_it_is_seen(
    folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = str(write(folders / "fast", {**HYPERFINE, "count.c": "int main(void) { return 0; }\n"}))
    assert main(["adapt", "hyperfine", source]) == 0
    assert "WARNING: no command builds count.c: unless" in capsys.readouterr().err
    assert main(["adapt", "hyperfine", source, "--build", "make", "--into", "made"]) == 0
    assert "WARNING" not in capsys.readouterr().err and load_job(Path("made")).commands.build == "make"
    assert main(["run", "--from", "hyperfine", source, "--replay", "nowhere.jsonl"]) == 2
    assert "WARNING: no command builds count.c: unless" in capsys.readouterr().err
    shutil.rmtree("fast-strop")
    command = ["run", "--from", "hyperfine", source, "--build", "make", "--replay", "nowhere.jsonl"]
    assert main(command) == 2 and load_job(Path("fast-strop")).commands.build == "make"


def test_an_adapted_folder_that_is_in_the_way_is_told(folders: Path) -> None:
    (folders.parent / "points-strop").mkdir()
    (folders.parent / "points-strop" / "mine.txt").write_text("x", encoding="utf-8")
    with pytest.raises(ConfigError, match="not empty"):
        adapted_repository("openevolve", folders / "points")


COMMANDS = {"shell": SHELL, "pytest-benchmark": BENCHMARKS, "hyperfine": HYPERFINE}
"""Kinds whose benchmark is a command, which have no harness of their own."""


@pytest.mark.parametrize("kind", COMMANDS)
def test_a_folder_of_each_kind_is_gone_on_with(kind: str, folders: Path) -> None:
    source = write(folders / "command", COMMANDS[kind])
    root, new = adapted_repository(kind, source)
    assert new and adapted_repository(kind, source) == (root, False)
    task = _only(source)
    assert is_adapted(task.repository) and _only(source) == task
    assert len(open_any(str(folders)).tasks) == 4


@pytest.mark.parametrize("kind", COMMANDS)
def test_what_has_no_probes_is_only_told_whose_word_it_is(kind: str, folders: Path) -> None:
    (check,) = audited(_only(write(folders / "command", COMMANDS[kind])))
    said = "nothing is self-reported" if kind == "hyperfine" else "values are self-reported"
    assert check.name == "evaluator" and check.ok and said in check.detail and "no probes" in check.detail


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"initial_program.py": None, "initial_program.rs": "// a program\n"}, "Python programs alone"),
        ({"initial_program.py": "print 1\n"}, "doesn't parse as Python"),
        (
            {
                "initial_program.py": "def run():\n    # EVOLVE-BLOCK-START\n    return 1\n"
                "    # EVOLVE-BLOCK-END\n"
            },
            "stand within a function",
        ),
    ],
    ids=["language", "syntax", "indented"],
)
def test_a_program_without_a_place_for_probes_is_a_failed_check(
    changed: dict[str, str | None], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    content = {name: text for name, text in {**OPENEVOLVE, **changed}.items() if text is not None}
    checks = audited(_only(write(tmp_path / "source", content)))
    assert [(check.name, check.ok) for check in checks] == [("evaluator", True), ("probes", False)]
    assert said in checks[1].detail


def test_broken_settings_are_a_failed_check(folders: Path) -> None:
    task = _only(folders / "points")
    write(task.repository, {"strop_adapter/settings.json": "{"})
    (check,) = audited(task)
    assert not check.ok and "settings.json: not valid JSON" in check.detail
