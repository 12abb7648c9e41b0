"""The process beside a Python function: what it answers, and what can't get into its answers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from strop.sandbox import calls_worker, canonical

MODULE = """
import sys
import canonical  # a module of the target's own, not strop's
print("printed at import")

class Shape:
    @staticmethod
    def area(a, b=2):
        print("printed in a call", input_is_empty())
        return a * b

def input_is_empty():
    return sys.stdin.read() == ""

def fail(kind):
    raise {"value": ValueError("bad value"), "exit": SystemExit(3)}.get(kind) or LookupError(object())

def change(values, more=None):
    values.append(0)

def retype(values):
    values[0] = float(values[0])

def lazy(values):
    for value in values:
        yield value
    values.clear()

def handle(*args):
    return open("/dev/null")

def quit(*args):
    import os
    os._exit(4)

def path(*args):
    return [sys.path[0], sys.argv, canonical.OWN, __name__]

not_callable = 1
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    package, own = tmp_path / "package", tmp_path / ".strop-calls"
    for made in (package, own):
        made.mkdir()
    (package / "__init__.py").write_text("")
    (package / "module.py").write_text(MODULE)
    (tmp_path / "canonical.py").write_text("OWN = 'the target has one, too'\n")
    for name, module in (("worker.py", calls_worker), ("canonical.py", canonical)):
        (own / name).write_bytes(Path(str(module.__file__)).read_bytes())
    return tmp_path


def _run(folder: Path, function: str, *inputs: Any) -> subprocess.CompletedProcess[bytes]:
    lines = [json.dumps({"nonce": str(number), "input": given}) for number, given in enumerate(inputs)]
    return subprocess.run(
        [sys.executable, ".strop-calls/worker.py", f"package.module:{function}"],
        cwd=folder,
        input="".join(line + "\n" for line in lines).encode(),
        capture_output=True,
        check=False,
        timeout=60,
    )


def _answers(folder: Path, function: str, *inputs: Any) -> list[dict[str, Any]]:
    done = _run(folder, function, *inputs)
    assert done.returncode == 0, done.stderr
    first, *lines = done.stdout.splitlines()
    assert first == b"ready" and len(lines) == len(inputs)
    answers = [json.loads(line) for line in lines]
    assert [answer.pop("nonce") for answer in answers] == [str(number) for number in range(len(inputs))]
    return answers


def test_arguments_and_results(folder: Path) -> None:
    inputs = ([3], [3, 4], {"args": [3], "kwargs": {"b": 1.5}}, {"kwargs": {"a": "x"}})
    outputs = [6, 12, {"float": "4.5"}, "xx"]
    assert _answers(folder, "Shape.area", *inputs) == [{"output": output} for output in outputs]


def test_what_a_function_prints_is_no_answer(folder: Path) -> None:
    done = _run(folder, "Shape.area", [1])
    assert done.stdout == b'ready\n{"nonce":"0","output":2}\n'
    assert done.stderr == b"printed at import\nprinted in a call True\n"


def test_exceptions_are_answers(folder: Path) -> None:
    value, left, unknown = _answers(folder, "fail", ["value"], ["exit"], ["?"])
    assert value == {"exception": "ValueError", "message": "bad value"}
    assert left == {"exception": "SystemExit", "message": "3"}
    assert unknown == {"exception": "LookupError", "message": "<object object at 0x>"}
    (wrong,) = _answers(folder, "Shape.area", [])
    assert wrong["exception"] == "TypeError"


def test_changed_arguments_are_told(folder: Path) -> None:
    assert _answers(folder, "change", [[1]]) == [
        {"output": None, "arguments": [[[1, 0]], {"dict": [[], []]}]}
    ]
    assert _answers(folder, "retype", [[1]])[0]["arguments"][0] == [{"floats": ["1.0"]}]
    assert "arguments" not in _answers(folder, "retype", [[1.0]])[0]
    # What is lazy happens before anybody looks at the arguments.
    assert _answers(folder, "lazy", [[1, 2]]) == [
        {"output": {"iterator": [1, 2]}, "arguments": [[[]], {"dict": [[], []]}]}
    ]


def test_what_can_not_be_compared_is_told(folder: Path) -> None:
    assert _answers(folder, "handle", []) == [{"output": {"unserialisable": "_io.TextIOWrapper"}}]


def test_the_target_is_alone_on_its_path(folder: Path) -> None:
    (answer,) = _answers(folder, "path", [])
    assert answer["output"] == [
        str(folder), ["package.module:path"], "the target has one, too", "package.module"
    ]  # fmt: skip


@pytest.mark.parametrize("function", ["nothing", "not_callable"])
def test_a_function_that_is_not_there_is_told_before_ready(folder: Path, function: str) -> None:
    done = _run(folder, function, [])
    assert done.returncode == 1 and done.stdout == b"" and function.encode() in done.stderr


def test_a_function_may_end_its_process(folder: Path) -> None:
    done = _run(folder, "quit", [], [])
    assert (done.returncode, done.stdout) == (4, b"ready\n")
