"""Any Python value as plain JSON, so that two processes can compare what they got, type by type.

`None`, booleans, integers, strings and lists stand for themselves. Everything else is an object with
one or more of these markers (no other object occurs):

    {"float": "0.1"}  {"floats": [...]} (a list of nothing but floats)  {"int": "-1f"} (hexadecimal, huge)
    {"complex": [re, im]}  {"bytes": hex}  {"bytearray": hex}  {"tuple": [...]}  {"range": [a, b, step]}
    {"set": [...]} and {"frozenset": [...]}, sorted by encoding  {"dict": [keys, values]}, in their order
    {"object": "module.Type", "attributes": {"dict": ...}}, "value": of its built-in base, "state": pickle's
    {"enum": "module.Type", "name": ...}  {"exception": "module.Type", "arguments": [...]}
    {"iterator": [...]}, used up; "more": true where there were more  {"view": "dict_keys", "items": [...]}
    {"ndarray": dtype, "shape": [...], "data": base64 or "items": [...]}
    {"number": dtype, "data": base64} (numpy)
    {"cycle": 2}: the value two levels up  {"class": "module.Type"}  {"constant": "Ellipsis"}
    {"unserialisable": why}: the whole value, or that of an attribute whose name begins with `_`; it can't
    be compared

Types are compared exactly: a subclass of list is an "object", whatever it looks like. Two encodings are
equal where their JSON texts (`text`) are; parsed, `1 == True`. The code also runs beside a candidate, as
a plain file, with an older Python: standard library only, and nothing newer than 3.8.
"""

from __future__ import annotations

import array
import base64
import collections
import enum
import io
import json
import sys
import types
from typing import Any

__all__ = ["MAX_DEPTH", "MAX_ITEMS", "encode", "text", "type_name"]

MAX_DEPTH = 60  # of containers in one another; JSON parsers recurse too, up to three levels for each
MAX_ITEMS = 5_000_000
MAX_DRAINED = 100_000  # items of one iterator: it may be endless
PLAIN_INT = 1 << 63  # larger ones as text: parsers limit the digits of a number

ITSELF = frozenset({type(None), bool, str})
BASES = (int, float, complex, str, bytes, bytearray, tuple, list, dict, set, frozenset)
BARE: dict[type, Any] = {int: int.__pos__, float: float.__pos__, str: str.__str__}  # of a subclass's instance
VIEWS: tuple[type, ...] = (type({}.keys()), type({}.values()), type({}.items()))
CONSTANTS = {id(Ellipsis): "Ellipsis", id(NotImplemented): "NotImplemented"}
# Values of these modules keep their state in C, and their pickle state is small and exact.
BY_STATE = frozenset({"datetime", "decimal", "fractions", "ipaddress", "pathlib", "uuid", "zoneinfo"})


class _Refused(Exception):
    """The value can't be compared."""


def text(encoded: Any) -> str:
    """Return an encoding as one line of ASCII; equal values have equal lines."""
    return json.dumps(encoded, separators=(",", ":"))


def type_name(value: object) -> str:
    """Return module and name of a value's type; of built-in types the name alone."""
    return _class_name(type(value))


def encode(value: Any, max_depth: int = MAX_DEPTH, max_items: int = MAX_ITEMS) -> Any:
    """Return a value as plain JSON; `{"unserialisable": why}` where that is not possible.

    Iterators in it are used up. Never raises an `Exception`, whatever the value's own methods do.

    Args:
        value: Any object.
        max_depth: How deep containers may be in one another.
        max_items: How many values there may be in all.
    """
    try:
        return _Encoder(max_depth, max_items).encode(value)
    except _Refused as refusal:
        return {"unserialisable": str(refusal)}
    except Exception as error:
        return {"unserialisable": type_name(value) + ": " + type_name(error)}


