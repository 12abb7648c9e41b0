"""Encoded values are compared as data, type by type; what a sandbox sends back is hostile."""

from __future__ import annotations

import json
from collections import OrderedDict, namedtuple
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from strop.candidate import Candidate, FileEdit
from strop.sandbox.behaviour.calls import Malformed, parse_answer, parse_process
from strop.sandbox.behaviour.equality import Tolerance, difference
from strop.sandbox.behaviour.shapes import changed_classes, functions_of, is_private, type_names
from strop.sandbox.canonical import encode

Pair = namedtuple("Pair", "left right")


class Thing:
    """Equals everything, if one asks it."""

    def __init__(self, **attributes: object) -> None:
        self.__dict__.update(attributes)

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


def differ(expected: object, got: object, **tolerance: float) -> str:
    """Encode, send as JSON and compare; returns in what they differ."""
    sent = [json.loads(json.dumps(encode(value))) for value in (expected, got)]
    found = difference(*sent, Tolerance(**tolerance))
    return found.what if found else ""


@pytest.mark.parametrize(
    "values",
    [
        (float("nan"), float("nan")),
        ([1.0, float("inf")], [1.0, float("inf")]),
        ({"b", "a", 3}, {3, "a", "b"}),
        ({1: {2: [3]}}, {1: {2: [3]}}),
        (iter([1, 2]), (n for n in (1, 2))),
        (np.arange(3.0), np.array([0.0, 1.0, 2.0])),
        (Thing(a=1, b=2.0), Thing(b=2.0, a=1)),
        (Thing(a=1, _cache={}), Thing(a=1)),
        (ValueError("x"), ValueError("x")),
    ],
)
def test_the_same(values: tuple[Any, Any]) -> None:
    assert differ(*values) == ""


@pytest.mark.parametrize(
    ("expected", "got", "what"),
    [
        (1, True, "type"),
        (1, 1.0, "type"),
        (0, False, "type"),
        ("1", b"1", "type"),
        ([1], (1,), "type"),
        ((1, 2), Pair(1, 2), "type"),
        ({"a": 1}, OrderedDict(a=1), "type"),
        ({1}, frozenset({1}), "type"),
        (None, 0, "type"),
        ([1.0, 2.0], [1.0, 2], "type"),
        (np.float64(1), 1.0, "type"),
        (np.zeros(2), np.zeros(2, dtype="f4"), "type"),
        (np.zeros((2, 1)), np.zeros((1, 2)), "type"),
        (np.zeros(2), [0.0, 0.0], "type"),
        (Thing(a=1), Thing(a=1, b=2), "type"),
        (ValueError(1), KeyError(1), "type"),
        ([1, 2], [1, 2, 3], "value"),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, "value"),
        (0.1 + 0.2, 0.3, "value"),
        (0.0, -0.0, "value"),
        (float("nan"), 0.0, "value"),
        (Thing(_a=1), Thing(_a=2), "value"),
        ({1, 2}, {1, 3}, "value"),
        (np.arange(3), np.array([0, 1, 3]), "value"),
        (10**30, 10**30 + 1, "value"),
    ],
)
def test_not_the_same(expected: object, got: object, what: str) -> None:
    assert differ(expected, got) == what


@pytest.mark.parametrize(
    ("expected", "got", "near"),
    [
        (100.0, 100.00001, True),
        (100.0, 100.01, False),
        ([1.0, 2.0], [1.0 + 1e-8, 2.0], True),
        (1 + 2j, 1 + 2.0000001j, True),
        (np.ones(3), np.ones(3) + 1e-8, True),
        (np.ones(3), np.ones(3) + 1e-2, False),
        (np.float64(5), np.float64(5 + 1e-7), True),
        (np.array([np.nan, np.inf]), np.array([np.nan, np.inf]), True),
        (float("inf"), 1e308, False),
        (1e308, float("nan"), False),
        (10_000_000, 10_000_001, False),
        (np.array([10_000_000]), np.array([10_000_001]), False),
        (1.0, 1, False),
        (0.0, 1e-12, False),
    ],
)
def test_a_relative_tolerance(expected: object, got: object, near: bool) -> None:
    assert (differ(expected, got, relative=1e-6) == "") is near


def test_an_absolute_tolerance() -> None:
    assert differ(0.0, 1e-12, absolute=1e-9) == ""
    assert differ(0.0, 1e-8, absolute=1e-9) == "value"


def test_the_place_of_a_difference_is_named_in_safe_text() -> None:
    found = difference(
        encode({"k": [1, Thing(name="x\x1b[31m\u202e")]}), encode({"k": [1, Thing(name="y" * 999)]})
    )
    assert found is not None
    assert found.expected.endswith(".values()[0][1].name")
    assert (found.expected + found.got).isprintable()
    assert len(found.got) <= 160


@pytest.mark.parametrize(
    "got",
    [
        {"dict": 1},
        {"dict": [[], [], []]},
        {"object": "m.T", "attributes": {"dict": [["a"], []]}},
        {"object": "m.T", "attributes": 3},
        {"float": None},
        {"ndarray": "<f8", "shape": [1], "data": "!!!!"},
        {"ndarray": "<f8", "shape": [1], "data": 5},
        json.loads("[" * 900 + "]" * 900),
        None,
    ],
)
def test_answers_of_no_proper_form_are_just_different(got: object) -> None:
    thing = {"object": "m.T", "attributes": {"dict": [["a"], [1]]}}
    deep = json.loads("[" * 900 + "1" + "]" * 900)
    for expected in ({"dict": [["a"], [1]]}, thing, encode(1.0), encode(np.ones(1)), deep):
        assert difference(expected, got, Tolerance(relative=0.1)) is not None


