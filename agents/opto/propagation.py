"""From an output and its feedback back to the parameters: the minimal subgraph, in linear time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from strop.agents.opto.context import SERIALS

__all__ = ["Feedback", "TraceGraph", "propagate"]

Node = Any
"""`nodes.Node`; this module stands below that one, and goes by `kind`."""

MESSAGES = ("message", "exception")


@dataclass(frozen=True, eq=False)
class TraceGraph:
    """The part of a trace that feedback on an output reaches.

    `nodes`: those on a way from a trainable parameter to the output, and the other direct inputs of
    these, parents before children. Of the past of those other inputs nothing is kept: no parameter
    acts through it.
    """

    output: Node
    nodes: tuple[Node, ...]
    parameters: tuple[Node, ...]  # trainable, in the order of their making
    on_the_way: frozenset[int] = field(repr=False)  # ids of nodes that depend on a parameter

    @property
    def messages(self) -> tuple[Node, ...]:
        """The operations, each after those that it needs."""
        return tuple(node for node in self.nodes if node.kind in MESSAGES and id(node) in self.on_the_way)

    @property
    def inputs(self) -> tuple[Node, ...]:
        """What goes in beside the parameters and is not made from them."""
        return tuple(node for node in self.nodes if id(node) not in self.on_the_way)

    def of(self, parameter: Node) -> TraceGraph:
        """Return the part that one parameter acts through; raises `KeyError` where it is not in here."""
        if not any(parameter is known for known in self.parameters):
            raise KeyError(f"{parameter.name} is not reached from {self.output.name}")
        return _graph(self.output, self.nodes, (parameter,))

    def to_json(self) -> dict[str, Any]:
        """Return the graph as plain JSON types: a node's id is its name, its inputs are by argument.

        Source: the fields of Trace-Graph JSON 1.0, so that other tools can read it.
        """
        return {"tgj": "1.0", "output": self.output.name, "nodes": {n.name: _json(n) for n in self.nodes}}


def _json(node: Node) -> dict[str, Any]:
    inputs: dict[str, Any] = {}
    if node.kind in MESSAGES:
        inputs = {name: {"ref": value.name} for name, value in node.inputs.items()}
        inputs |= {f"hidden_{n}": {"ref": value.name} for n, value in enumerate(node.hidden_dependencies)}
    return {
        "id": node.name,
        "kind": node.kind,
        "name": node.py_name,
        "value": repr(node._data),
        "trainable": bool(node.trainable),
        "description": node.description,
        "inputs": inputs,
    }


@dataclass(frozen=True, eq=False)
class Feedback:
    """One feedback on one output, with the subgraph that it goes back through."""

    value: Any  # text, a number, or whatever the user gave
    graph: TraceGraph
    serial: int = 0  # in the order of their making, as nodes have one

    @property
    def output(self) -> Node:
        """What the feedback is on."""
        return self.graph.output

    def of(self, parameter: Node) -> Feedback:
        """Return the same feedback with the part of the graph that one parameter acts through."""
        return replace(self, graph=self.graph.of(parameter))

    def __str__(self) -> str:
        return str(self.value)


def propagate(output: Node, feedback: Any) -> Feedback:
    """Bring feedback on an output to every trainable parameter that it depends on, and return it."""
    found = Feedback(feedback, _graph(output, _ancestors(output)), next(SERIALS))
    for parameter in found.graph.parameters:
        if parameter._feedback is None:
            parameter._feedback = []
        parameter._feedback.append(found)
    return found


def _ancestors(output: Node) -> list[Node]:
    """Return an output and all that it was made from, parents before children."""
    seen, todo = {id(output): output}, [output]
    while todo:
        for parent in todo.pop().parents:
            if id(parent) not in seen:
                seen[id(parent)] = parent
                todo.append(parent)
    # A node is made after its parents, so the order of making is an order of dependence.
    return sorted(seen.values(), key=lambda node: node.serial)


def _graph(output: Node, ordered: Iterable[Node], only: tuple[Node, ...] | None = None) -> TraceGraph:
    """Return the minimal subgraph of nodes in an order of dependence; `only`: of these parameters."""
    wanted = None if only is None else {id(parameter) for parameter in only}
    ordered = list(ordered)
    way: set[int] = set()
    parameters = []
    for node in ordered:
        if node.trainable and (wanted is None or id(node) in wanted):
            parameters.append(node)
            way.add(id(node))
        elif any(id(parent) in way for parent in node.parents):
            way.add(id(node))
    kept = set(way)
    for node in ordered:
        if id(node) in way:
            kept.update(id(parent) for parent in node.parents)
    kept.add(id(output))
    nodes = tuple(node for node in ordered if id(node) in kept)
    return TraceGraph(output, nodes, tuple(parameters), frozenset(way))
