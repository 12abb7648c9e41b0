"""Values as plain JSON: what differs in type or content differs, and nothing else."""

from __future__ import annotations

import ast
import collections
import dataclasses
import datetime
import decimal
import enum
import io
import itertools
import json
import pathlib
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from strop.sandbox import canonical, channel
from strop.sandbox.canonical import encode, text

FOLDER = Path(channel.__file__).parent


@dataclasses.dataclass(frozen=True)
class Point:
    x: Any
    y: Any = 0


@dataclasses.dataclass(frozen=True)
class OtherPoint:
    x: Any
    y: Any = 0


class Slots:
    __slots__ = ("__hidden", "seen", "unset")

    def __init__(self, hidden: int) -> None:
        self.__hidden = hidden
        self.seen = 1


class Lazy(list[Any]):
    """Looks like a list of what it never made."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


class Name(str):
    pass


class Size(float):
    pass


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Flags(enum.IntFlag):
    A = 1
    B = 2


Pair = collections.namedtuple("Pair", "a b")  # noqa: PYI024


def _fails() -> Iterator[int]:
    yield 1
    raise ValueError


def _moved() -> collections.OrderedDict[str, int]:
    made = collections.OrderedDict(a=1, b=2)
    made.move_to_end("a")
    return made


# All of these differ from one another.
DIFFERENT: list[Any] = [
    None, True, False, 0, 1, 2**64, -(2**64), 1.0, 0.0, -0.0, float("nan"), float("inf"), 0.1 + 0.2, 0.3,
    1j, "1", "", "\ud800", b"1", bytearray(b"1"), [], [1], [1.0], [True], ["1"], [1, 1.0], [[1]], (), (1,),
    ([1],), {}, {1: 2}, {"1": 2}, {1.0: 2}, {"a": 1, "b": 2}, {"b": 2, "a": 1}, set(), {1}, {"1"},
    frozenset({1}), range(3), range(0, 4, 2), Lazy([1]), Lazy(), Name("1"), Size(0.0), Size(-0.0), Flags.A,
    Flags.A | Flags.B, Colour.RED, Colour.BLUE, Pair(1, 2), (1, 2), Point(1), Point(1.0), OtherPoint(1),
    Slots(1), Slots(2), ValueError("a"), ValueError("b"), KeyError("a"), datetime.date(2020, 1, 1),
    datetime.datetime(2020, 1, 1), decimal.Decimal("1.0"), decimal.Decimal("1.00"), uuid.UUID(int=1),
    pathlib.PurePosixPath("a"), _moved(), collections.OrderedDict(a=1, b=2), collections.Counter("a"),
    collections.defaultdict(int, {1: 2}), collections.deque([1]), collections.deque([1], 3), {}.keys(),
    {1: 2}.values(), int, str, Point, slice(1), ..., NotImplemented, io.StringIO("a"), memoryview(b"1"),
    [[]], [None], {None: None}, "\x00", {"int": "1"}, {"float": "1.0"}, ["float", "1.0"],
]  # fmt: skip


def test_what_differs_is_told_apart() -> None:
    seen: dict[str, Any] = {}
    for value in DIFFERENT:
        line = text(encode(value))
        assert "unserialisable" not in line, value
        assert line not in seen, (value, seen.get(line))
        assert text(json.loads(line)) == line and line.isascii() and "\n" not in line
        seen[line] = value


def test_what_is_equal_is_the_same_in_every_process() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(FOLDER)!r}); from canonical import encode, text\n"
        "print(text(encode([{'b', 'a', 'c', 1, (2, 3)}, frozenset('xyz'), {'k': 0.1}, 2**70])))"
    )
    lines = {
        subprocess.run(
            [sys.executable, "-I", "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(lines) == 1


def test_iterators_are_used_up_and_are_all_alike() -> None:
    made = [encode(iter([1, 2])), encode(map(int, "12")), encode(n for n in (1, 2))]
    assert made == [{"iterator": [1, 2]}] * 3
    assert encode(_fails()) == {"iterator": [1], "raised": "ValueError"}
    endless = encode(itertools.count())
    assert endless["more"] is True and len(endless["iterator"]) == canonical.MAX_DRAINED


@pytest.mark.parametrize(
    "value",
    [threading.Lock(), sys.stdout, len, lambda: 1, json, object.__new__, [1, {"a": threading.Lock()}]],
    ids=lambda value: type(value).__name__,
)
def test_what_can_not_be_compared_says_so(value: object) -> None:
    assert list(encode(value)) == ["unserialisable"]


class Hostile:
    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError("no")


def test_values_that_resist_raise_nothing() -> None:
    assert list(encode(Hostile())) == ["unserialisable"]
    assert list(encode([Hostile()])) == ["unserialisable"]


def test_cycles_depth_and_size_are_bounded() -> None:
    ring: list[Any] = [1]
    ring.append([ring])
    assert encode(ring) == [1, [{"cycle": 2}]]
    deep: list[Any] = []
    for _ in range(canonical.MAX_DEPTH + 1):
        deep = [deep]
    assert "deep" in encode(deep)["unserialisable"]
    wide: list[Any] = [0]
    for _ in range(50):
        wide = [wide, wide]  # 2 to the 50 values in 50 lists
    assert "many" in encode(wide)["unserialisable"]
    assert encode([1, 2, 3], max_items=3) == [1, 2, 3]
    assert "many" in encode([1, 2, 3], max_items=2)["unserialisable"]
    assert encode([[1]], max_depth=2) == [[1]]
    assert "deep" in encode([[1]], max_depth=1)["unserialisable"]


def test_numbers_of_numpy() -> None:
    numpy = pytest.importorskip("numpy")

    class Own(numpy.ndarray):  # type: ignore[misc, name-defined]
        pass

    values = [
        numpy.arange(4), numpy.arange(4.0), numpy.arange(4, dtype="i4"), numpy.arange(4).reshape(2, 2),
        numpy.int64(1), numpy.int32(1), numpy.float64(0.0), numpy.float64(-0.0), numpy.bool_(True),
        numpy.array(["a"]), numpy.array([1, "a"], dtype=object), numpy.zeros(0), numpy.zeros((0, 1)),
        numpy.zeros(2, dtype=[("a", "i4")]), numpy.array(1), numpy.arange(4).view(Own),
        numpy.ma.masked_array([0, 1, 2, 3], [0, 0, 0, 1]), numpy.ma.masked_array([0, 1, 2, 3], [0, 0, 1, 1]),
        numpy.datetime64("2020-01-01", "D"), numpy.datetime64("2020-01-01", "s"), numpy.longdouble(1),
        numpy.dtype("f4"), [0, 1, 2, 3], 1, 0.0, True,
    ]  # fmt: skip
    lines = [text(encode(value)) for value in values]
    assert len(set(lines)) == len(lines) and not any("unserialisable" in line for line in lines)
    # Strides and padding are no content.
    assert encode(numpy.arange(8)[::2]) == encode(numpy.array([0, 2, 4, 6]))
    assert encode(numpy.longdouble(1)) == encode(numpy.longdouble("1"))
    padded = [numpy.frombuffer(byte * 16, dtype=numpy.dtype([("a", "i1"), ("b", "i8")], align=True)).copy()
              for byte in (b"\1", b"\2")]  # fmt: skip
    for array in padded:
        array["a"], array["b"] = 1, 2
    assert encode(padded[0]) == encode(padded[1])


def test_it_never_imports_numpy() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(FOLDER)!r}); from canonical import encode\n"
        "encode([1, object()]); print('numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, check=True)
    assert done.stdout == b"False\n"


@pytest.mark.parametrize("name", [*channel.RUNNER_PARTS, "canonical", "calls_worker"])
def test_what_travels_is_for_older_pythons_and_needs_nothing(name: str) -> None:
    tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"), feature_version=(3, 8))
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for found in names:
            own = found.startswith("strop.sandbox.runner_")
            assert own or found.split(".")[0] in sys.stdlib_module_names, found
