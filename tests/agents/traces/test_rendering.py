"""What a prompt shows of a trace, and in how many tokens."""

from __future__ import annotations

from typing import Any

import pytest

from strop.agents.optimizers.traces.rendering import SECTIONS, render_trace
from strop.agents.optimizers.traces.showing import shortened, shown
from strop.errors import ConfigError
from strop.opto import Constraint, ParameterNode, bundle, node


@bundle()
def blend(x: int, y: int) -> int:
    """Mix x and y."""
    return x * 10 + y


@bundle(trainable=True, execute="inline")
def tweak(x: int) -> int:
    return x + 1


def parameter(value: Any, name: str = "x", **more: Any) -> Any:
    return node(value, name=name, trainable=True, **more)


def test_all_sections_of_a_small_trace() -> None:
    x = parameter(3, constraint=Constraint(low=0, high=9), description="how much")
    made = blend(x, 4) + tweak(2)
    found = render_trace([made.backward("too high")], [x, *tweak.parameters()])
    assert tuple(found.sections) == SECTIONS and found.left_out == 0
    text = found.sections
    assert text["Code"].splitlines() == [
        "blend0 = blend(x=x, y=y0)",
        "tweak0 = tweak(x=x0)  # uses tweak",
        "add0 = add(x=blend0, y=tweak0)",
    ]
    assert "(int) x = 3" in text["Variables"] and "def tweak(x: int) -> int:" in text["Variables"]
    assert "0 <= value <= 9; how much" in text["Constraints"]
    assert "(int) y0 = 4" in text["Inputs"] and "(int) blend0 = 34" in text["Others"]
    assert text["Outputs"] == "(int) add0 = 37" and text["Feedback"] == "too high"
    assert "return x * 10 + y" in text["Documentation"]  # the body, once
    assert list(found.variables) == ["x", "tweak"]


def test_the_same_program_gives_the_same_text_whatever_ran_before() -> None:
    def program() -> str:
        x, other = parameter(1), parameter(2)
        made = (x + other) * 3
        return str(render_trace([made.backward("f")], [x, other]))

    first = program()
    assert first == program()
    assert "x0" in first and "x1" in first


def test_only_what_feedback_reached_is_a_variable() -> None:
    x, y = parameter(1), parameter(2, "y")
    found = render_trace([(x * 2).backward("f")], [x, y])
    assert list(found.variables) == ["x"] and "y" not in found.sections["Variables"]


def test_several_outputs_and_feedbacks() -> None:
    x = parameter(1)
    low, high = x + 1, x * 5
    found = render_trace([low.backward("too low"), high.backward("too high"), low.backward("again")], [x])
    assert found.sections["Outputs"] == "(int) add0 = 2\n(int) multiply0 = 5"
    assert found.sections["Feedback"] == "add0: too low\nmultiply0: too high\nadd0: again"


def test_ten_thousand_operations_fit_into_a_prompt_and_what_is_left_out_is_said() -> None:
    x = parameter(0)
    out = x
    for _ in range(10_000):
        out = out + 1
    found = render_trace([out.backward("wrong")], [x], max_tokens=2000)
    assert found.tokens <= 2100 and 9000 < found.left_out < 10_000
    code = found.sections["Code"]
    assert f"{found.left_out} operations further" in code
    # Nearest to the variable and to the feedback, none from the middle.
    assert "add0 = add(x=x," in code and "add9999 = add(x=add9998," in code and "add5000 =" not in code


def test_large_values_are_shortened_in_the_middle_and_variables_never() -> None:
    x = parameter("start " + "x" * 3000 + " end")
    big = blend(1, 2)
    made = x + node("begin " + "y" * 200_000 + " finish")
    found = render_trace([made.backward("f" * 10_000)], [x], max_tokens=4000)
    assert "x" * 3000 in found.sections["Variables"]
    assert "finish" in found.sections["Inputs"] and "characters left out" in found.sections["Inputs"]
    assert len(found.sections["Inputs"]) < 700 and len(found.sections["Feedback"]) < 4200
    with pytest.raises(ConfigError, match="max_prompt_tokens = 500"):
        render_trace([made.backward("f")], [x], max_tokens=500)
    assert big


def test_values_are_shown_without_addresses_and_noise() -> None:
    numpy = pytest.importorskip("numpy")
    assert shown(object()) == "<object object>" and shown(numpy.float64(0.5)) == "0.5"
    assert shown("a\nb") == "\na\nb" and shown("a") == "'a'"

    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError

    assert "repr fails: RuntimeError" in shown(Broken())
    text = shortened("a" * 500 + "b" * 500, 100)
    assert text.startswith("a" * 60) and text.endswith("b" * 40) and "900 characters" in text


def test_a_frozen_or_tuned_parameter_is_an_input() -> None:
    x, y = parameter(1), parameter(2, "y")
    found = render_trace([(x + y).backward("f")], [x], named=[x, y])
    assert isinstance(y, ParameterNode) and "(int) y = 2" in found.sections["Inputs"]
