"""Nodes of a trace: values, the parameters among them, and messages that operations made.

A node refers to its parents; children are known weakly, so that a trace lives no longer than its outputs,
and nothing grows with the number of operations.
"""

from __future__ import annotations

import copy
import itertools
import os
import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from weakref import ref

from strop.agents.opto.constraints import Constraint, as_constraint
from strop.agents.opto.context import SERIALS, is_tracing, reads
from strop.agents.opto.propagation import Feedback, propagate

__all__ = ["MessageNode", "Node", "ParameterNode", "node", "operator_name"]

HERE = os.path.dirname(__file__)

_OPERATOR = re.compile(r"\[([^\[\]]+)\]")
_counters: dict[str, itertools.count[int]] = {}
_lock = threading.Lock()


def _named(base: str) -> str:
    """Return `base:N` with the next number of this base; bases are few, as the names in a program are."""
    counter = _counters.get(base)
    if counter is None:
        with _lock:
            counter = _counters.setdefault(base, itertools.count())
    return f"{base}:{next(counter)}"


@lru_cache(maxsize=4096)
def operator_name(description: str) -> str:
    """Return the operator that a description starts with: "add" of "[add] The sum of x and y."."""
    match = _OPERATOR.match(description)
    if match is None:
        raise ValueError(f"a message's description starts with [operator], found {description[:40]!r}")
    return match[1]


class Node:
    """A value of a trace.

    Arithmetic, comparisons other than `==` and `!=`, indexing and the usual methods of strings, lists and
    dicts are traced: they return a `MessageNode`. `==` compares identity or values and returns a plain
    bool; `node.eq(x)` is its traced form. `data` is the value; reading it in a bundle is noted there.
    """

    __slots__ = (
        "__weakref__",
        "_children",
        "_data",
        "_feedback",
        "_name",
        "_stem",
        "description",
        "info",
        "level",
        "parents",
        "serial",
    )

    kind = "value"
    trainable = False

    def __init__(
        self, value: Any, *, name: str | None = None, description: str = "", info: Any = None
    ) -> None:
        """Hold a value; `name` is a stem, the node's own name gets a number."""
        self._data: Any = value._data if isinstance(value, Node) else value
        # Numbered when somebody asks, if nobody chose the stem: most nodes are never looked at.
        self._stem = name or type(self._data).__name__
        self._name = _named(name) if name and not isinstance(self, MessageNode) else ""
        self.description = description
        self.info = {} if info is None else info
        self.parents: tuple[Node, ...] = ()
        self.level = 0  # longest way from a root
        self.serial = next(SERIALS)
        self._children: list[ref[Node]] | None = None
        self._feedback: list[Feedback] | None = None

    # --- what it is -----------------------------------------------------------------------

    @property
    def data(self) -> Any:
        """The value. In a bundle: noted as read, so it has to be one of the bundle's inputs."""
        reading = reads()
        if reading is not None:
            reading.add(self)
        return self._data

    @property
    def name(self) -> str:
        """Stem and number, e.g. "x:0"."""
        if not self._name:
            self._name = _named(self._stem)
        return self._name

    @property
    def stem(self) -> str:
        """The name without its number."""
        return self._stem

    @property
    def py_name(self) -> str:
        """The name as an identifier, e.g. "x0"."""
        return self.name.replace(":", "")

    @property
    def type(self) -> type:
        """Type of the value."""
        return type(self._data)

    @property
    def children(self) -> list[Node]:
        """Nodes made from this one that are still in use."""
        return [child for known in self._children or () if (child := known()) is not None]

    def _add_child(self, child: Node) -> None:
        if self._children is None:
            self._children = []
        count = len(self._children)
        if count >= 64 and not count & (count - 1):  # now and then those that are gone
            self._children = [known for known in self._children if known() is not None]
        self._children.append(ref(child))

    @property
    def is_root(self) -> bool:
        """Whether nothing made it."""
        return not self.parents

    @property
    def is_leaf(self) -> bool:
        """Whether nothing in use was made from it."""
        return not self.children

    @property
    def feedback(self) -> tuple[Feedback, ...]:
        """What `backward` brought here since `zero_feedback`, in its order."""
        return tuple(self._feedback or ())

    def zero_feedback(self) -> None:
        """Forget all feedback."""
        self._feedback = None

    def backward(
        self,
        feedback: Any = "",
        propagator: Any = None,
        retain_graph: bool = False,
        visualize: bool = False,
        **_: Any,
    ) -> Feedback:
        """Carry feedback on this output to the parameters that it depends on.

        Linear in the number of nodes behind this one. May be called again, on this output or on others,
        with other feedback: each call adds one `Feedback` to every parameter that it reaches.

        Args:
            feedback: Text, a number, or a node of one.
            propagator: Not used: there is one propagation, the minimal subgraph.
            retain_graph: Not needed: nothing is taken apart.
            visualize: Not built; `feedback.graph.to_json()` has the graph.

        Returns:
            The feedback with its subgraph.

        Raises:
            NotImplementedError: A propagator or a picture was asked for.
        """
        if propagator is not None:
            raise NotImplementedError("propagator: strop.opto has one propagation, the minimal subgraph")
        if visualize:
            raise NotImplementedError("visualize: not built; feedback.graph.to_json() has the graph")
        return propagate(self, feedback._data if isinstance(feedback, Node) else feedback)

    # --- copies ---------------------------------------------------------------------------

    def detach(self) -> Node:
        """Return a copy of the value as a node without a past."""
        return Node(copy.deepcopy(self._data), name=self._stem)

    def clone(self) -> MessageNode:
        """Return a copy of the value, made from this node."""
        copied = copy.deepcopy(self._data)
        return MessageNode(copied, inputs={"x": self}, description="[clone] This is a clone operator of x.")

    # --- plain Python ---------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        return self is other or bool(self._data == (other._data if isinstance(other, Node) else other))

    def __hash__(self) -> int:
        return id(self)

    def __bool__(self) -> bool:
        return bool(self.data)

    def __len__(self) -> int:
        return len(self.data)

    def __contains__(self, item: Any) -> bool:
        return (item.data if isinstance(item, Node) else item) in self.data

    def __str__(self) -> str:
        return f"Node: ({self.name}, dtype={type(self._data)}, data={self._data})"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name}, {self._data!r:.200})"

    def __format__(self, spec: str) -> str:
        # What a user wants to see in an f-string is the value.
        return format(self.data, spec)

    def __deepcopy__(self, memo: dict[int, Any]) -> Node:
        memo[id(self)] = copied = self.detach()
        return copied


