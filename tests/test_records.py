"""Job, candidate and trial: what users write is checked, what agents make is named by its content."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from strop.candidate import Candidate, FileEdit, unified_diff
from strop.errors import ConfigError
from strop.job import json_schema, load_job, parse_job

BENCH = {"benchmark": "python bench.py"}
GOOD: dict[str, Any] = {"commands": BENCH, "target": {"files": ["*.py"]}}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({**GOOD, "comands": {}}, ["strop.toml", "unknown key 'comands'", "commands"]),
        ({**GOOD, "commands": {**BENCH, "tst": "x"}}, ["'commands.tst'", "allowed here", "test"]),
        ({"target": {"files": ["a"]}}, ["commands is missing"]),
        ({**GOOD, "commands": {"test": "x"}}, ["commands.benchmark or [calls] is missing"]),
        ({"commands": BENCH}, ["nothing may change"]),
        ({**GOOD, "budget": {"evaluations": 0}}, ["budget.evaluations", "found 0"]),
        ({**GOOD, "budget": {"minutes": "soon"}}, ["budget.minutes", "'soon'"]),
        ({**GOOD, "sandbox": {"backend": "vm"}}, ["sandbox.backend", "docker", "'vm'"]),
        ({**GOOD, "metrics": [{"name": "wall_time", "direction": "maximize"}]}, ["only be minimized"]),
        ({**GOOD, "metrics": []}, ["metrics"]),
        ({**GOOD, "metrics": [{"name": "a"}, {"name": "a"}]}, ["a given twice"]),
        ({**GOOD, "verify": {"ignore": ["("]}}, ["not a regular expression"]),
        ({**GOOD, "knobs": [{"name": "k", "type": "int", "default": 1}]}, ["needs low < high"]),
        (
            {**GOOD, "knobs": [{"name": "k", "type": "int", "low": 0, "high": 9, "log": True, "default": 1}]},
            ["log needs low > 0"],
        ),
        (
            {**GOOD, "knobs": [{"name": "k", "type": "int", "low": 1, "high": 9, "default": 10}]},
            ["default", "10 is outside 1..9"],
        ),
        (
            {**GOOD, "knobs": [{"name": "k", "type": "categorical", "choices": ["a", "b"], "default": "c"}]},
            ["'c' is not one of 'a', 'b'"],
        ),
        (
            {**GOOD, "knobs": [{"name": "k", "type": "bool", "default": True, "file": "a.toml"}]},
            ["file and key go together"],
        ),
    ],
)
def test_wrong_jobs_are_explained(data: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_job(data, "strop.toml")
    for word in words:
        assert word in str(caught.value)


def test_job_is_found_in_either_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="strop init"):
        load_job(tmp_path)
    text = '[tool.strop]\ncommands = {benchmark = "b"}\ntarget = {files = ["a.py"]}\n'
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    assert load_job(tmp_path).name == tmp_path.name
    (tmp_path / "strop.toml").write_text(
        'name = "own"\n[commands]\nbenchmark = "b"\n[target]\nfiles = ["a.py"]\n[budget]\nevaluations = 3\n',
        encoding="utf-8",
    )
    job = load_job(tmp_path, {"budget.evaluations": 9, "sandbox.backend": "process"})
    assert (job.name, job.budget.evaluations, job.sandbox.backend) == ("own", 9, "process")
    (tmp_path / "strop.toml").write_text("name = \n", encoding="utf-8")
    with pytest.raises(ConfigError, match="strop.toml: not valid TOML"):
        load_job(tmp_path)


def test_schema_names_every_table() -> None:
    schema = json_schema()
    assert {"commands", "target", "metrics", "knobs", "budget", "model", "sandbox"} <= set(
        schema["properties"]
    )
    json.dumps(schema)


def test_a_candidate_is_named_by_its_content_alone() -> None:
    a = Candidate((FileEdit("b.py", "1"), FileEdit("a.py", "2")), (("k", 1), ("a", 2)), author="x")
    b = Candidate(
        (FileEdit("a.py", "2"), FileEdit("b.py", "1")), (("a", 2), ("k", 1)), author="y", rationale="z"
    )
    assert a.id == b.id and a == b
    assert a.id != Candidate(a.edits).id and a.code_id == Candidate(a.edits).code_id
    assert Candidate.from_json(json.loads(json.dumps(b.to_json()))).rationale == "z"
    assert Candidate(knobs=(("k", 1),)).id != Candidate(knobs=(("k", True),)).id


def test_diffs_are_in_gits_form(tmp_path: Path) -> None:
    import subprocess

    feed = "one\n\x0c\ntwo\x0b \x85 \u2028three\nfour\n"  # what str.splitlines takes for ends of lines
    base = {"a.py": "one\ntwo\nthree", "gone.py": "x\n", "feed.py": feed, "empty.py": ""}
    edits = [
        FileEdit("a.py", "one\n2\nthree"),
        FileEdit("new/b.py", "hello\n"),
        FileEdit("gone.py", None),
        FileEdit("feed.py", feed.replace("four", "4")),
        FileEdit("new/__init__.py", ""),
        FileEdit("empty.py", None),
    ]
    for path, text in base.items():
        (tmp_path / path).write_text(text, encoding="utf-8")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    patch = unified_diff(edits, base)
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=patch.encode(), check=True)
    assert (tmp_path / "a.py").read_text(encoding="utf-8") == "one\n2\nthree"
    assert (tmp_path / "new" / "b.py").read_text(encoding="utf-8") == "hello\n"
    assert (tmp_path / "feed.py").read_text(encoding="utf-8") == feed.replace("four", "4")
    assert (tmp_path / "new" / "__init__.py").read_text(encoding="utf-8") == ""
    assert not (tmp_path / "gone.py").exists() and not (tmp_path / "empty.py").exists()
