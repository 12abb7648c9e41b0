"""What gets no trial, and why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from strop.agents.screen import MAX_BYTES, Refusal, screen
from strop.candidate import BASELINE, Candidate, FileEdit, KnobValue
from strop.job import Commands, Job, Knob, Target
from strop.sandbox.workspace import Snapshot

BASE = {
    "src/core.py": "def f(x):\n    return x + x\n",
    "src/old.py": "print 'python 2'\n",
    "src/data.bin": "\0\1",
    "src/conftest.py": "",
    "src/tests/test_core.py": "",
    "src/fix_test.py": "",
    "open/conftest.py": "",
    "lib/x.c": "int x;\n",
    "strop.toml": "",
}

KNOBS = (
    Knob(name="threads", type="int", low=1, high=8, default=2),
    Knob(name="mode", type="categorical", choices=("a", "b"), default="a"),
)

JOB = Job(
    target=Target(
        files=("src/**", "*.toml", "*.py", "open/conftest.py", "link/**"), exclude=("src/keep/**",)
    ),
    commands=Commands(benchmark="true"),
    knobs=KNOBS,
)

Look = Callable[..., Refusal | None]


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    user = tmp_path / "user"
    for path, text in BASE.items():
        (user / path).parent.mkdir(parents=True, exist_ok=True)
        (user / path).write_bytes(text.encode())
    (user / "link").symlink_to("lib")
    return Snapshot.take(user, tmp_path / "study", JOB.target)


@pytest.fixture
def look(snapshot: Snapshot) -> Look:
    def with_edits(
        edits: dict[str, str | None], seen: list[Candidate] | None = None, **knobs: KnobValue
    ) -> Refusal | None:
        return screen(_candidate(edits, **knobs), JOB, snapshot, seen or [])

    return with_edits


def _candidate(edits: dict[str, str | None], **knobs: KnobValue) -> Candidate:
    return Candidate(tuple(FileEdit(path, text) for path, text in edits.items()), tuple(knobs.items()))


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("lib/x.c", "outside the target (src/**"),
        ("src/keep/a.py", "target.exclude"),
        ("../src/core.py", "leaves the repository"),
        ("src/../core.py", "leaves the repository"),
        ("/src/core.py", "absolute"),
        ("C:/core.py", "absolute"),
        ("src\\core.py", "backslash"),
        ("src/a\0.py", "control characters"),
        ("src/a\n.py", "control characters"),
        ("src//core.py", "empty component"),
        ("src/./core.py", "empty component"),
        ("src/", "empty component"),
        ("", "path is empty"),
        ("src/.git/config", ".git is out of bounds"),
        ("src/.GIT/config", ".GIT is out of bounds"),
        ("src/.strop/x", ".strop is out of bounds"),
        ("src/\ud800.py", "not valid Unicode"),
        ("src/.gitattributes", ".git* is protected"),
        ("src/conftest.py", "conftest.py is protected"),
        ("src/new/conftest.py", "conftest.py is protected"),
        ("src/Conftest.py", "conftest.py is protected"),
        ("src/sitecustomize.py", "sitecustomize.py is protected"),
        ("src/usercustomize.py", "usercustomize.py is protected"),
        ("src/pytest.ini", "pytest.ini is protected"),
        ("src/tox.ini", "tox.ini is protected"),
        ("src/setup.cfg", "setup.cfg is protected"),
        ("pyproject.toml", "pyproject.toml is protected"),
        ("src/x.pth", "*.pth is protected"),
        ("src/tests/test_core.py", "tests judge"),
        ("src/tests/data.json", "tests judge"),
        ("src/fix_test.py", "*_test.py is protected"),
        ("src/test_new.py", "test_*.py is protected"),
        ("strop.toml", "describes the job"),
        ("pytest.py", "shadow"),
        ("src/json.py", "shadow"),
        ("src/unittest/mock.py", "shadow"),
        ("numpy.py", "shadow"),
        ("src/random.py", "shadow"),
        ("src/random/__init__.py", "shadow"),
        ("link/x.c", "link is a symlink"),
        ("src/core.py/x.py", "same name"),
        ("src", "outside the target"),
        ("src/data.bin", "no text file"),
    ],
)
def test_paths(look: Look, path: str, reason: str) -> None:
    refusal = look({path: "x = 1\n"})
    assert refusal is not None and reason in refusal.reason
    assert refusal.reason.isprintable()


@pytest.mark.parametrize(
    "path", ["src/new.py", "src/pkg/json.py", "open/conftest.py", "src/contest.py", "new.py"]
)
def test_paths_that_may_change(look: Look, path: str) -> None:
    assert look({path: "x = 1\n"}) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("\n# coding: raw_unicode_escape\nx = 1\n", "its encoding would be 'raw_unicode_escape'"),
        ("# coding: raw_unicode_escape\nx = 1\n", "its encoding would be 'raw_unicode_escape'"),
        ("#!/usr/bin/python\n# -*- coding: utf-7 -*-\nx = 1\n", "its encoding would be 'utf-7'"),
        ("x = '\0'\n", "binary"),
        ("x = '\udc80'\n", "not valid Unicode"),
        ("def f(x):\n    return (x\n", "syntax error in line 2"),
        ("x = " + "(" * 5000, "src/core.py: "),
        ("x = '\u202e'\n", "U+202E"),
        ("x = 1 # \u200b\n", "U+200B"),
        ("x\u2066 = 1\n", "U+2066"),
        ("\ufeffx = 1\n", "U+FEFF"),
        ("x = '\x1b[2J'\n", "U+001B"),
        ("#" * (MAX_BYTES + 1), "bytes, more than"),
        ("X = 5  # strop: int 8..4\n", "annotation: 1: X"),
        ("X = 5  # strop: int 8..64\n", "outside 8..64"),
    ],
)
def test_texts(look: Look, text: str, reason: str) -> None:
    refusal = look({"src/core.py": text})
    assert refusal is not None and reason in refusal.reason
    assert refusal.feedback.startswith(refusal.reason)


def test_size_counts_all_files(look: Look) -> None:
    half = "#" * (MAX_BYTES // 2 + 1) + "\n"
    assert look({"src/a.py": half}) is None
    refusal = look({"src/a.py": half, "src/b.py": half})
    assert refusal is not None and "together" in refusal.reason


def test_other_languages_are_not_parsed(look: Look) -> None:
    assert look({"src/a.c": "int f( {\n"}) is None


def test_syntax_of_the_base_is_taken_as_the_sandbox_python_s(look: Look) -> None:
    assert look({"src/old.py": "print 'faster'\n"}) is None


def test_warnings_of_the_compiler_are_no_refusal(look: Look) -> None:
    assert look({"src/core.py": "def f(x):\n    return x is 1 or '\\d'\n"}) is None


def test_deletions(look: Look) -> None:
    assert look({"src/core.py": None}) is None
    refusal = look({"src/never.py": None})
    assert refusal is not None and "no such file" in refusal.reason


@pytest.mark.parametrize(
    ("knobs", "reason"),
    [
        ({"threads": 9}, "outside 1..8"),
        ({"threads": 2.5}, "not a whole number"),
        ({"threads": True}, "not a number"),
        ({"mode": "c"}, "not one of 'a', 'b'"),
        ({"speed": 1}, "known: threads, mode"),
    ],
)
def test_knobs(look: Look, knobs: dict[str, KnobValue], reason: str) -> None:
    refusal = look({}, **knobs)
    assert refusal is not None and reason in refusal.reason


def test_equal_to_the_baseline(look: Look) -> None:
    for refusal in (
        look({}),
        look({}, threads=2, mode="a"),
        look({"src/core.py": '# faster\ndef f( x ):\n    """Doc."""\n    return (x + x)\n'}),
    ):
        assert refusal is not None and refusal.duplicate_of == BASELINE.id
    assert look({}, threads=3) is None


def test_duplicates(look: Look) -> None:
    first = _candidate({"src/core.py": "def f(x):\n    return 2 * x\n"}, threads=4)
    same = look({"src/core.py": "def f(x):\n    return 2 * x\n"}, [first], threads=4)
    assert same is not None and same.duplicate_of == first.id and "again" in same.reason
    layout = look({"src/core.py": "def f(x):\n    # two\n    return 2*x\n"}, [first], threads=4, mode="a")
    assert layout is not None and layout.duplicate_of == first.id and first.id in layout.reason
    assert look({"src/core.py": "def f(x):\n    return 2 * x\n"}, [first], threads=5) is None
    assert look({"src/core.py": "def f(x):\n    return x * 2\n"}, [first], threads=4) is None


def test_an_annotation_makes_a_difference(look: Look) -> None:
    first = _candidate({"src/core.py": "B = 8  # strop: int 4..64\n"})
    assert look({"src/core.py": "B = 8  # strop: int 4..128\n"}, [first]) is None
    same = look({"src/core.py": "B = 8  # strop: int 4..64\n# other\n"}, [first])
    assert same is not None and same.duplicate_of == first.id


def test_candidates_survive_what_python_cannot_print(look: Look) -> None:
    deep = "x = " + "+".join(["1"] * 20_000) + "\n"
    refusal = look({"src/core.py": deep})
    assert refusal is None or "parse" in refusal.reason
