"""`strop init` and `strop doctor`."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from strop import doctor
from strop.cli import main
from strop.job import load_job


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "words"\nversion = "1"\n', encoding="utf-8")
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "__init__.py").write_text("def count() -> int:\n    return 1\n", encoding="utf-8")
    (tmp_path / "tests").mkdir()
    test = "import unittest\n\nclass T(unittest.TestCase):\n    def test_x(self): pass\n"
    (tmp_path / "tests" / "test_words.py").write_text(test, encoding="utf-8")
    (tmp_path / "bench.py").write_text("import words\nprint(words.count())\n", encoding="utf-8")
    return tmp_path


def test_init_writes_a_job_and_the_ignore_entry(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / ".gitignore").write_text("*.pyc", encoding="utf-8")
    assert main(["init", "--yes", "-C", str(repository)]) == 0
    assert "bench.py" in load_job(repository).commands.benchmark
    assert (repository / ".gitignore").read_text(encoding="utf-8") == "*.pyc\n.strop/\n"
    assert "strop check" in capsys.readouterr().out


def test_init_overwrites_nothing(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = repository / "strop.toml"
    file.write_text("mine", encoding="utf-8")
    assert main(["init", "--yes", "-C", str(repository)]) == 2
    assert str(file) in capsys.readouterr().err
    assert file.read_text(encoding="utf-8") == "mine"


def test_init_asks_for_what_it_cannot_find(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", "--yes", "-C", str(tmp_path)]) == 2
    assert "answer the questions" in capsys.readouterr().err
    monkeypatch.setattr(sys, "stdin", io.StringIO("*.lua\nlua bench.lua\n\n\nn\n"))
    assert main(["init", "-C", str(tmp_path)]) == 0
    job = load_job(tmp_path)
    assert job.target.files == ("*.lua",) and job.commands.benchmark == "lua bench.lua"
    assert not (tmp_path / ".gitignore").exists()


def test_init_without_answers_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert main(["init", "-C", str(tmp_path)]) == 130
    assert not (tmp_path / "strop.toml").exists()


def test_doctor_names_key_variables_and_never_their_values(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "very-secret")
    job = '[model]\nname = "anthropic/some"\n[target]\nfiles = ["*.py"]\n[commands]\nbenchmark = "true"\n'
    (repository / "strop.toml").write_text(job, encoding="utf-8")
    rows = doctor.diagnose(repository, noise=False)
    model = next(row for row in rows if row.area == "model")
    assert model.ok and "ANTHROPIC_API_KEY is set" in model.detail
    assert "very-secret" not in json.dumps(doctor.as_json(rows))
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    missing = next(row for row in doctor.diagnose(repository, noise=False) if row.area == "model")
    assert missing.ok is False and "ANTHROPIC_API_KEY" in missing.remedy


def test_doctor_tells_all_areas_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json", "-C", str(tmp_path)]) in (0, 1)
    rows = json.loads(capsys.readouterr().out)
    names = {(row["area"], row["name"]) for row in rows}
    assert {("git", "git"), ("sandbox", "auto"), ("sandbox", "process"), ("machine", "noise")} <= names
    assert {"area", "name", "ok", "detail", "remedy"} == set(rows[0])
    noise = next(row for row in rows if row["name"] == "noise")
    assert "12 pairs show gains from" in noise["detail"]


def test_doctor_prints_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--clean", "-C", str(tmp_path)]) in (0, 1)
    assert "process" in capsys.readouterr().out


def test_key_variables() -> None:
    assert doctor.key_variables("gpt-5.2", "") == ("OPENAI_API_KEY",)
    assert doctor.key_variables("groq/x", "") == ("GROQ_API_KEY",)
    assert doctor.key_variables("ollama/x", "") == ()
    assert doctor.key_variables("x", "http://127.0.0.1:1/v1") == ("OPENAI_API_KEY",)
