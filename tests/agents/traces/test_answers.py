"""Awkward answers: each is understood rightly, or reported; none changes a variable silently."""

from __future__ import annotations

import json
from typing import Any

import pytest

from strop.agents.optimizers.traces.answers import read_answer
from strop.opto import Constraint, ParameterNode, node
from strop.opto import bundle as make_bundle

CODE = "def work(a, b):\n    if a < b:\n        return '</value>'\n    return \"```\"\n"


@make_bundle(trainable=True, execute="inline")
def work(a: int, b: int) -> Any:
    return a


def variables() -> dict[str, ParameterNode]:
    found: dict[str, Any] = {
        "x": node(3, trainable=True, constraint=Constraint(low=0, high=100)),
        "rate": node(0.5, trainable=True, constraint=Constraint(low=0, high=1)),
        "flag": node(True, trainable=True),
        "text": node("old", trainable=True),
        "items": node(["a"], trainable=True),
        "work": work.detach().parameter,
    }
    return found


def suggest(**values: Any) -> str:
    return json.dumps({"reasoning": "because", "suggestion": values})


CODE_JSON = json.dumps(CODE)

UNDERSTOOD: dict[str, tuple[str, dict[str, Any]]] = {
    "plain": (suggest(x=4), {"x": 4}),
    "nothing to change": (suggest(), {}),
    "the sentinel alone": ("TERMINATE", {}),
    "a reasoning with the sentinel's word": (
        json.dumps({"reasoning": "Correct [TERMINATE] would be wrong", "suggestion": {"x": 5}}),
        {"x": 5},
    ),
    "a fence around it": (f"```json\n{suggest(x=6)}\n```", {"x": 6}),
    "a fence, and backticks in the reasoning": (
        "Sure:\n```json\n"
        + json.dumps({"reasoning": "use ```x``` more", "suggestion": {"x": 7}})
        + "\n```\nDone.",
        {"x": 7},
    ),
    "Python's quotes": (
        "{'reasoning': \"it's low\", 'suggestion': {'x': 8, 'flag': False}}",
        {"x": 8, "flag": False},
    ),
    "trailing commas": ('{"reasoning": "a, b,", "suggestion": {"x": 9,},}', {"x": 9}),
    "a thought before": ('<think>maybe {"suggestion": {"x": 1}}</think>\n' + suggest(x=10), {"x": 10}),
    "the end of a thought": ("so x is 1</think>" + suggest(x=11), {"x": 11}),
    "prose around": (f"I think this helps.\n\n{suggest(x=12)}\n\nGood luck!", {"x": 12}),
    "the example first, then the answer": (
        '{"reasoning": "...", "suggestion": {"name": "value"}}\n' + suggest(x=13),
        {"x": 13},
    ),
    "values alone": ('{"x": 14}', {"x": 14}),
    "a list of names and values": ('{"suggestion": [{"name": "x", "value": 15}]}', {"x": 15}),
    "line breaks inside of strings": ('{"suggestion": {"text": "a\nb"}}', {"text": "a\nb"}),
    "names in backticks": ('{"suggestion": {"`x`": 16}}', {"x": 16}),
    "numbers as text": (suggest(x="17", rate="0.25"), {"x": 17, "rate": 0.25}),
    "an integer for a float": (suggest(rate=1), {"rate": 1.0}),
    "a boolean as text": (suggest(flag="false"), {"flag": False}),
    "a list as text": (suggest(items='["b", "c"]'), {"items": ["b", "c"]}),
    "tags": (
        "<reasoning>r</reasoning><variable><name>x</name><value>18</value></variable>",
        {"x": 18},
    ),
    "tags with code that holds a tag": (
        f"<variable>\n<name>work</name>\n<value>\n{CODE}</value>\n</variable>",
        {"work": CODE.rstrip("\n")},
    ),
    "tags with a fence in the value": (
        f"<variable><name>work</name><value>\n```python\n{CODE}```\n</value></variable>",
        {"work": CODE.rstrip("\n")},
    ),
    "code": (suggest(work=CODE), {"work": CODE}),
    "code in a fence in a string": (suggest(work=f"```python\n{CODE}```"), {"work": CODE.rstrip("\n")}),
    "code as a list of lines": (suggest(work=CODE.splitlines()), {"work": CODE.rstrip("\n")}),
    "code that was escaped twice": (
        '{"suggestion": {"work": "def work(a, b):\\\\n    return a + b"}}',
        {"work": "def work(a, b):\n    return a + b"},
    ),
    "code and nothing else": (
        "Here:\n```python\ndef work(a, b):\n    return b\n```\n",
        {"work": "def work(a, b):\n    return b"},
    ),
    "annotations dropped": (
        suggest(work="def work(a, b):\n    return 1"),
        {"work": "def work(a, b):\n    return 1"},
    ),
}