class ParameterNode(Node):
    """A root whose value an optimizer may change."""

    kind = "parameter"
    __slots__ = ("constraint", "is_code", "projections", "trainable")

    def __init__(
        self,
        value: Any,
        *,
        name: str | None = None,
        trainable: bool = True,
        description: str | None = None,
        constraint: Constraint | str | Any = None,
        projections: Sequence[Any] | None = None,
        is_code: bool = False,
        info: Any = None,
    ) -> None:
        """Hold a value that may change.

        Args:
            value: The first value; its type is the type of all others.
            name: A stem.
            trainable: False: the optimizer leaves it alone.
            description: For the model that proposes.
            constraint: A `Constraint` is enforced. A function of the value that returns whether it is
                allowed, too. A string is only told to the model.
            projections: Objects with `project(value)`, applied to every proposal before it is checked.
            is_code: The value is the source of a Python function.
        """
        super().__init__(value, name=name, description=description or "", info=info)
        self.trainable = trainable
        self.constraint = as_constraint(constraint, self._data, is_code=is_code)
        self.projections = tuple(projections or ())
        self.is_code = is_code
        self.constraint.require(self._data, f"parameter {self.name}")

    def __deepcopy__(self, memo: dict[int, Any]) -> ParameterNode:
        # A parameter again, and not the plain node that `detach` makes of a value.
        memo[id(self)] = copied = ParameterNode(
            copy.deepcopy(self._data, memo),
            name=self._stem,
            trainable=self.trainable,
            description=self.description,
            constraint=self.constraint,
            projections=self.projections,
            is_code=self.is_code,
            info=copy.deepcopy(self.info, memo),
        )
        return copied

    def _set(self, value: Any) -> None:
        """Take a value, untraced and unchecked; a node's value counts."""
        self._data = value._data if isinstance(value, Node) else value

    def admit(self, proposed: Any) -> tuple[Any, str]:
        """Return a proposal as a value of this parameter, and why it can't be one, or an empty string."""
        value, problem = self.constraint.convert(proposed)
        if problem:
            return None, problem
        for projection in self.projections:
            value = projection.project(value)
        return value, self.constraint.problem(value)


class MessageNode(Node):
    """What an operation made of its inputs."""

    kind = "message"
    __slots__ = ("hidden_dependencies", "inputs", "operator")

    def __init__(
        self,
        value: Any,
        *,
        inputs: Mapping[str, Node] | Sequence[Node],
        description: str,
        name: str | None = None,
        info: Any = None,
        hidden_dependencies: Iterable[Node] = (),
    ) -> None:
        """Connect a value to what made it.

        Args:
            inputs: The operation's nodes, by the names of its arguments; a sequence gets "x0", "x1", ...
            description: "[operator] What it does."
            hidden_dependencies: Nodes that it used without being given them.

        Raises:
            ValueError: The description names no operator.
            TypeError: An input is no node.
        """
        self.operator = operator_name(description)
        super().__init__(value, name=name or self.operator, description=description, info=info)
        given = inputs if isinstance(inputs, Mapping) else {f"x{n}": x for n, x in enumerate(inputs)}
        self.inputs: dict[str, Node] = {}
        self.hidden_dependencies: tuple[Node, ...] = ()
        if is_tracing():
            self._connect(given, tuple(hidden_dependencies))

    def _connect(self, inputs: Mapping[str, Node], hidden: tuple[Node, ...]) -> None:
        for name, value in inputs.items():
            if not isinstance(value, Node):
                raise TypeError(f"input {name} of {self._stem} is no node: {value!r:.80}")
        self.inputs = dict(inputs)
        self.hidden_dependencies = hidden
        parents = tuple(self.inputs.values())
        self.parents = parents if not hidden else parents + hidden
        level = -1
        for parent in self.parents:
            if parent.level > level:
                level = parent.level
            parent._add_child(self)
        self.level = level + 1

    @property
    def op_name(self) -> str:
        """The operation's name."""
        return self.operator


def node(
    data: Any,
    name: str | None = None,
    trainable: bool = False,
    description: str | None = None,
    constraint: Constraint | str | Any = None,
) -> Node:
    """Return a value as a node: a `ParameterNode` where it is trainable, a node itself unchanged.

    See `ParameterNode` for the arguments.

    >>> x = node(3, name="x", trainable=True, constraint=Constraint(low=0, high=10))
    >>> y = x * 2 + 1
    >>> y.data
    7
    """
    if trainable:
        return ParameterNode(data, name=name, description=description, constraint=constraint)
    if isinstance(data, Node):
        return data
    return Node(data, name=name, description=description or "")
