"""strop.opto does what `trace-opt` does on the same programs; where it does not, the list says why."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.programs import PROGRAMS, Library

import strop.opto as opto

EXPECTED = json.loads((Path(__file__).parent / "expected.json").read_text(encoding="utf-8"))

DIFFERENCES: dict[str, Any] = {
    # name of the program: what it gives here; docs/trace.md says why
    "absolute": {"values": [3]},
    "bare_exception": {"values": ["(ValueError) no message"]},
    "two_feedbacks": {"values": ["both"], "after": [2]},
    "word_for_boolean": {"reached": ["flag"], "after": [False]},
    "renamed_function": {"values": ["kept"]},
}


def optimizer(parameters: list[Any], answer: Callable[[str], str]) -> Any:
    """Return our OptoPrime with a scripted model."""
    return opto.OptoPrime(
        parameters, model=lambda messages, max_tokens: answer(_sections(messages)), reasks=0
    )


def _sections(messages: list[dict[str, str]]) -> str:
    return messages[-1]["content"].replace("<data>\n", "").replace("\n</data>", "")


def library() -> Library:
    return Library(
        node=opto.node,
        bundle=lambda **options: opto.bundle(execute="inline", **options),
        model=opto.model,
        stop_tracing=opto.stop_tracing,
        ExecutionError=opto.ExecutionError,
        optimizer=optimizer,
        reached=lambda parameters: [p for p in parameters if p.feedback],
        code_of=lambda parameter: str(parameter.data),
    )


def test_the_recording_says_what_made_it() -> None:
    assert EXPECTED["trace-opt"].startswith("0.1.3") and set(EXPECTED["programs"]) == set(PROGRAMS)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_gives_the_same(name: str) -> None:
    found = json.loads(json.dumps(PROGRAMS[name](library())))
    wanted = EXPECTED["programs"][name]
    if name in DIFFERENCES:
        assert wanted != DIFFERENCES[name], "no difference any more: take it out of the list"
        wanted = DIFFERENCES[name]
    assert found == wanted
