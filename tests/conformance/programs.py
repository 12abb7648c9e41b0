"""Programs in the manner of Trace's documentation, in our own words, for any library of its interface.

Each takes a `Library` and returns plain JSON: the values that it computed, the parameters that feedback
reached (by the stems of their names), and what an optimizer's step made of them. The optimizer's model is a
script: it knows the new value of each variable by its stem, and finds the variables' names in the prompt.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["PROGRAMS", "Library", "stems"]

VARIABLE = re.compile(r"^\((\w+)\) (\w+?)(\d*) ?[=:]", re.MULTILINE)


@dataclass(frozen=True)
class Library:
    """What a program needs of a library."""

    node: Any
    bundle: Any
    model: Any
    stop_tracing: Any
    ExecutionError: Any
    optimizer: Callable[[list[Any], Callable[[str], str]], Any]  # (parameters, prompt -> answer)
    reached: Callable[[list[Any]], list[Any]]  # those of some parameters that feedback came to
    code_of: Callable[[Any], str]  # the source in a code parameter


def stems(parameters: list[Any]) -> list[str]:
    """Return the names of parameters without their numbers, sorted."""
    return sorted(parameter.name.partition(":")[0] for parameter in parameters)


def script(values: Mapping[str, Any]) -> Callable[[str], str]:
    """Return a model that gives variables new values, by the stems of their names in the prompt."""

    def answer(prompt: str) -> str:
        section = re.search(r"^#Variables\n(.*?)(?=^#\w+$|\Z)", prompt, re.DOTALL | re.MULTILINE)
        assert section is not None, prompt
        found = {}
        for kind, stem, number in VARIABLE.findall(section[1]):
            wanted = values.get("__code" if kind == "code" else stem)
            if wanted is not None:
                found[stem + number] = wanted
        return json.dumps({"reasoning": "as scripted", "answer": "", "suggestion": found})

    return answer


def stepped(
    lib: Library, parameters: list[Any], output: Any, feedback: Any, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Do one step; returns what was reached and the values after it."""
    optimizer = lib.optimizer(parameters, script(values))
    optimizer.zero_feedback()
    optimizer.backward(output, feedback)
    reached = stems(lib.reached(parameters))
    optimizer.step()
    return {"reached": reached, "after": [parameter.data for parameter in parameters]}


