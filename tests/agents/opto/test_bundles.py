"""Functions as operations: inputs, nesting, exceptions, code as a parameter."""

from __future__ import annotations

import asyncio
import types
from pathlib import Path
from typing import Any

import pytest

from strop.errors import ConfigError
from strop.opto import (
    Bundle,
    ExceptionNode,
    ExecutionError,
    MessageNode,
    Module,
    TraceMissingInputsError,
    bundle,
    model,
    node,
)

HERE = 3


@bundle()
def double(x: int) -> int:
    """Return twice x."""
    return 2 * x


@bundle(trainable=True, execute="inline")
def scale(x: int, by: int = 2) -> int:
    # how much?
    return x * by + HERE


@bundle
def deep(n: int) -> Any:
    return 0 if n == 0 else deep(n - 1) + 1


def test_a_call_is_one_operation_with_named_inputs() -> None:
    made = double(node(4))
    assert isinstance(made, MessageNode) and made.data == 8
    assert list(made.inputs) == ["x"] and made.description == "[double] Return twice x."
    assert double.__doc__ == "Return twice x." and double.__name__ == "double"
    assert double(4).data == 8 and double(x=4).data == 8


def test_defaults_and_variadic_arguments_are_inputs() -> None:
    @bundle()
    def f(a: int, *rest: int, b: int = 5, **more: int) -> int:
        return a + sum(rest) + b + sum(more.values())

    made = f(1, 2, 3, c=4)
    assert made.data == 15 and list(made.inputs) == ["a", "rest_0", "rest_1", "b", "c"]
    with pytest.raises(TypeError):
        f()


def test_nested_bundles_and_recursion() -> None:
    x = node(3, trainable=True)

    @bundle()
    def outer(value: int) -> Any:
        return double(value) + 1

    made = outer(x)
    assert made.data == 7 and type(made.data) is int and made.parents == (x,)
    assert deep(node(5)).data == 5


def test_trainable_code_of_a_nested_bundle_is_reached() -> None:
    @bundle()
    def outer(value: int) -> Any:
        return scale(value)

    assert isinstance(scale, Bundle)
    found = outer(node(1)).backward("f")
    assert found.graph.parameters == (scale.parameter,)


def test_what_a_body_reads_has_to_be_an_input() -> None:
    outside = node(2, name="outside", trainable=True)

    def body(x: int) -> Any:
        return x + outside.data

    with pytest.raises(TraceMissingInputsError, match="outside"):
        bundle()(body)(1)
    made = bundle(allow_external_dependencies=True)(body)(1)
    assert made.data == 3 and outside in made.parents and made.hidden_dependencies == (outside,)

    @bundle()
    def by_operator(x: int) -> Any:
        return outside + x

    with pytest.raises(TraceMissingInputsError, match="outside"):
        by_operator(1)

    @bundle()
    def by_bundle(x: int) -> Any:
        return double(outside)

    with pytest.raises(TraceMissingInputsError, match="outside"):
        by_bundle(1)


def test_traceable_code_shows_its_own_operations() -> None:
    @bundle(traceable_code=True)
    def f(x: Any) -> Any:
        return (x + 1) * 2

    x = node(1, trainable=True)
    assert {m.op_name for m in f(x).backward("f").graph.messages} == {"add", "multiply"}


def test_an_exception_is_a_node_with_a_message() -> None:
    x = node(0, name="x", trainable=True)

    @bundle()
    def divide(value: int) -> float:
        return 1 / value

    with pytest.raises(ExecutionError) as caught:
        divide(x)
    failed = caught.value.exception_node
    assert isinstance(failed, ExceptionNode) and failed.data == "(ZeroDivisionError) division by zero"
    full = failed.create_feedback("full")
    assert "return 1 / value" in full and "bundles.py" not in full
    assert failed.create_feedback() == failed.data
    failed.backward(full)
    assert x.feedback[0].output is failed
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_exceptions_without_arguments_and_in_nested_bundles() -> None:
    @bundle()
    def fail(x: int) -> int:
        raise ValueError()

    @bundle()
    def around(x: int) -> Any:
        return fail(x)

    x = node(1, trainable=True)
    with pytest.raises(ExecutionError) as caught:
        around(x)
    failed = caught.value.exception_node
    assert failed.data == "(ValueError) no message" and failed.op_name == "around"
    names = {message.op_name for message in failed.backward("f").graph.messages}
    assert "around" in names and len(x.feedback) == 1

    @bundle(catch_execution_error=False)
    def raw(x: int) -> int:
        raise KeyError("k")

    with pytest.raises(KeyError):
        raw(1)


def test_methods_static_methods_and_models() -> None:
    @model
    class Net:
        """Adds."""

        def __init__(self) -> None:
            self.weight = node(2, name="weight", trainable=True)
            self.parts = [node(1, trainable=True), {"deep": node(5, trainable=True)}]

        @bundle(trainable=True, execute="inline")
        def add(self, a: int, b: int) -> int:
            """Return the sum."""
            return a + b

        def forward(self, x: Any) -> Any:
            return self.add(self.weight, x) + self.parts[0]

    net: Any = Net()
    assert isinstance(net, Module) and Net.__name__ == "Net" and Net.__doc__ == "Adds."
    made = net(3)
    assert made.data == 6
    assert list(net.parameters_dict()) == ["weight", "parts.0", "parts.1.deep", "add.__code"]
    reached = made.backward("f").graph.parameters
    assert {p.py_name.rstrip("0123456789") for p in reached} == {"weight", "int", "__code"}
    assert "self" not in made.parents[0].inputs  # type: ignore[attr-defined]
    with pytest.raises(NotImplementedError):
        Module()()