REPORTED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "empty": ("", "the answer was empty", {}),
    "prose": ("Increase x a little.", "no suggestion in the answer", {}),
    "a thought that never ends": ('<think>hmm {"suggestion": {"x": 1}}', "empty", {}),
    "cut off": ('{"reasoning": "x is too low", "suggestion": {"x": 1', "no suggestion", {}),
    "a tag that never ends": ("<variable><name>x</name><value>1", "no suggestion", {}),
    "one of two tags cut off": (
        "<variable><name>x</name><value>1</value></variable><variable><name>rate</name><value>0.",
        "no suggestion",
        {},
    ),
    "an unknown name": (suggest(y=1, x=20), "'y' is no variable; known: x, rate", {"x": 20}),
    "a fraction for an integer": (suggest(x="3.7"), 'x: expected int, got the text "3.7"', {}),
    "words for a number": (suggest(x="abc"), 'x: expected int, got the text "abc"', {}),
    "null": (suggest(rate=None), "rate: expected float, got NoneType", {}),
    "out of range": (suggest(rate=1e9), "rate: 1000000000.0 is above 1", {}),
    "not a number": ('{"suggestion": {"rate": NaN}}', "not a finite number", {}),
    "a string for a list": (suggest(items="abc"), "items: expected list", {}),
    "a number for a text": (suggest(text=5), "text: expected str, got int 5", {}),
    "a boolean for a number": (suggest(x=True), "x: expected int, got bool", {}),
    "another name": (suggest(work="def better(a, b):\n    return a"), "expected `def work(a, b)`", {}),
    "another signature": (suggest(work="def work(a):\n    return a"), "found `def work(a)`", {}),
    "code that does not parse": (suggest(work="def work(a, b):\n    return ("), "does not parse", {}),
    "code that runs at once": (suggest(work="import os\nos.remove('x')\n" + CODE), "only the function", {}),
    "code with a helper beside": (suggest(work=CODE + "\ndef more(): pass"), "expected one function", {}),
    "a list as the whole": ("[1, 2, 3]", "no suggestion", {}),
    "a suggestion that is a word": ('{"suggestion": "increase x"}', "no suggestion", {}),
    "very long": ("x" * (2 << 20), "characters, more than", {}),
    "deep": ("{" * 5000 + '"x": 1' + "}" * 5000, "no suggestion", {}),
}


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_what_is_certain_is_understood(name: str) -> None:
    text, wanted = UNDERSTOOD[name]
    mine = variables()
    before = {key: parameter.data for key, parameter in mine.items()}
    found = read_answer(text, mine)
    assert not found.problems, found.problems
    assert dict(found.values) == wanted
    assert all(type(found.values[key]) is type(value) for key, value in wanted.items())
    assert found.unchanged == (not wanted)
    assert {key: parameter.data for key, parameter in mine.items()} == before  # reading assigns nothing


@pytest.mark.parametrize("name", REPORTED)
def test_everything_else_is_reported(name: str) -> None:
    text, problem, kept = REPORTED[name]
    found = read_answer(text, variables())
    assert any(problem in words for words in found.problems), found.problems
    assert dict(found.values) == kept and not found.unchanged


def test_an_answer_that_was_cut_off_says_so() -> None:
    found = read_answer('{"reasoning": "the value', variables(), cut_off=True)
    assert "cut off at its length limit" in found.problems[0]
    assert "cut off in its reasoning" in read_answer("<think>and", variables(), cut_off=True).problems[0]
