"""OptoPrime and the control arms with scripted models: what is asked, assigned, kept and refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from strop.agents.models import open_model
from strop.agents.optimizers.traces.arms import OPRO, TextGrad
from strop.agents.optimizers.traces.optoprime import OptoPrime
from strop.errors import BudgetExhausted, ConfigError, ModelError
from strop.job import Budget, ModelSettings
from strop.opto import Constraint, bundle, node
from strop.testing.model_server import ScriptedServer, reply, status


class Script:
    """A model function that gives the answers of a list, and keeps what it was asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers = [
            a if isinstance(a, str) else json.dumps({"reasoning": "", "suggestion": a}) for a in answers
        ]
        self.asked: list[list[dict[str, str]]] = []

    def __call__(self, *, messages: list[dict[str, str]], max_tokens: int) -> str:
        self.asked.append(messages)
        return self.answers.pop(0)

    @property
    def last(self) -> str:
        return self.asked[-1][-1]["content"]


def parameter(value: Any, name: str = "x", **more: Any) -> Any:
    return node(value, name=name, trainable=True, **more)


def test_the_loop_that_users_of_trace_know() -> None:
    x = parameter(1)
    script = Script({"x": 5})
    optimizer = OptoPrime([x], model=script, objective="Hit ten.")
    made = x * 2
    optimizer.zero_feedback()
    optimizer.backward(made, "2 is too low")
    step = optimizer.step()
    assert x.data == 5 and step.values == {x: 5} and step.asked == 1 and step.problems == ()
    system, user = script.asked[0]
    assert system["role"] == "system" and "#Constraints" in system["content"]
    assert "Hit ten." in user["content"] and "multiply0 = multiply(x=x, y=int0)" in user["content"]
    assert "2 is too low" in user["content"] and optimizer.log[0]["response"]


def test_nothing_is_asked_where_no_feedback_came() -> None:
    x = parameter(1)
    optimizer = OptoPrime([x], model=Script())
    assert optimizer.step().values == {}


def test_a_bad_answer_is_asked_about_once_and_then_remembered() -> None:
    x = parameter(1, constraint=Constraint(low=0, high=9))
    script = Script({"x": 50}, {"x": "much"}, {"x": 3})
    optimizer = OptoPrime([x], model=script)
    optimizer.backward(x * 2, "more")
    step = optimizer.step()
    assert x.data == 1 and step.values == {} and step.asked == 2
    assert len(step.problems) == 2 and "50 is above 9" in step.problems[0]
    assert "50 is above 9" in script.asked[1][-1]["content"] and script.asked[1][-2]["role"] == "assistant"
    optimizer.step()
    assert x.data == 3 and "refused: x: 50 is above 9" in script.last


def test_the_good_part_of_a_bad_answer_counts() -> None:
    x, y = parameter(1), parameter(2, "y")
    optimizer = OptoPrime([x, y], model=Script({"x": 4, "z": 1}), reasks=0)
    optimizer.backward(x * y, "more")
    step = optimizer.step()
    assert (x.data, y.data) == (4, 2) and "no variable" in step.problems[0]


def test_candidates_are_tried_and_the_best_is_kept() -> None:
    x = parameter(1)
    script = Script({"x": 3}, {"x": 9}, {"x": 6}, {"x": 1}, {"x": 7}, {"x": 7})
    optimizer = OptoPrime([x], model=script, candidates=3)
    tried: list[int] = []

    def evaluate() -> tuple[float, str]:
        tried.append(x.data)
        return -abs(x.data - 7), f"{x.data} is off by {x.data - 7}"

    optimizer.backward(x * 1, "off")
    step = optimizer.step(evaluate)
    assert tried == [1, 3, 9, 6] and x.data == 6 and step.score == -1
    step = optimizer.step(evaluate)
    # What was tried is known: neither 6 nor 1 is tried again, and 7 only once.
    assert tried == [1, 3, 9, 6, 7]
    assert x.data == 7 and step.score == 0
    assert "The best so far" in script.last and "off by" in script.last
    assert optimizer.best == ({x: 7}, 0)


def test_nothing_better_means_nothing_changes() -> None:
    x = parameter(7)
    optimizer = OptoPrime([x], model=Script({"x": 1}))
    optimizer.backward(x * 1, "fine")
    step = optimizer.step(lambda: -abs(x.data - 7))
    assert x.data == 7 and step.score == 0


def test_revert_goes_back_to_the_best_score_that_was_told() -> None:
    x = parameter(1)
    optimizer = OptoPrime([x], model=Script({"x": 2}, {"x": 3}))
    assert optimizer.best is None and not optimizer.revert()
    for score in (0.5, 0.9):
        optimizer.zero_feedback()
        optimizer.backward(x * 1, "f")
        optimizer.step(score=score)
    assert x.data == 3
    assert optimizer.revert() and x.data == 2 and optimizer.best == ({x: 2}, 0.9)


