"""The operations of nodes: each makes a `MessageNode` of its operands.

`install` gives `Node` the operators of Python and the usual methods of strings, lists and dicts. Trace's
names and descriptions of operators are kept, since programs and prompts show them.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from typing import Any

from strop.agents.opto.context import reads
from strop.agents.opto.nodes import MessageNode, Node

__all__ = ["apply", "install"]

Operation = Callable[..., Any]

BINARY: dict[str, tuple[str, Operation, str]] = {
    "add": ("__add__", operator.add, "This is an add operator of x and y."),
    "subtract": ("__sub__", operator.sub, "This is a subtract operator of x and y."),
    "multiply": ("__mul__", operator.mul, "This is a multiply operator of x and y."),
    "floor_divide": ("__floordiv__", operator.floordiv, "This is a floor_divide operator of x and y."),
    "divide": ("__truediv__", operator.truediv, "This is a divide operator of x and y."),
    "mod": ("__mod__", operator.mod, "This is a mod operator of x and y."),
    "divmod": ("__divmod__", divmod, "This is a divmod operator of x and y."),
    "power": ("__pow__", operator.pow, "This is a power operator of x and y."),
    "lshift": ("__lshift__", operator.lshift, "This is a lshift operator of x and y."),
    "rshift": ("__rshift__", operator.rshift, "This is a rshift operator of x and y."),
    "and": ("__and__", operator.and_, "This is an and operator of x and y."),
    "or": ("__or__", operator.or_, "This is an or operator of x and y."),
    "xor": ("__xor__", operator.xor, "This is a xor operator of x and y."),
    "matmul": ("__matmul__", operator.matmul, "This is a matmul operator of x and y."),
}
COMPARISONS: dict[str, tuple[str, Operation, str]] = {
    "lt": ("__lt__", operator.lt, "This is a lt operator of x and y."),
    "le": ("__le__", operator.le, "This is a le operator of x and y."),
    "gt": ("__gt__", operator.gt, "This is a gt operator of x and y."),
    "ge": ("__ge__", operator.ge, "This is a ge operator of x and y."),
}
UNARY: dict[str, tuple[str, Operation, str]] = {
    "neg": ("__neg__", operator.neg, "This is a neg operator of x."),
    "pos": ("__pos__", operator.pos, "This is a pos operator of x."),
    "abs": ("__abs__", abs, "This is an abs operator of x."),
    "invert": ("__invert__", operator.invert, "This is an invert operator of x."),
    "round": ("__round__", round, "This is a round operator of x."),
    "floor": ("__floor__", math.floor, "This is a floor operator of x."),
    "ceil": ("__ceil__", math.ceil, "This is a ceil operator of x."),
    "trunc": ("__trunc__", math.trunc, "This is a trunc operator of x."),
}
NAMED: dict[str, tuple[Operation, str]] = {
    "eq": (operator.eq, "This is an eq operator of x and y."),
    "neq": (operator.ne, "This is a not eq operator of x and y."),
    "len": (len, "This is a len operator of x."),
}
METHODS = (
    "capitalize", "lower", "upper", "swapcase", "title", "split", "strip", "replace", "format", "join",
    "splitlines", "startswith", "endswith", "keys", "values", "items", "get", "pop", "append", "extend",
    "count", "index", "copy",
)  # fmt: skip
"""Methods of values that are traced by their own name; any other goes by `node.call(name, ...)`."""

SNAPSHOTS = ("keys", "values", "items")
"""Of which a list is kept, not a view that changes with the dict."""


def apply(operation: Operation, operands: dict[str, Any], description: str) -> MessageNode:
    """Apply an operation to values and nodes, and return the message that it made."""
    inputs = {name: value if isinstance(value, Node) else Node(value) for name, value in operands.items()}
    reading = reads()
    if reading is not None:
        for value in inputs.values():
            reading.add(value)
    made = operation(*[value._data for value in inputs.values()])
    return MessageNode(made, inputs=inputs, description=description)


def _binary(name: str, operation: Operation, text: str) -> tuple[Operation, Operation]:
    description = f"[{name}] {text}"

    def forward(self: Node, other: Any) -> MessageNode:
        return apply(operation, {"x": self, "y": other}, description)

    def reflected(self: Node, other: Any) -> MessageNode:
        return apply(operation, {"x": other, "y": self}, description)

    return forward, reflected


def _unary(name: str, operation: Operation, text: str) -> Operation:
    description = f"[{name}] {text}"

    def forward(self: Node, *more: Any) -> MessageNode:
        return apply(operation, {"x": self, **{f"y{n}": value for n, value in enumerate(more)}}, description)

    return forward


def _method(name: str) -> Operation:
    def method(self: Node, *args: Any, **kwargs: Any) -> MessageNode:
        return _call(self, name, args, kwargs)

    method.__name__ = name
    method.__doc__ = f"Call the value's `{name}`, traced."
    return method


def _call(self: Node, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> MessageNode:
    keys = list(kwargs)
    operands = {"x": self, **{f"args_{n}": value for n, value in enumerate(args)}, **kwargs}

    def operation(value: Any, *given: Any) -> Any:
        plain, named = given[: len(args)], dict(zip(keys, given[len(args) :], strict=True))
        made = getattr(value, name)(*plain, **named)
        return list(made) if name in SNAPSHOTS else made

    return apply(operation, operands, f"[{name}] This calls the method {name} of x with the arguments.")


def _getitem(self: Node, index: Any) -> MessageNode:
    description = "[getitem] This is a getitem operator of x based on index."
    return apply(operator.getitem, {"x": self, "index": index}, description)


def _getattr(self: Node, name: Any) -> MessageNode:
    """Return an attribute of the value, traced."""
    description = "[getattr] This operator gets the attribute of x named by attr."
    return apply(getattr, {"x": self, "attr": name}, description)


def _traced_call(self: Node, name: str, *args: Any, **kwargs: Any) -> MessageNode:
    """Call a method of the value by its name, traced."""
    return _call(self, name, args, kwargs)


def _iterate(self: Node) -> Iterator[MessageNode]:
    """Return the items as nodes; of a dict its keys, as of a dict."""
    value = self._data
    if isinstance(value, (list, tuple, str, bytes, range)):
        return (_getitem(self, index) for index in range(len(value)))
    if isinstance(value, dict):
        keys = apply(list, {"x": self}, "[keys] This is the list of the keys of x.")
        return _iterate(keys)
    items = apply(list, {"x": self}, "[list] This is the list of the items of x.")
    return _iterate(items)


def install() -> None:
    """Give `Node` its operators and methods, once."""
    given: dict[str, Any] = {"__getitem__": _getitem, "__iter__": _iterate}
    for name, (special, operation, text) in BINARY.items():
        given[special], given[f"__r{special[2:]}"] = _binary(name, operation, text)
    for name, (special, operation, text) in COMPARISONS.items():
        given[special] = _binary(name, operation, text)[0]
    for name, (special, operation, text) in UNARY.items():
        given[special] = _unary(name, operation, text)
    for name, (operation, text) in NAMED.items():
        given[name] = _unary(name, operation, text)
    for name in METHODS:
        given[name] = _method(name)
    given |= {"getattr": _getattr, "call": _traced_call}
    for name, function in given.items():
        setattr(Node, name, function)


install()