def _class_name(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


class _Encoder:
    """One encoding, with what is left of its caps."""

    def __init__(self, max_depth: int, max_items: int) -> None:
        self.max_depth = max_depth
        self.left = max_items
        self.above: list[int] = []  # ids of the containers that hold the current value

    def encode(self, value: Any) -> Any:
        """Encode one value of any type."""
        kind = type(value)
        if kind in ITSELF:
            return value
        if kind is int:
            return value if -PLAIN_INT < value < PLAIN_INT else {"int": format(value, "x")}
        if kind is float:
            return {"float": repr(value)}
        if id(value) in self.above:
            return {"cycle": len(self.above) - self.above.index(id(value))}
        if len(self.above) >= self.max_depth:
            raise _Refused(f"nested more than {self.max_depth} deep")
        self.above.append(id(value))
        try:
            return self._container(value, kind)
        finally:
            self.above.pop()

    def _take(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise _Refused("too many items")

    def _items(self, items: list[Any]) -> list[Any]:
        """Encode each; the common case, all of one simple type, without a step of Python for each."""
        self._take(len(items))
        kinds = set(map(type, items))
        if kinds <= ITSELF or (kinds == {int} and min(items) > -PLAIN_INT and max(items) < PLAIN_INT):
            return items
        return [self.encode(item) for item in items]

    def _container(self, value: Any, kind: type) -> Any:
        if kind in BASES:
            return self._plain(value, kind)
        if kind is range:
            return {"range": [self.encode(part) for part in (value.start, value.stop, value.step)]}
        if kind in VIEWS:
            return {"view": kind.__name__, "items": self._items(list(value))}
        if kind is memoryview:
            return {"object": "memoryview", "value": [value.format, list(value.shape), value.tobytes().hex()]}
        if id(value) in CONSTANTS:
            return {"constant": CONSTANTS[id(value)]}
        numeric = self._numpy(value, kind)
        return numeric if numeric is not None else self._instance(value, kind)

    def _plain(self, value: Any, kind: type) -> Any:
        """Encode a value of a built-in type, or what a subclass holds as that type."""
        if kind in (list, tuple):
            items = list(kind.__iter__(value))
            return self._list(items) if kind is list else {"tuple": self._items(items)}
        if kind is dict:
            pairs = dict.items(value)
            return {"dict": [self._list([key for key, _ in pairs]), self._list([item for _, item in pairs])]}
        if kind in (set, frozenset):
            return {kind.__name__: sorted(self._items(list(kind.__iter__(value))), key=text)}
        if kind in (bytes, bytearray):
            return {kind.__name__: kind.hex(value)}
        if kind is complex:
            return {"complex": [repr(value.real), repr(value.imag)]}
        return self.encode(BARE[kind](value))

    def _list(self, items: list[Any]) -> Any:
        if items and set(map(type, items)) == {float}:
            self._take(len(items))
            return {"floats": list(map(repr, items))}
        return self._items(items)

    def _instance(self, value: Any, kind: type) -> Any:
        """Encode an instance of a class that is not one of the built-in types."""
        name = type_name(value)
        if issubclass(kind, type):
            return {"class": _class_name(value)}
        if isinstance(kind, enum.EnumMeta):
            return {"enum": name, "name": self.encode(value._name_), "value": self.encode(value._value_)}
        if issubclass(kind, BaseException):
            return {"exception": name, "arguments": self._items(list(value.args))}
        if issubclass(kind, array.array):
            return {"object": name, "value": [value.typecode, value.tobytes().hex()]}
        if issubclass(kind, collections.deque):
            found = {"object": name, "value": self._items(list(value)), "maxlen": value.maxlen}
        elif issubclass(kind, BASES):
            found = {"object": name, "value": self._base_value(value, kind)}
        elif any(base.__module__.split(".")[0] in BY_STATE for base in kind.__mro__):
            _, arguments, *state = value.__reduce_ex__(2)
            arguments = [part for part in arguments if part is not kind]
            return {"object": name, "state": self._items([arguments, *state[:1]])}
        elif issubclass(kind, (io.BytesIO, io.StringIO)):
            return {"object": name, "value": self.encode(value.getvalue()), "position": value.tell()}
        elif issubclass(kind, io.IOBase):
            raise _Refused(name)
        elif hasattr(kind, "__next__"):
            return self._drained(value, name)
        elif not _is_plain(kind):
            raise _Refused(name)
        else:
            found = {"object": name}
        attributes = _attributes(value, kind)
        if issubclass(kind, collections.defaultdict):
            attributes["default_factory"] = getattr(value.default_factory, "__qualname__", None)
        if attributes or "value" not in found:
            found["attributes"] = {"dict": [list(attributes), self._attribute_values(attributes)]}
        return found

    def _attribute_values(self, attributes: dict[str, Any]) -> Any:
        """Encode what an object holds; what can't be compared and is private doesn't spoil the rest."""
        values = list(attributes.values())
        if values and set(map(type, values)) == {float}:
            return self._list(values)
        self._take(len(values))
        self.above.append(id(attributes))  # a level of its own: JSON nests there, too
        try:
            return [self._attribute(name, value) for name, value in attributes.items()]
        finally:
            self.above.pop()

    def _attribute(self, name: str, value: Any) -> Any:
        try:
            return self.encode(value)
        except _Refused as refusal:
            if not name.startswith("_"):
                raise
            return {"unserialisable": str(refusal)}

    def _base_value(self, value: Any, kind: type) -> Any:
        base = next(base for base in kind.__mro__ if base in BASES)
        if issubclass(kind, collections.OrderedDict):
            # Has an order of its own, beside that of the dict below it.
            return self._plain(dict(collections.OrderedDict.items(value)), dict)
        return self._plain(value, base)

    def _drained(self, value: Any, name: str) -> Any:
        items: list[Any] = []
        found: dict[str, Any] = {"iterator": items}
        if "." in name and not name.startswith("itertools."):
            found["object"] = name  # the built-in ones are all alike: a generator, a map, a list's iterator
        try:
            for item in value:
                if len(items) >= MAX_DRAINED:
                    found["more"] = True
                    break
                items.append(item)
        except Exception as error:
            found["raised"] = type_name(error)
        found["iterator"] = self._items(items)
        return found

    def _numpy(self, value: Any, kind: type) -> Any:
        """Encode a numpy array or scalar; None for anything else. Never imports numpy."""
        numpy: Any = sys.modules.get("numpy")
        if not isinstance(numpy, types.ModuleType) or not hasattr(numpy, "ndarray"):
            return None
        if issubclass(kind, numpy.ndarray):
            return self._array(value, kind, numpy)
        if issubclass(kind, numpy.generic):
            return {"number": _dtype(value.dtype), **self._content(numpy.asarray(value))}
        if issubclass(kind, numpy.dtype):
            return {"object": "numpy.dtype", "value": _dtype(value)}
        return None

    def _array(self, value: Any, kind: type, numpy: Any) -> Any:
        bare = numpy.ndarray.view(value, numpy.ndarray)
        found = {"ndarray": _dtype(bare.dtype), "shape": list(bare.shape), **self._content(bare)}
        if kind is not numpy.ndarray:
            found["object"] = type_name(value)
            mask = getattr(value, "mask", None) if hasattr(numpy, "ma") else None
            if mask is not None:
                found["mask"] = self.encode(mask)
        return found

    def _content(self, bare: Any) -> dict[str, Any]:
        if bare.dtype.char in "gG":  # extended precision: some bytes of each number are padding
            return {"items": list(map(repr, bare.ravel()))}
        if bare.dtype.hasobject or bare.dtype.names is not None:  # the latter may be padded, too
            return {"items": self._items(bare.ravel().tolist())}
        return {"data": base64.b64encode(bare.tobytes()).decode("ascii")}


def _dtype(dtype: Any) -> Any:
    return dtype.str if dtype.names is None else repr(dtype.descr)


def _slots(kind: type) -> list[str]:
    return [
        name
        for base in kind.__mro__
        for name, member in vars(base).items()
        if isinstance(member, types.MemberDescriptorType) and name[:2] + name[-2:] != "____"
    ]


def _is_plain(kind: type) -> bool:
    """Return whether all that an instance holds is in its attributes: no state in C."""
    if issubclass(kind, (types.FunctionType, types.ModuleType)):
        return False
    words = 2 + len(_slots(kind)) + (kind.__dictoffset__ > 0) + (kind.__weakrefoffset__ > 0)
    return kind.__basicsize__ <= words * (object.__basicsize__ // 2)


def _attributes(value: Any, kind: type) -> dict[str, Any]:
    """Return what `__dict__` and `__slots__` hold, sorted by name: their order says how, not what."""
    found: dict[str, Any] = {}
    for name in _slots(kind):
        if hasattr(value, name):
            found[name] = getattr(value, name)
    held = getattr(value, "__dict__", None)
    if type(held) is dict:
        found.update((str(name), item) for name, item in held.items())
    return {name: found[name] for name in sorted(found)}