# --- what a sandbox sends back --------------------------------------------------------------------

CALL = {"site": "a.py:1", "arguments": "eJw=", "classes": [], "seconds": 0.1, "raised": ""}
FUNCTION = {
    "function": "a.py:f",
    "module": "a",
    "kind": "function",
    "count": 1,
    "failures": {},
    "calls": [CALL],
}
PROCESS = {
    "schema": "strop-calls/1",
    "executable": "/bin/py",
    "path": ["."],
    "skipped": {},
    "functions": [FUNCTION],
}


def process(**changes: Any) -> bytes:
    return json.dumps({**PROCESS, **changes}).encode()


def function(**changes: Any) -> bytes:
    return process(functions=[{**FUNCTION, **changes}])


def call(**changes: Any) -> bytes:
    return function(calls=[{**CALL, **changes}])


def test_what_the_recorder_writes_is_read() -> None:
    found = parse_process(process())
    assert (found.executable, found.functions[0].calls[0].name) == ("/bin/py", "f")


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\xff",
        b"[]",
        b"[" * 100_000,
        process(schema="other"),
        process(executable="python"),
        process(executable="/bin/py\n"),
        process(path="/"),
        process(path=[1]),
        process(path=["x"] * 20_001),
        process(skipped=[]),
        function(function="f"),
        function(function="a.py:f; import os"),
        function(module="a b"),
        function(kind="lambda"),
        function(count=-1),
        function(count=True),
        function(failures={"x": None}),
        function(calls={}),
        call(arguments="not base64!"),
        call(arguments="eJw=" * 200_000),
        call(arguments=None),
        call(seconds=float("nan")),
        call(seconds="1"),
        call(classes=[{}]),
        call(site=["x"]),
        call(raised="x" * 301),
    ],
)
def test_what_the_recorder_never_writes_is_refused(line: bytes) -> None:
    with pytest.raises(Malformed):
        parse_process(line)


@pytest.mark.parametrize(
    "line",
    [
        b"{}",
        b"null",
        b'{"nonce": "1", "outcome": "won"}',
        b'{"nonce": 1, "outcome": "returned"}',
        b'{"nonce": "1", "outcome": "raised", "result": [1]}',
        b'{"nonce": "1", "outcome": "gone", "text": {}}',
    ],
)
def test_answers_that_the_replayer_never_gives_are_refused(line: bytes) -> None:
    with pytest.raises(Malformed):
        parse_answer(line)


def test_texts_of_an_answer_are_made_safe() -> None:
    nonce, answer = parse_answer(
        b'{"nonce": "1", "outcome": "raised", "result": "a\\u001b[2J", "text": "b\\n"}'
    )
    assert (nonce, answer.result, answer.text) == ("1", "a [2J", "b ")


# --- shapes ---------------------------------------------------------------------------------------


def test_functions_of_a_file() -> None:
    text = "def f(): pass\nasync def g(): pass\nclass A:\n    def h(self): pass\n    def __len__(self): 1\n"
    assert functions_of("a/b.py", text) == ["a/b.py:f", "a/b.py:g", "a/b.py:A.h"]
    assert functions_of("a/b.py", "def f(:") == []


@pytest.mark.parametrize(
    ("new", "changed"),
    [
        ("class A:\n    def __init__(self): self.x = 1\n    def f(self): return self.x + 0\n", False),
        ("class A:\n    def __init__(self): self.x = 2\n    def f(self): return self.x\n", True),
        ("class A:\n    y = 1\n    def __init__(self): self.x = 1\n    def f(self): return self.x\n", True),
        ("class A:\n    def __init__(self): self.x = 1\n    def f(self): self.z = 1; return self.x\n", True),
        ("class B:\n    pass\n", True),
    ],
)
def test_classes_that_keep_another_state(new: str, changed: bool) -> None:
    old = "class A:\n    def __init__(self): self.x = 1\n    def f(self): return self.x\n"
    found = changed_classes(Candidate(edits=(FileEdit("src/p/m.py", new),)), {"src/p/m.py": old})
    assert found == ({"src/p/m.py:A"} if changed else set())
    assert type_names({"src/p/m.py:A"}) == {"src.p.m.A", "p.m.A", "m.A"}


def test_a_base_class_changes_the_state_of_all_below_it() -> None:
    texts = {
        "m.py": "class Base:\n    def __init__(self): self.x = 1\n",
        "n.py": "import m\nclass Sub(m.Base):\n    pass\nclass Other:\n    pass\n",
        "o.py": "from n import Sub\nclass Last(Sub):\n    pass\n",
    }
    new = FileEdit("m.py", "class Base:\n    def __init__(self): self.x, self._index = 1, {}\n")
    assert changed_classes(Candidate((new,)), texts) == {"m.py:Base", "n.py:Sub", "o.py:Last"}


def test_private_names() -> None:
    assert [is_private(f) for f in ("a.py:_f", "_a.py:f", "a.py:C._f", "a.py:_C.f", "p/_q/a.py:f")] == [
        True
    ] * 5
    assert [is_private(f) for f in ("a.py:f", "a.py:C.__init__", "p/__init__.py:f")] == [False] * 3


def test_the_files_of_the_sandbox_need_no_more_than_python_3_8() -> None:
    import ast

    from strop.sandbox import behaviour

    for name in ("recorder.py", "replayer.py"):
        text = (Path(str(behaviour.__file__)).parent / name).read_text(encoding="utf-8")
        tree = ast.parse(text, feature_version=(3, 8))
        imports = [n for n in ast.walk(tree) if isinstance(n, (ast.Import, ast.ImportFrom))]
        assert not any("strop" in ast.unparse(node) for node in imports)
