"""Nodes, operations, and the way of feedback back to parameters."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from strop.opto import Constraint, MessageNode, Node, ParameterNode, bundle, node, stop_tracing


def number(value: Any, name: str = "x") -> Any:
    return node(value, name=name, trainable=True)


@pytest.mark.parametrize(
    ("operation", "wanted", "operator"),
    [
        (lambda x: x + 1, 8, "add"),
        (lambda x: 1 - x, -6, "subtract"),
        (lambda x: 2**x, 128, "power"),
        (lambda x: x // 2, 3, "floor_divide"),
        (lambda x: -x, -7, "neg"),
        (lambda x: x < 8, True, "lt"),
        (lambda x: x.eq(7), True, "eq"),
        (lambda x: round(x, 0), 7, "round"),
        (lambda x: divmod(x, 4), (1, 3), "divmod"),
    ],
)
def test_operators_make_messages(operation: Any, wanted: Any, operator: str) -> None:
    x = number(7)
    made = operation(x)
    assert isinstance(made, MessageNode) and made.data == wanted
    assert made.op_name == operator and x in made.parents and made.level == 1


def test_methods_and_items_are_traced() -> None:
    text = number("a b", "text")
    assert text.split().data == ["a", "b"] and text.upper().op_name == "upper"
    assert [word.data for word in text.split(" ")] == ["a", "b"]
    assert text.replace("a", node("z")).data == "z b"
    table = number({"a": 1}, "table")
    assert table["a"].data == 1 and table.keys().data == ["a"] and [key.data for key in table] == ["a"]
    assert text.call("center", 5, "-").data == "-a b-" and text.getattr("upper").data() == "A B"
    assert "a" in text and len(table) == 1 and f"{text}" == "a b"


def test_equality_is_plain_and_hash_is_identity() -> None:
    one, other = number(1), number(1)
    assert (one == other) is True and (one == 2) is False
    assert hash(one) != hash(other) and len({one, other}) == 2


def test_names_are_stem_and_number() -> None:
    first, second = node(1, name="stem"), node(2, name="stem")
    base, index = first.name.split(":")
    assert base == "stem" and second.name == f"stem:{int(index) + 1}" and first.py_name == f"stem{index}"


def test_feedback_reaches_the_minimal_subgraph() -> None:
    x, y, z = number(1, "x"), number(2, "y"), number(3, "z")
    constant = node(10, name="constant")
    unrelated = constant * 5
    used = x + unrelated
    out = used * y
    z * 2
    found = out.backward("higher")
    assert x.feedback == y.feedback == (found,) and z.feedback == ()
    assert [p.name for p in found.graph.parameters] == [x.name, y.name]
    assert {m.op_name for m in found.graph.messages} == {"add", "multiply"}
    # What no parameter acts through is an input, without its past.
    assert {n.name for n in found.graph.inputs} == {unrelated.name}
    only = found.graph.of(y)
    assert [m.op_name for m in only.messages] == ["multiply"] and {n.name for n in only.inputs} == {used.name}
    with pytest.raises(KeyError):
        found.graph.of(z)


def test_several_outputs_with_different_feedback() -> None:
    x = number(1)
    first, second = x + 1, x * 3
    first.backward("too low")
    second.backward(0.5)
    first.backward("still")
    assert [f.value for f in x.feedback] == ["too low", 0.5, "still"]
    assert [f.output for f in x.feedback] == [first, second, first]
    x.zero_feedback()
    assert x.feedback == ()


def test_parameters_that_are_frozen_are_inputs() -> None:
    x, y = number(1, "x"), ParameterNode(2, name="y", trainable=False)
    found = (x + y).backward("f")
    assert found.graph.parameters == (x,) and found.graph.inputs == (y,)


def test_ten_thousand_operations_and_a_graph_that_goes_when_nobody_holds_it() -> None:
    x = number(0)
    out = x
    for _ in range(10_000):
        out = out + 1
    assert out.data == 10_000 and len(out.backward("f").graph.messages) == 10_000
    assert len(x.children) == 1
    x.zero_feedback()
    del out
    assert x.children == [] and x.is_leaf  # no deep recursion either, when a long chain is freed


def test_the_json_of_a_graph_names_inputs_by_argument() -> None:
    x = number(2)
    found = (x - 1).backward("f").graph.to_json()
    message = next(n for n in found["nodes"].values() if n["kind"] == "message")
    assert message["inputs"]["x"] == {"ref": x.name} and found["nodes"][x.name]["trainable"] is True


def test_copies() -> None:
    x = number([1], "x")
    copied, alone = x.clone(), x.detach()
    alone.data.append(2)
    assert copied.parents == (x,) and alone.parents == () and x.data == [1]


def test_stop_tracing_is_for_its_own_thread_and_task() -> None:
    x = number(1)
    inside, outside = threading.Event(), threading.Event()

    def other() -> tuple[Node, ...]:
        inside.wait(10)
        made = (x + 1).parents
        outside.set()
        return made

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(other)
        with stop_tracing():
            assert (x + 1).parents == ()
            inside.set()
            outside.wait(10)
        assert len(running.result()) == 2

    async def quiet(event: asyncio.Event) -> tuple[Node, ...]:
        with stop_tracing():
            event.set()
            await asyncio.sleep(0)
            return (x + 1).parents

    async def loud(event: asyncio.Event) -> tuple[Node, ...]:
        await event.wait()
        return (x + 1).parents

    async def both() -> list[tuple[Node, ...]]:
        event = asyncio.Event()
        return list(await asyncio.gather(quiet(event), loud(event)))

    silent, traced = asyncio.run(both())
    assert silent == () and len(traced) == 2


def test_many_threads_make_distinct_names() -> None:
    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(lambda _: node(1, name="threaded").name, range(4000)))
    assert len(set(names)) == 4000


@pytest.mark.parametrize(
    ("constraint", "first", "proposed", "value", "problem"),
    [
        (None, 3, "4", 4, ""),
        (None, 3, "3.7", None, "the text"),
        (None, 3, "abc", None, "the text"),
        (None, 3, True, None, "bool"),
        (None, True, "false", False, ""),
        (None, True, "False", False, ""),
        (None, [1], "abc", None, "the text"),
        (None, [1], "[2, 3]", [2, 3], ""),
        (None, 0.5, None, None, "NoneType"),
        (None, 0.5, "nan", None, "text"),
        (None, 0.5, 1, 1.0, ""),
        (None, "a", "b", "b", ""),
        (None, "a", 3, None, "expected str"),
        (Constraint(low=0, high=1), 0.5, 1e9, None, "above 1"),
        (Constraint(choices=("a", "b")), "a", "c", None, "one of"),
        (lambda v: v % 2 == 0, 2, 3, None, "not allowed"),
        (lambda v: 1 / v, 2, 0, None, "predicate failed"),
    ],
)
def test_proposals_are_converted_only_where_it_is_certain(
    constraint: Any, first: Any, proposed: Any, value: Any, problem: str
) -> None:
    parameter = node(first, trainable=True, constraint=constraint)
    assert isinstance(parameter, ParameterNode)
    found, why = parameter.admit(proposed)
    assert (problem in why) if problem else (why == "" and found == value and type(found) is type(value)), why
    assert parameter.data == first


def test_a_first_value_outside_its_constraint_is_refused() -> None:
    with pytest.raises(ValueError, match=r"parameter x:\d+: 5 is above 1"):
        node(5, name="x", trainable=True, constraint=Constraint(high=1))
    with pytest.raises(TypeError, match="constraint"):
        node(5, trainable=True, constraint=7)


def test_messages_say_what_is_wrong_with_them() -> None:
    with pytest.raises(ValueError, match=r"\[operator\]"):
        MessageNode(1, inputs={}, description="no operator")
    broken: Any = {"x": 3}
    with pytest.raises(TypeError, match="input x"):
        MessageNode(1, inputs=broken, description="[f] f")
    with pytest.raises(NotImplementedError):
        (number(1) + 1).backward("f", visualize=True)


def test_nodes_of_containers() -> None:
    @bundle()
    def total(values: list[int], more: dict[str, int]) -> int:
        return sum(values) + more["a"]

    x, y = number(1, "x"), number(2, "y")
    made = total([x, 5], {"a": y})
    assert made.data == 8
    found = made.backward("f")
    assert {p.name for p in found.graph.parameters} == {x.name, y.name}
