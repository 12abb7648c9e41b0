"""The job file that `strop init` writes: readable, and exactly what was proposed."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from strop.detect import Finding, Proposal, Question
from strop.errors import ConfigError
from strop.job import load_job
from strop.jobfile import render_job_file, toml_string

SMALL = Proposal(
    name="small",
    files=(Finding("src/small/**/*.py", "it has the project's name"),),
    benchmark=Finding("python bench.py", "bench.py is a script to run", "high"),
)

FULL = replace(
    SMALL,
    exclude=(Finding("src/small/tests/**", "tests inside of the package"),),
    setup=(
        Finding("python -m pip install \"attrs; python_version<'4'\" pytest", "what it needs"),
        Finding("python -m pip install --no-deps .", "only for its metadata"),
    ),
    build=Finding("echo 'version = \"1.0\"' > src/small/_version.py", "made from git"),
    test=Finding("python -m pytest -q", "tests/ imports pytest"),
    env=(("PYTHONPATH", Finding("src", "Python finds the candidate's files there")),),
    ignore=(Finding(r"\bin \d+\.\d+s\b", "the last line tells a time"),),
    image=Finding("gcc:14", "it has a compiler"),
    warnings=("look at this",),
)


def loaded(text: str, folder: Path) -> dict[str, object]:
    file = folder / "strop.toml"
    file.write_text(text, encoding="utf-8")
    load_job(file)
    return tomllib.loads(text)


def test_a_full_proposal_comes_back_as_the_job(tmp_path: Path) -> None:
    data = loaded(render_job_file(FULL, goal='Less "time"'), tmp_path)
    job = load_job(tmp_path)
    assert job.name == "small"
    assert job.goal == 'Less "time"'
    assert job.target.files == ("src/small/**/*.py",)
    assert job.target.exclude == ("src/small/tests/**",)
    assert FULL.build is not None
    assert FULL.test is not None
    assert job.commands.setup == tuple(finding.value for finding in FULL.setup)
    assert job.commands.build == FULL.build.value
    assert job.commands.test == "python -m pytest -q"
    assert job.commands.benchmark == "python bench.py"
    assert job.commands.env == {"PYTHONPATH": "src"}
    assert job.verify.ignore == (r"\bin \d+\.\d+s\b",)
    assert [metric.name for metric in job.metrics] == ["time", "peak_memory"]
    assert set(data) == {"name", "goal", "target", "commands", "verify", "metrics"}


def test_the_least_proposal_is_a_job(tmp_path: Path) -> None:
    data = loaded(render_job_file(SMALL, metrics=("cpu_time",)), tmp_path)
    assert data["commands"] == {"benchmark": "python bench.py"}
    assert data["metrics"] == [{"name": "cpu_time"}]


def test_reasons_and_warnings_are_comments() -> None:
    text = render_job_file(FULL)
    comments = " ".join(line.lstrip("# ") for line in text.splitlines() if line.startswith("#"))
    for reason in (
        "it has the project's name",
        "only for its metadata",
        "look at this",
        "tests/ imports pytest",
    ):
        assert reason in comments
    assert max(map(len, text.splitlines())) <= 110


def test_every_commented_default_is_accepted_once_it_is_uncommented(tmp_path: Path) -> None:
    text = render_job_file(SMALL)
    lines = [line if _is_prose(line) else line.removeprefix("# ") for line in text.splitlines()]
    loaded("\n".join(lines), tmp_path)
    assert load_job(tmp_path).goal
    assert load_job(tmp_path).sandbox.backend == "auto"
    assert load_job(tmp_path).knobs[0].name == "threads"
    assert load_job(tmp_path).budget.evaluations == 40


def _is_prose(line: str) -> bool:
    return re.match(r"# (\[|\w+ = )", line) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        'a "quoted" \\ path',
        "line\nbreak\ttab\r",
        "\x00\x1b[31m\x7f",
        "ü € 𝄞",
        "\u202e\u2028",
        "'''\"\"\"",
    ],
)
def test_strings_come_back_as_they_were(text: str) -> None:
    line = f"value = {toml_string(text)}"
    assert "\n" not in line
    assert tomllib.loads(line) == {"value": text}


def test_text_that_is_no_unicode_is_refused() -> None:
    with pytest.raises(ConfigError, match="not valid Unicode"):
        toml_string("\udc80")


def test_reasons_cannot_break_out_of_their_comment(tmp_path: Path) -> None:
    wicked = Finding("x.py", 'a file\nname = "other"\r[commands]\x85\u2028seed = 9\x1b[2J\x00')
    data = loaded(render_job_file(replace(SMALL, files=(wicked,), warnings=("w\nseed = 9",))), tmp_path)
    assert data["name"] == "small"
    assert "seed" not in data


def test_an_open_question_without_default_is_named() -> None:
    question = Question("commands.benchmark", "What to measure?", None)
    with pytest.raises(ConfigError, match=r"commands\.benchmark cannot be told from the files of small"):
        render_job_file(replace(SMALL, benchmark=None, questions=(question,)))
    with pytest.raises(ConfigError, match=r"target\.files"):
        render_job_file(replace(SMALL, files=()))