def test_async_bundles() -> None:
    @bundle()
    async def later(x: int) -> int:
        await asyncio.sleep(0)
        return x + 1

    @bundle()
    async def failing(x: int) -> int:
        raise OSError("gone")

    async def run() -> Any:
        return await asyncio.gather(*(later(node(n)) for n in range(5)))

    assert [made.data for made in asyncio.run(run())] == [1, 2, 3, 4, 5]
    with pytest.raises(ExecutionError, match=r"\(OSError\) gone"):
        asyncio.run(failing(1))


def test_functions_without_source_are_bundles_but_not_trainable() -> None:
    space: dict[str, Any] = {}
    exec("def made(x):\n    return x + 1", space)
    assert bundle()(space["made"])(1).data == 2
    with pytest.raises(ConfigError, match="define it in a file"):
        bundle(trainable=True)(space["made"])
    assert bundle()(len)([1, 2]).data == 2


def test_code_is_a_parameter_with_its_own_source() -> None:
    assert isinstance(scale, Bundle) and scale.parameter is not None
    assert scale.parameter.data.startswith("def scale(x: int, by: int = 2) -> int:\n    # how much?")
    assert scale.parameters() == [scale.parameter] and double.parameters() == []
    made = scale(node(1))
    assert made.data == 5 and scale.parameter in made.parents


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("def scale(x, by=2):\n    return x - by", ""),
        ("import math\ndef scale(x: float, by: int = 2):\n    return math.floor(x) - by", ""),
        ("def other(x, by=2):\n    return x", "expected `def scale(x, by=2)`, found `def other(x, by=2)`"),
        ("def scale(x):\n    return x", "expected `def scale"),
        ("def scale(x, by=2)\n    return x", "does not parse in line 1"),
        ("def scale(x, by=2):\\n    return x", "does not parse"),
        ("x = 3\ndef scale(x, by=2):\n    return x", "only the function and imports"),
        ("def scale(x, by=2):\n    return x\ndef more():\n    pass", "expected one function, found 2"),
        ("", "expected one function, found 0"),
        (["def scale(x, by=2):", "    return x"], "expected str"),
        ("async def scale(x, by=2):\n    return x", "found `async def"),
    ],
)
def test_proposed_code_keeps_name_and_signature(code: Any, problem: str) -> None:
    assert scale.parameter is not None
    found, why = scale.parameter.admit(code)
    assert problem in why if problem else (why == "" and found == code), why


def test_changed_code_runs_inline_only_where_that_was_said() -> None:
    mine = scale.detach()
    assert mine.parameter is not None
    mine.parameter._set("def scale(x, by=2):\n    return (x - by, HERE)")
    assert mine(node(10)).data == (8, 3)
    assert scale(10).data == 23  # the other one has its own
    mine.parameter._set("def scale(x, by=2):\n    return x / 0")
    with pytest.raises(ExecutionError) as caught:
        mine(1)
    assert mine.parameter in caught.value.exception_node.parents
    with pytest.raises(ValueError, match="execute is 'elsewhere'"):
        bundle(execute="elsewhere")(len)  # type: ignore[arg-type]


def test_state_is_json_and_all_or_nothing(tmp_path: Path) -> None:
    class Net(Module):
        def __init__(self) -> None:
            self.weight = node(2, trainable=True)
            self.words = node(("a", 1.5, b"x"), trainable=True)

        @bundle(trainable=True, execute="inline")
        def f(self, x: int) -> int:
            return x

    one, other = Net(), Net()
    one.weight._set(9)  # type: ignore[attr-defined]
    one.save(tmp_path / "state.json")
    other.load(tmp_path / "state.json")
    assert other.weight.data == 9 and other.words.data == ("a", 1.5, b"x")
    state = one.state_dict()
    state["parameters"]["weight"] = "text"
    state["parameters"]["words"] = {"tuple": []}
    with pytest.raises(ConfigError, match="weight: expected int"):
        other.load_state_dict(state)
    assert other.weight.data == 9 and other.words.data == ("a", 1.5, b"x")
    with pytest.raises(ConfigError, match=r"unknown \['strange'\]"):
        other.load_state_dict({**one.state_dict(), "parameters": {"strange": 1}})
    with pytest.raises(ConfigError, match="no state"):
        other.load(tmp_path / "none.json")
    one.weight._set(object())  # type: ignore[attr-defined]
    with pytest.raises(ConfigError, match="can't be kept as JSON"):
        one.state_dict()


@model
class Exported:
    """A model to write out."""

    def __init__(self) -> None:
        self.weight = node(2, name="weight", trainable=True)
        self.other = [1]

    @bundle(trainable=True, execute="inline")
    def add(self, a: int) -> int:
        return a + 1

    def forward(self, x: int) -> Any:
        return self.add(x)


def test_a_model_is_exported_as_plain_python(tmp_path: Path) -> None:
    net: Any = Exported()
    net.weight._set(7)
    Exported.add.parameter._set("def add(self, a: int) -> int:\n    return a + 100")  # type: ignore[attr-defined]
    text = net.export(tmp_path / "net.py")
    assert "bundle" not in text and "node(" not in text and (tmp_path / "net.py").read_text("utf-8") == text
    module = types.ModuleType("exported")
    exec(compile(text, "exported", "exec"), {"Any": Any, **(space := vars(module))}, space)
    made = space["Exported"]()
    assert made.weight == 7 and made.forward(1) == 101
