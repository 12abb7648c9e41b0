"""The command line: help, versions, errors in words, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from strop.cli import main
from strop.job import load_job
from strop.study import Study

HEAVY = (
    "litellm",
    "openai",
    "langgraph",
    "optuna",
    "docker",
    "libcst",
    "numpy",
    "scipy",
    "pydantic",
    "jinja2",
)

COMMANDS = ("init", "doctor", "check", "run", "resume", "status", "show", "diff", "report", "apply", "schema")

JOB = '[target]\nfiles = ["*.py"]\n\n[commands]\nbenchmark = "python app.py"\n'


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys, strop.cli; code = strop.cli.main(['--help']); "
        f"print('loaded:', *[name for name in {HEAVY} if name in sys.modules]); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.splitlines()[-1].strip() == "loaded:"
    for command in [
        "init",
        "doctor",
        "check",
        "run",
        "resume",
        "status",
        "show",
        "diff",
        "report",
        "apply",
        "schema",
    ]:
        assert f"  {command} " in done.stdout


def test_the_installed_command() -> None:
    program = Path(sys.executable).with_name("strop")
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.startswith("strop 0.")


def test_usage_errors(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bogus"]) == 2
    assert main(["run", "--sandbox", "chroot"]) == 2
    assert "bubblewrap" in capsys.readouterr().err
    assert main(["status", "-C", "/no/such/folder"]) == 2
    assert "is no folder" in capsys.readouterr().err


def test_no_job_and_no_study(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "-C", str(tmp_path)]) == 2
    assert "`strop init` makes one" in capsys.readouterr().err
    assert main(["status", "-C", str(tmp_path)]) == 2
    assert "`strop run` starts one" in capsys.readouterr().err


def test_an_unknown_key_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "strop.toml").write_text(f"{JOB}\n[budget]\nevalutions = 3\n", encoding="utf-8")
    for command in ("run", "check"):
        assert main([command, "-C", str(tmp_path)]) == 2
        error = capsys.readouterr().err
        assert "unknown key 'budget.evalutions'" in error and "evaluations" in error
        assert "Traceback" not in error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--record", "a", "--replay", "b"], "exclude each other"),
        (["--replay-strict"], "needs --replay"),
        (["--name", "../x"], "allowed: letters"),
        (["--evaluations", "0"], "budget.evaluations"),
        (["--optimizer", "rules,genius"], "unknown optimizer 'genius'"),
        (["--optimizer", "rules", "--optimizer", "optuna", "--baseline", "luck"], "unknown optimizer 'luck'"),
    ],
)
def test_flags_that_cannot_work(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "strop.toml").write_text(JOB, encoding="utf-8")
    assert main(["run", "-C", str(tmp_path), "--progress", "plain", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / ".strop").exists()


def test_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert "commands" in json.loads(capsys.readouterr().out)["properties"]


def test_what_is_unexpected_is_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object) -> int:
        raise RuntimeError("a bug\x1b[31m")

    monkeypatch.setattr("strop.cli.showing.show_status", fails)
    assert main(["status", "-C", str(tmp_path)]) == 70
    assert (
        capsys.readouterr().err
        == "strop: unexpected RuntimeError: a bug\n`strop --debug COMMAND` shows the traceback\n"
    )
    with pytest.raises(RuntimeError):
        main(["--debug", "status", "-C", str(tmp_path)])


def test_ctrl_c_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    def begun(*_: object) -> None:
        Study.create(tmp_path, load_job(tmp_path), "night")
        raise KeyboardInterrupt

    (tmp_path / "strop.toml").write_text(JOB, encoding="utf-8")
    monkeypatch.setattr("strop.running.run_job", stopped)
    assert main(["run", "-C", str(tmp_path), "--name", "night", "--progress", "plain"]) == 130
    assert capsys.readouterr().err == "strop: stopped\n"  # there is nothing to go on with
    monkeypatch.setattr("strop.running.run_job", begun)
    assert main(["run", "-C", str(tmp_path), "--name", "night", "--progress", "plain"]) == 130
    assert f"`strop resume night -C {tmp_path}` goes on" in capsys.readouterr().err
