"""The Python API: a repository, a black box, a study on disk."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

import strop
from strop.errors import ConfigError, ModelError
from strop.opto import Constraint, node
from strop.testing.repositories import make_repository


@pytest.mark.slow
def test_a_repository_is_optimized_and_its_study_read_again(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "r")
    trials: list[dict[str, Any]] = []
    rounds: list[dict[str, Any]] = []
    found = strop.optimize(
        repository,
        budget=strop.Budget(evaluations=2),
        optimizers=["rules"],
        sandbox="process",
        on_trial=trials.append,
        on_round=rounds.append,
    )
    assert found.status == "improved" and found.best is not None and found.speedup is not None
    assert found.best.patch.startswith("diff --git a/") and found.best.values == {}
    assert found.speedup.low is not None and 1 < found.speedup.low <= float(found.speedup)
    assert [trial["number"] for trial in trials] == [t["number"] for t in found.trials if t["number"]]
    assert rounds and rounds[0]["turn"] == 1
    again = strop.load_study(repository)
    assert again.report == found.report and "times better" in repr(again)
    assert strop.load_study(found.study.folder).best == found.best
    assert "branch fast" in found.apply(branch="fast")


def test_a_black_box_with_numbers_and_choices_needs_no_model() -> None:
    trials: list[dict[str, Any]] = []
    x: Any = node(0.0, name="x", trainable=True, constraint=Constraint(low=-5, high=5))
    mode: Any = node("slow", name="mode", trainable=True, constraint=Constraint(choices=("slow", "fast")))

    def evaluate(candidate: dict[str, Any]) -> float:
        return (candidate["x"] - 2) ** 2 + (candidate["mode"] == "slow")

    found = strop.optimize(
        evaluate=evaluate,
        parameters={"x": x, "mode": mode},
        budget=strop.Budget(evaluations=40),
        direction="minimize",
        on_trial=trials.append,
    )
    assert found.score < 0.3 and found.first == 5 and found.values["mode"] == "fast"
    assert len(found.trials) == len(trials) == 40 and found.stopped_because == "40 evaluations done"
    assert len({json.dumps(trial["values"]) for trial in trials}) == 40  # nothing is evaluated twice


def test_a_black_box_of_text_shows_the_model_what_evaluate_says() -> None:
    def model(messages: list[dict[str, str]], max_tokens: int) -> str:
        missing = re.findall(r"missing: (\w+)", messages[-1]["content"])
        text = re.findall(r"\(str\) prompt = '(.*)'", messages[-1]["content"])[0]
        return json.dumps({"suggestion": {"prompt": f"{text} {missing[0]}".strip()}})

    def evaluate(candidate: dict[str, str]) -> tuple[float, str]:
        wanted = ["be", "brief", "please"]
        left = [word for word in wanted if word not in candidate["prompt"].split()]
        return 1 - len(left) / 3, f"missing: {left[0]}" if left else "all there"

    rounds: list[dict[str, Any]] = []
    found = strop.optimize(
        evaluate=evaluate,
        parameters={"prompt": ""},
        model=model,
        budget=strop.Budget(evaluations=4),
        on_round=rounds.append,
    )
    assert found.values == {"prompt": "be brief please"} and found.score == 1 and found.first == 0
    assert [round_["turn"] for round_ in rounds] == [1, 2, 3]


def test_candidates_that_the_callable_cannot_take_are_data() -> None:
    x: Any = node(1, name="x", trainable=True, constraint=Constraint(low=0, high=3))

    def evaluate(candidate: dict[str, int]) -> float:
        if candidate["x"] == 0:
            return float("nan")
        if candidate["x"] == 2:
            raise ValueError("two")
        return float(candidate["x"])

    found = strop.optimize(evaluate=evaluate, parameters={"x": x}, budget=strop.Budget(evaluations=20))
    assert found.score == 3 and len(found.trials) <= 4 and "further idea" in found.stopped_because
    said = {trial["values"]["x"]: trial["side_info"] for trial in found.trials}
    assert said.get(2, "ValueError: two") == "ValueError: two"

    def fails(candidate: dict[str, int]) -> float:
        raise OSError("gone")

    with pytest.raises(ConfigError, match="evaluate failed for every candidate; the last: OSError: gone"):
        strop.optimize(evaluate=fails, parameters={"x": x}, budget=strop.Budget(evaluations=3))


def test_an_async_evaluate_is_awaited_also_beside_a_running_loop() -> None:
    async def evaluate(candidate: dict[str, int]) -> tuple[float, str]:
        await asyncio.sleep(0)
        return float(candidate["x"]), "awaited"

    async def program() -> Any:
        x: Any = node(1, name="x", trainable=True, constraint=Constraint(low=0, high=3))
        return strop.optimize(evaluate=evaluate, parameters={"x": x}, budget=strop.Budget(evaluations=9))

    found = asyncio.run(program())
    assert found.score == 3 and found.trials[0]["side_info"] == "awaited"


def test_wrong_arguments_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="give a repository"):
        strop.optimize()  # type: ignore[call-overload]
    with pytest.raises(ConfigError, match="exclude each other"):
        strop.optimize(tmp_path, evaluate=len, parameters={"x": 1})  # type: ignore[call-overload]
    with pytest.raises(ConfigError, match="a function needs inputs="):
        strop.optimize(len)
    with pytest.raises(ConfigError, match="direction is 'up'"):
        strop.optimize(evaluate=lambda c: 1.0, parameters={"x": 1}, direction="up")
    with pytest.raises(ConfigError, match="parameters: at least one"):
        strop.optimize(evaluate=lambda c: 1.0, parameters={})
    with pytest.raises(ConfigError, match="'a b' is no name"):
        strop.optimize(evaluate=lambda c: 1.0, parameters={"a b": 1})
    with pytest.raises(ConfigError, match="a model is needed"):
        strop.optimize(evaluate=lambda c: 1.0, parameters={"text": "t"})
    with pytest.raises(ConfigError, match="no study here"):
        strop.load_study(tmp_path)


def test_what_was_evaluated_before_a_model_failed_is_kept() -> None:
    answers = iter(["first", "second"])

    def model(messages: list[dict[str, str]], max_tokens: int) -> str:
        try:
            return json.dumps({"suggestion": {"prompt": next(answers)}})
        except StopIteration:
            raise ModelError("too many requests", kind="rate limit") from None

    def evaluate(candidate: dict[str, str]) -> float:
        return float(len(candidate["prompt"]))

    found = strop.optimize(
        evaluate=evaluate, parameters={"prompt": ""}, model=model, budget=strop.Budget(evaluations=9)
    )
    assert len(found.trials) == 3 and found.values == {"prompt": "second"}
    assert found.stopped_because == "the model failed: too many requests"

    def refused(messages: list[dict[str, str]], max_tokens: int) -> str:
        raise ModelError("no such model", kind="not found")

    with pytest.raises(ModelError, match="no such model"):
        strop.optimize(evaluate=evaluate, parameters={"prompt": ""}, model=refused)


def test_a_callable_that_changes_what_it_is_given_changes_no_record() -> None:
    given: list[list[int]] = []

    def evaluate(candidate: dict[str, Any]) -> float:
        given.append(list(candidate["order"]))
        candidate["order"].sort()
        return float(candidate["order"][0])

    found = strop.optimize(
        evaluate=evaluate,
        parameters={"order": [3, 1, 2]},
        model=lambda messages, max_tokens: json.dumps({"suggestion": {"order": [9, 8]}}),
        budget=strop.Budget(evaluations=2),
    )
    assert [trial["values"]["order"] for trial in found.trials] == given == [[3, 1, 2], [9, 8]]
