"""LangGraph programs: the same result traced and untraced, and a trace that knows who wrote what."""

from __future__ import annotations

import asyncio
import operator
from typing import Annotated, Any, TypedDict

import pytest
from langgraph.graph import END, START, StateGraph
from langgraph.types import Send

from strop.opto import ExecutionError, ParameterNode, atrace_graph, bundle, node, trace_graph


class State(TypedDict):
    items: Annotated[list[str], operator.add]
    n: int


def program(*, asynchronous: bool, prompt: Any = None, code: Any = None) -> Any:
    """a, then b and c side by side, c back to a until n is 3; `items` has a reducer."""

    def a(state: State) -> dict[str, Any]:
        return {"items": [f"a{state['n']}"], "n": state["n"] + 1}

    def b(state: State) -> dict[str, Any]:
        return {"items": [str(prompt.data) if prompt is not None else "b"]}

    def c(state: State) -> dict[str, Any]:
        return {"items": [code(state["n"]).data if code is not None else "c"]}

    def later(function: Any) -> Any:
        async def run(state: State) -> dict[str, Any]:
            await asyncio.sleep(0)
            return function(state)  # type: ignore[no-any-return]

        return run

    graph = StateGraph(State)
    for function in (a, b, c):
        graph.add_node(function.__name__, later(function) if asynchronous else function)
    graph.add_edge(START, "a")
    graph.add_edge("a", "b")
    graph.add_edge("a", "c")
    graph.add_edge("b", END)
    graph.add_conditional_edges("c", lambda state: "a" if state["n"] < 3 else END, ["a", END])
    return graph.compile()


GIVEN: Any = {"items": ["start"], "n": 0}


def test_reducers_fan_out_loops_and_async_nodes_behave_as_untraced() -> None:
    wanted = program(asynchronous=False).invoke(GIVEN)
    assert wanted["items"] == ["start", "a0", "b", "c", "a1", "b", "c", "a2", "b", "c"]
    found = trace_graph(program(asynchronous=False), GIVEN)
    assert found.result == wanted and found.output.data == wanted
    assert sorted(task.info["task"] for task in found.tasks) == ["a"] * 3 + ["b"] * 3 + ["c"] * 3

    async def both() -> Any:
        graph = program(asynchronous=True)
        return await graph.ainvoke(GIVEN), (await atrace_graph(graph, GIVEN)).result

    assert asyncio.run(both()) == (wanted, wanted)


def test_feedback_goes_back_to_prompts_and_code_of_the_nodes_that_used_them() -> None:
    prompt: Any = node("be brief", name="prompt", trainable=True)
    unused: Any = node("unused", name="unused", trainable=True)

    @bundle(trainable=True, execute="inline")
    def word(n: int) -> str:
        return f"c{n}"

    found = trace_graph(program(asynchronous=False, prompt=prompt, code=word), GIVEN)
    assert found.result["items"][2:4] == ["be brief", "c1"]
    graph = found.output.backward("too long").graph
    assert set(graph.parameters) == {prompt, word.parameter} and unused not in graph.nodes
    users = {task.info["task"] for task in found.tasks if prompt in task.parents}
    assert users == {"b"}
    assert {t.info["task"] for t in found.tasks if word.parameter in t.parents} == {"c"}
    # The prompt is reached by three tasks, and each wrote to the same channel.
    assert len([m for m in graph.messages if isinstance(m.info, dict) and m.info.get("task") == "b"]) == 3


def test_one_channel_without_the_others() -> None:
    prompt: Any = node("p", name="prompt", trainable=True)
    found = trace_graph(program(asynchronous=False, prompt=prompt), GIVEN)
    found.channels["items"].backward("f")
    assert len(prompt.feedback) == 1


def test_tasks_that_send_gave_their_input() -> None:
    class Sent(TypedDict):
        words: Annotated[list[str], operator.add]

    prompt: Any = node("x", name="prompt", trainable=True)

    def split(state: Sent) -> dict[str, Any]:
        return {"words": [prompt.data]}

    def work(given: Any) -> dict[str, Any]:
        return {"words": [f"w{given['number']}"]}

    graph = StateGraph(Sent)
    graph.add_node("split", split)
    graph.add_node("work", work)
    graph.add_edge(START, "split")
    graph.add_conditional_edges(
        "split", lambda state: [Send("work", {"number": n}) for n in range(3)], ["work"]
    )
    graph.add_edge("work", END)
    compiled: Any = graph.compile()
    found = trace_graph(compiled, {"words": []})
    assert found.result == compiled.invoke({"words": []})
    found.output.backward("f")
    assert len(prompt.feedback) == 1
    assert all(any(p in found.tasks for p in t.parents) for t in found.tasks if t.info["task"] == "work")


def test_a_node_that_raises_is_an_exception_of_the_trace() -> None:
    prompt: Any = node("p", name="prompt", trainable=True)
    assert isinstance(prompt, ParameterNode)

    class Small(TypedDict):
        n: int

    def one(state: Small) -> dict[str, Any]:
        return {"n": state["n"] + len(prompt.data)}

    def two(state: Small) -> dict[str, Any]:
        raise ValueError(f"{prompt.data} is wrong")

    graph = StateGraph(Small)
    graph.add_node("one", one)
    graph.add_node("two", two)
    graph.add_edge(START, "one")
    graph.add_edge("one", "two")
    with pytest.raises(ExecutionError) as caught:
        trace_graph(graph.compile(), {"n": 1})
    failed = caught.value.exception_node
    assert failed.data == "(ValueError) p is wrong" and failed.op_name == "two"
    assert isinstance(caught.value.__cause__, ValueError)
    found = failed.backward("f")
    assert found.graph.parameters == (prompt,)
    assert {m.op_name for m in found.graph.messages} >= {"one", "two"}


def test_langgraph_s_own_errors_are_its_own() -> None:
    with pytest.raises(Exception, match="Recursion limit") as caught:
        trace_graph(program(asynchronous=False), GIVEN, {"recursion_limit": 2})
    assert not isinstance(caught.value, ExecutionError)
