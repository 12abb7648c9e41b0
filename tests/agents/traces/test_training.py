"""Training: minibatches, the held-out part, stop rules, concurrency, resume after a cut."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from pathlib import Path
from typing import Any

import pytest

from strop.errors import ConfigError, ModelError
from strop.opto import OptoPrime, ParameterNode, Trainer, bundle, fit, node

DATA = [(n, 3 * n + 1) for n in range(12)]


def climb(messages: list[dict[str, str]], max_tokens: int) -> str:
    """Read a slope from the prompt and answer the next one."""
    slope = int(re.findall(r"\(int\) slope = (-?\d+)", messages[-1]["content"])[0])
    return json.dumps({"suggestion": {"slope": slope + 1}})


class Line:
    """slope * x + 1."""

    def __init__(self, slope: int = 0) -> None:
        self.slope: Any = node(slope, name="slope", trainable=True)
        self.seen: set[int] = set()
        self.threads: set[int] = set()

    def __call__(self, x: int) -> Any:
        self.seen.add(x)
        self.threads.add(threading.get_ident())
        return self.slope * x + 1


def guide(given: int, value: int, reference: int) -> tuple[float, str]:
    return -abs(value - reference), f"{value} instead of {reference} for {given}"


def test_it_climbs_to_the_target_and_stops() -> None:
    line = Line()
    found = fit(line, DATA, guide, OptoPrime([line.slope], model=climb), epochs=5, target=0)
    assert line.slope.data == 3 and found.score == 0 and found.first < 0
    assert found.stopped == "target 0 reached" and found.steps == 3
    assert [row["kept"] for row in found.history] == [True, True, True]


def test_what_the_held_out_part_does_not_like_is_not_kept() -> None:
    line = Line(3)

    class Fooled:
        """A guide whose held-out examples disagree with the others."""

        def get_feedback(self, given: int, value: int, reference: int) -> tuple[float, str]:
            return (value, "more") if given in trained else (-value, "less")

    trainer = Trainer(validation=0.5)
    split = list(range(12))
    import random

    random.Random("0 split").shuffle(split)
    trained = {DATA[index][0] for index in split[6:]}
    found = trainer.fit(line, DATA, Fooled(), OptoPrime([line.slope], model=climb), epochs=9, patience=2)
    assert line.slope.data == 3 and found.stopped == "no better score in 2 steps" and found.steps == 2
    assert not any(row["kept"] for row in found.history)


def test_a_workflow_that_raises_scores_as_failed_and_its_exception_is_feedback() -> None:
    slope: Any = node(0, name="slope", trainable=True)
    asked: list[str] = []

    @bundle()
    def divide(by: int, x: int) -> float:
        return x / by

    def answer(messages: list[dict[str, str]], max_tokens: int) -> str:
        asked.append(messages[-1]["content"])
        return '{"slope": 2}'

    found = fit(
        lambda x: divide(slope, x),
        [(4, 2), (6, 3)],
        lambda given, value, reference: (float(value == reference), "wrong"),
        OptoPrime([slope], model=answer),
        validation=0,
        failed=-1.0,
    )
    assert found.first == -1 and found.score == 1 and slope.data == 2
    assert "(ZeroDivisionError) division by zero" in asked[0] and "return x / by" in asked[0]


def test_threads_and_async_workflows() -> None:
    line = Line()
    fit(line, DATA, guide, OptoPrime([line.slope], model=climb), workers=3, batch_size=9, epochs=1)
    assert line.slope.data == 1

    async def later(x: int) -> Any:
        await asyncio.sleep(0)
        return line(x)

    fit(later, DATA, guide, OptoPrime([line.slope], model=climb), workers=2, batch_size=9, epochs=1)
    assert line.slope.data == 2


def test_a_training_that_was_cut_off_goes_on(tmp_path: Path) -> None:
    calls = []

    def dies(messages: list[dict[str, str]], max_tokens: int) -> str:
        calls.append(1)
        if len(calls) == 3:
            raise ModelError("gone", kind="disconnect")
        return climb(messages, max_tokens)

    line = Line()
    options: dict[str, Any] = {"folder": tmp_path, "epochs": 5, "target": 0}
    with pytest.raises(ModelError):
        fit(line, DATA, guide, OptoPrime([line.slope], model=dies), **options)
    journal = tmp_path / "training.jsonl"
    journal.write_text(journal.read_text("utf-8") + '{"step": 3, "ba', encoding="utf-8")
    again = Line()
    found = fit(again, DATA, guide, OptoPrime([again.slope], model=dies), **options)
    assert again.slope.data == 3 and found.steps == 3 and found.score == 0 and len(calls) == 4
    other = Line()
    with pytest.raises(ConfigError, match="another training"):
        fit(other, DATA[:5], guide, OptoPrime([other.slope], model=dies), **options)


def test_bad_settings() -> None:
    line = Line()
    optimizer = OptoPrime([line.slope], model=climb)
    assert isinstance(line.slope, ParameterNode)
    with pytest.raises(ConfigError, match="at least one example"):
        fit(line, [], guide, optimizer)
    with pytest.raises(ConfigError, match="validation is 1"):
        Trainer(validation=1)
    with pytest.raises(ConfigError, match="at least 1"):
        Trainer(batch_size=0)


def test_what_crashes_is_never_better_than_what_works() -> None:
    slope: Any = node(3, name="slope", trainable=True)

    def answer(messages: list[dict[str, str]], max_tokens: int) -> str:
        return '{"slope": 0}'

    found = fit(
        lambda x: x / slope.data,  # no bundle: a plain exception, with a value that it can't take
        [(4, 2), (6, 3)],
        lambda given, value, reference: (-abs(float(value) - reference), "off"),
        OptoPrime([slope], model=answer),
        validation=0,
        target=0,
    )
    assert found.score < 0 and slope.data == 3 and not any(row["kept"] for row in found.history)