def arithmetic(lib: Library) -> Any:
    """Operators, on both sides."""
    x = lib.node(3, name="x", trainable=True)
    y = lib.node(4, name="y", trainable=True)
    z = lib.node(5, name="z", trainable=True)
    out = (x + 2) * y - 1
    values = [out.data, (x // 2).data, (x / 2).data, (x**2).data, (-x).data, (x % 2).data]
    return {"values": values, **stepped(lib, [x, y, z], out, "lower", {"x": 1, "y": 2, "z": 9})}


def text(lib: Library) -> Any:
    """Methods of strings."""
    name = lib.node("ada", name="name", trainable=True)
    greeting = lib.node("hello ", name="greeting", trainable=True)
    out = greeting + name.capitalize()
    values = [
        out.data,
        name.upper().data,
        greeting.strip().data,
        out.split().data,
        out.replace("l", "L").data,
    ]
    return {"values": values, **stepped(lib, [name, greeting], out, "shout", {"name": "BOB"})}


def containers(lib: Library) -> Any:
    """Items of lists and dicts."""
    numbers = lib.node([1, 2, 3], name="numbers", trainable=True)
    table = lib.node({"a": 10}, name="table", trainable=True)
    out = numbers[1] + table["a"]
    total = 0
    for number in numbers:
        total = total + number
    step = stepped(lib, [numbers, table], out, "more", {"numbers": [4, 5, 6]})
    return {"values": [out.data, total.data], **step}


def bundled(lib: Library) -> Any:
    """A function as one operation, with a default and by name."""

    @lib.bundle()
    def scale(x, factor=2):  # type: ignore[no-untyped-def]
        """Multiply x by a factor."""
        return x * factor

    x = lib.node(7, name="x", trainable=True)
    factor = lib.node(3, name="factor", trainable=True)
    out = scale(x, factor=factor)
    values = [out.data, scale(x).data, scale(2).data]
    return {"values": values, **stepped(lib, [x, factor], out, "smaller", {"x": 1, "factor": 1})}


def several_calls(lib: Library) -> Any:
    """The same function again and again."""

    @lib.bundle()
    def halve(x):  # type: ignore[no-untyped-def]
        """Half of x."""
        return x / 2

    x = lib.node(16.0, name="x", trainable=True)
    out = x
    for _ in range(3):
        out = halve(out)
    return {"values": [out.data], **stepped(lib, [x], out, "more", {"x": 32.0})}


def recursion(lib: Library) -> Any:
    """A bundle that calls itself."""

    @lib.bundle(allow_external_dependencies=True)
    def total(n):  # type: ignore[no-untyped-def]
        """Sum up to n."""
        return 0 if n == 0 else n + total(n - 1).data

    n = lib.node(4, name="n", trainable=True)
    out = total(n)
    return {"values": [out.data], **stepped(lib, [n], out, "less", {"n": 3})}


def branches(lib: Library) -> Any:
    """Python's own control flow: the branch that was taken is in the trace, the condition is not."""
    x = lib.node(3, name="x", trainable=True)
    limit = lib.node(2, name="limit", trainable=True)
    out = x * 10 if x > limit else x * 0
    return {"values": [out.data], **stepped(lib, [x, limit], out, "less", {"x": 1, "limit": 5})}


def comparisons(lib: Library) -> Any:
    """`==` is a plain comparison, others are traced."""
    x, y = lib.node(1, name="x", trainable=True), lib.node(2, name="y", trainable=True)
    out = x < y
    values = [x == 1, x == y, out.data, (x >= y).data, x.eq(1).data, bool(x == lib.node(1))]
    return {"values": values, **stepped(lib, [x, y], out, "wrong", {"y": 0})}


def code(lib: Library) -> Any:
    """The body of a function is a parameter."""

    @lib.bundle(trainable=True)
    def area(width, height):  # type: ignore[no-untyped-def]
        """The area of a rectangle."""
        return width + height

    width = lib.node(3, name="width", trainable=True)
    out = area(width, 4)
    better = "def area(width, height):\n    return width * height"
    parameters = [area.parameter, width]
    optimizer = lib.optimizer(parameters, script({"__code": better}))
    optimizer.zero_feedback()
    optimizer.backward(out, "12 is expected")
    reached = stems(lib.reached(parameters))
    optimizer.step()
    return {"values": [out.data, area(width, 4).data], "reached": reached, "after": [width.data]}


def failing(lib: Library) -> Any:
    """An exception is a node, takes feedback, and its cause is mended."""

    @lib.bundle(trainable=True)
    def ratio(a, b):  # type: ignore[no-untyped-def]
        """The ratio of a and b."""
        return a / b

    a, b = lib.node(6, name="a", trainable=True), lib.node(0, name="b", trainable=True)
    try:
        ratio(a, b)
        raise AssertionError("nothing failed")
    except lib.ExecutionError as error:
        out = error.exception_node
    parameters = [ratio.parameter, a, b]
    values = [out.data]
    step = stepped(lib, parameters[1:], out, out.create_feedback(), {"b": 3})
    return {"values": [*values, ratio(a, b).data], **step}


def model_class(lib: Library) -> Any:
    """A class with parameters."""

    @lib.model
    class Line:
        def __init__(self) -> None:
            self.slope = lib.node(2, name="slope", trainable=True)
            self.shift = lib.node(1, name="shift", trainable=True)
            self.fixed = lib.node(5, name="fixed")

        def forward(self, x: Any) -> Any:
            return self.slope * x + self.shift

    line = Line()
    out = line.forward(lib.node(10, name="x"))
    parameters = sorted(line.parameters(), key=lambda p: p.name)
    return {"values": [out.data, len(parameters)],
            **stepped(lib, parameters, out, "steeper", {"slope": 3})}  # fmt: skip


def partial(lib: Library) -> Any:
    """Feedback on a part reaches what that part was made from."""
    x, y = lib.node(1, name="x", trainable=True), lib.node(2, name="y", trainable=True)
    middle = x + 1
    out = middle * y
    return {"values": [middle.data, out.data], **stepped(lib, [x, y], middle, "more", {"x": 5, "y": 6})}


def copies(lib: Library) -> Any:
    """A clone has a past, a detached node has none."""
    x = lib.node(1, name="x", trainable=True)
    cloned, alone = x.clone() + 1, x.detach() + 1
    return {"values": [cloned.data, alone.data, len(alone.parents)],
            **stepped(lib, [x], cloned, "more", {"x": 2})}  # fmt: skip


def untraced(lib: Library) -> Any:
    """What is made in `stop_tracing` has no past."""
    x = lib.node(1, name="x", trainable=True)
    with lib.stop_tracing():
        quiet = x + 1
    loud = x + quiet
    return {"values": [quiet.data, loud.data, len(quiet.parents)],
            **stepped(lib, [x], loud, "more", {"x": 2})}  # fmt: skip


def asynchronous(lib: Library) -> Any:
    """A bundle of an `async def`."""

    @lib.bundle()
    async def later(x):  # type: ignore[no-untyped-def]
        """Wait, then add one."""
        await asyncio.sleep(0)
        return x + 1

    x = lib.node(1, name="x", trainable=True)

    async def run() -> Any:
        return await later(x)

    out = asyncio.run(run())
    return {"values": [out.data], **stepped(lib, [x], out, "more", {"x": 2})}


def numeric(lib: Library) -> Any:
    """A loop of steps: the script halves the distance to 10, the program says how far it is."""

    @lib.bundle()
    def distance(x):  # type: ignore[no-untyped-def]
        """How far x is from ten."""
        return 10 - x

    x = lib.node(2.0, name="x", trainable=True)
    seen = []
    for _ in range(4):
        out = distance(x)
        seen.append(out.data)
        step = stepped(lib, [x], out, f"{out.data} away", {"x": x.data + out.data / 2})
    return {"values": seen, **step}


# --- where faults of Trace are mended on purpose ------------------------------------------------------


def absolute(lib: Library) -> Any:
    """The absolute value."""
    x = lib.node(-3, name="x", trainable=True)
    try:
        return {"values": [abs(x).data]}
    except Exception as error:
        return {"values": [type(error).__name__]}


def bare_exception(lib: Library) -> Any:
    """An exception without arguments."""

    @lib.bundle()
    def fail(x):  # type: ignore[no-untyped-def]
        raise ValueError()

    try:
        fail(lib.node(1, trainable=True))
    except lib.ExecutionError as error:
        return {"values": [error.exception_node.data]}
    except IndexError:
        return {"values": ["IndexError inside of the library"]}
    return {"values": ["nothing"]}


def two_feedbacks(lib: Library) -> Any:
    """Two outputs with different feedback in one step."""
    x = lib.node(1, name="x", trainable=True)
    low, high = x + 1, x * 5
    optimizer = lib.optimizer([x], script({"x": 2}))
    optimizer.zero_feedback()
    optimizer.backward(low, "too low")
    try:
        optimizer.backward(high, "too high")
        optimizer.step()
    except AssertionError:
        return {"values": ["AssertionError"], "after": [x.data]}
    return {"values": ["both"], "after": [x.data]}


def fraction_for_integer(lib: Library) -> Any:
    """The model gives the text 3.7 for an integer."""
    x = lib.node(1, name="x", trainable=True)
    return stepped(lib, [x], x + 1, "more", {"x": "3.7"})


def word_for_boolean(lib: Library) -> Any:
    """The model gives the text "false" for a boolean."""
    flag = lib.node(True, name="flag", trainable=True)
    return stepped(lib, [flag], flag.eq(False), "no", {"flag": "false"})


def renamed_function(lib: Library) -> Any:
    """The model gives a function another name."""

    @lib.bundle(trainable=True)
    def work(x):  # type: ignore[no-untyped-def]
        return x

    out = work(lib.node(1, name="x"))
    optimizer = lib.optimizer([work.parameter], script({"__code": "def better(x):\n    return x + 1"}))
    optimizer.zero_feedback()
    optimizer.backward(out, "more")
    optimizer.step()
    return {"values": ["renamed" if "better" in lib.code_of(work.parameter) else "kept"]}


PROGRAMS: dict[str, Callable[[Library], Any]] = {
    function.__name__: function
    for function in (
        arithmetic,
        text,
        containers,
        bundled,
        several_calls,
        recursion,
        branches,
        comparisons,
        code,
        failing,
        model_class,
        partial,
        copies,
        untraced,
        asynchronous,
        numeric,
        absolute,
        bare_exception,
        two_feedbacks,
        fraction_for_integer,
        word_for_boolean,
        renamed_function,
    )
}
