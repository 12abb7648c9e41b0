"""The examples of docstrings and of the documentation run."""

from __future__ import annotations

import doctest
import importlib
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import strop.opto
from strop.cli import main
from strop.job import Job

ROOT = Path(__file__).parent.parent
WITH_EXAMPLES = (
    "strop.agents.opto.bundles",
    "strop.agents.opto.constraints",
    "strop.agents.opto.modules",
    "strop.agents.opto.nodes",
    "strop.optimizing",
)


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_of_docstrings_do_what_they_say(name: str) -> None:
    module = importlib.import_module(name)
    names = {key: getattr(strop.opto, key) for key in strop.opto.__all__}
    found = doctest.testmod(module, extraglobs=names)
    assert found.attempted and not found.failed


def python_of(file: str) -> list[str]:
    text = (ROOT / file).read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("file", ["README.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))])
def test_python_in_the_documentation_is_python(file: str) -> None:
    for number, text in enumerate(python_of(file)):
        compile(text, f"{file}, block {number}", "exec")


@pytest.mark.parametrize("file", ["README.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))])
def test_toml_in_the_documentation_is_toml(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    for block in re.findall(r"^```toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        tomllib.loads(block)


@pytest.mark.parametrize("file", sorted(ROOT.glob("examples/*/README.md")), ids=lambda file: file.parent.name)
def test_the_command_of_an_example_finds_its_job(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line is read, and stops where a study would begin."""
    (command,) = re.findall(r"^ +strop (run examples/.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)[
        :1
    ]
    started: list[tuple[Path, Job]] = []

    def begin(root: Path, job: Job, *_: object) -> None:
        started.append((root, job))
        raise KeyboardInterrupt

    monkeypatch.setattr("strop.running.run_job", begin)
    monkeypatch.chdir(ROOT)
    assert main([*command.split(), "--progress", "plain"]) == 130
    ((root, job),) = started
    assert root == file.parent and job.commands.benchmark


def test_the_first_example_of_traces_runs(tmp_path: Path) -> None:
    def model(messages: list[dict[str, str]], max_tokens: int) -> str:
        assert "2 is not the square of 1 plus 1" in messages[-1]["content"]
        return '{"suggestion": {"x": "3"}}'

    file = tmp_path / "example_of_traces.py"  # a trainable function needs its source
    file.write_text(python_of("docs/trace.md")[0], encoding="utf-8")
    scope: dict[str, Any] = {"model": model, "__name__": "example_of_traces", "__file__": str(file)}
    exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), scope)
    assert scope["x"].data == 3


def test_the_agent_of_the_documentation_is_that_of_the_examples() -> None:
    blocks = "\n".join(python_of("docs/agents.md"))
    for name, of in (("own_agent", "class Streamer"), ("own_optimizer", "class Grid")):
        text = (ROOT / "examples" / "agents" / f"{name}.py").read_text(encoding="utf-8")
        body = re.search(rf"^{of}.*?(?=\n\n\n)", text, re.MULTILINE | re.DOTALL)
        assert body and body[0].split("prompt =")[0] in blocks
        lines = [line for line in body[0].splitlines() if line.strip()]
        assert len(lines) <= {"own_agent": 15, "own_optimizer": 10}[name]