def test_numbers_go_to_optuna_and_the_rest_to_the_model() -> None:
    x = parameter(1.0, constraint=Constraint(low=0, high=10))
    mode = parameter("a", "mode", constraint=Constraint(choices=("a", "b")))
    text = parameter("hello", "text")
    script = Script(*[{"text": f"t{n}"} for n in range(40)])
    optimizer = OptoPrime([x, mode, text], model=script, tuner="optuna", seed=1)

    def evaluate() -> float:
        return -abs(x.data - 4) + (mode.data == "b")

    for _ in range(40):
        optimizer.zero_feedback()
        optimizer.backward(x * 1 + text.count("t"), "f")
        step = optimizer.step(evaluate)
    assert step.score is not None and step.score > 0.3 and mode.data == "b" and abs(x.data - 4) < 0.7
    assert "(float) x = " in script.last.partition("#Inputs")[2]  # the tuner's, so no variable here
    only = OptoPrime([parameter(3, constraint=Constraint(low=1, high=9))], tuner="optuna")
    assert only.step(score=1.0).asked == 0


def test_what_cannot_work_is_refused_at_once() -> None:
    with pytest.raises(ConfigError, match="trainable parameter"):
        OptoPrime([])
    with pytest.raises(ConfigError, match="a model is needed"):
        OptoPrime([parameter("t")])
    with pytest.raises(ConfigError, match="unknown section 'Codes'"):
        OptoPrime([parameter(1)], model=Script(), mask=["Codes"])
    with pytest.raises(ConfigError, match="tuner is 'tpe'"):
        OptoPrime([parameter(1)], model=Script(), tuner="tpe")
    with pytest.raises(ConfigError, match="found int"):
        OptoPrime([parameter(1)], model=3)  # type: ignore[arg-type]


def test_masked_sections_and_the_arms_see_less() -> None:
    x = parameter(1)

    def asked(kind: Any, **options: Any) -> str:
        script = Script({"x": 2})
        x._set(1)
        x.zero_feedback()
        optimizer = kind([x], model=script, **options)
        optimizer.backward(x * 3, "low")
        optimizer.step()
        return script.last

    whole, masked, history = asked(OptoPrime), asked(OptoPrime, mask=["#Code", "Others"]), asked(OPRO)
    assert "multiply" in whole and "#Code" not in masked and "#Outputs" in masked
    assert "multiply" not in history and "low" in history and "#Variables" in history


def test_textgrad_asks_for_each_variable_with_its_own_part() -> None:
    x, y = parameter(1), parameter(2, "y")
    script = Script({"x": 5}, {"y": 6})
    optimizer = TextGrad([x, y], model=script)
    optimizer.backward((x + 1) * (y - 1), "f")
    step = optimizer.step()
    assert (x.data, y.data) == (5, 6) and step.asked == 2
    first, second = (messages[-1]["content"] for messages in script.asked)
    assert "add(x=x" in first and "subtract(x=y" not in first and "subtract(x=y" in second


def test_openai_shaped_responses_and_models_that_fail() -> None:
    x = parameter(1)
    shaped = {"choices": [{"message": {"content": '{"x": 2}'}, "finish_reason": "stop"}]}
    optimizer = OptoPrime([x], model=lambda messages, max_tokens: shaped)
    optimizer.backward(x * 1, "f")
    optimizer.step()
    assert x.data == 2
    broken = OptoPrime([x], model=lambda messages, max_tokens: {"error": "no"})
    with pytest.raises(ModelError, match="no choices"):
        broken.step()
    assert x.data == 2


def test_through_the_gateway_with_schema_budget_cache_and_recording(tmp_path: Path) -> None:
    answers = [status(400, message="response_format is not supported"), reply('{"x": 2}'), reply('{"x": 3}')]
    x = parameter(1)

    def steps(model: Any, count: int) -> list[int]:
        found = []
        x._set(1)
        optimizer = OptoPrime([x], model=model)
        for _ in range(count):
            optimizer.zero_feedback()
            optimizer.backward(x * 1, "more")
            optimizer.step()
            found.append(x.data)
        return found

    with ScriptedServer(answers, default=reply('{"x": 4}', prompt_tokens=10**6)) as server:
        settings = ModelSettings(name="scripted", api_base=server.url)
        record = tmp_path / "recording.jsonl"
        model = open_model(settings, folder=tmp_path / "a", budget=Budget(tokens=50_000), record=record)
        assert steps(model, 2) == [2, 3]
        first, second, third = server.requests
        schema = first.body["response_format"]["json_schema"]["schema"]
        assert schema["properties"]["suggestion"]["properties"] == {"x": {"type": "integer"}}
        assert "response_format" not in second.body and "response_format" not in third.body
        tight = open_model(settings, folder=tmp_path / "b", budget=Budget(tokens=100))
        with pytest.raises(BudgetExhausted):
            steps(tight, 1)
    replayed = open_model(ModelSettings(), folder=tmp_path / "c", budget=Budget(), replay=record)
    assert steps(replayed, 2) == [2, 3]


@bundle(trainable=True, execute="inline")
def square(value: int) -> int:
    """Return the square."""
    return value + value


def test_code_is_mended_by_what_the_feedback_names() -> None:
    mine = square.detach()
    made = mine(node(3))
    script = Script({"square": "def square(value):\n    return value * value"})
    optimizer = OptoPrime(mine.parameters(), model=script)
    optimizer.backward(made, "6 is not the square of 3")
    optimizer.step()
    assert mine(node(3)).data == 9
    assert "(code) square" in script.last and "int0 = 3" not in script.last.split("#Variables")[0]
