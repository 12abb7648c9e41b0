"""Whether two encoded values (see `strop.sandbox.canonical`) are the same, and where they differ."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import Any

from strop.sandbox.behaviour.calls import safe_text

__all__ = ["Difference", "Tolerance", "difference", "incomparable", "shown"]

SHOWN_CHARS = 160
_NUMBERS = re.compile(r"[<>=|][fc](\d+)\Z")  # numpy's floats and complex numbers


@dataclass(frozen=True)
class Tolerance:
    """By how much floating-point numbers may differ from the expected ones; nothing else may."""

    relative: float = 0.0
    absolute: float = 0.0

    @property
    def exact(self) -> bool:
        """Whether nothing may differ."""
        return not self.relative and not self.absolute

    def near(self, expected: float, got: float) -> bool:
        """Return whether a number is near enough; NaN equals NaN."""
        if math.isnan(expected) or math.isinf(expected) or math.isnan(got):
            return expected == got or (math.isnan(expected) and math.isnan(got))
        return abs(expected - got) <= max(self.absolute, self.relative * abs(expected))


@dataclass(frozen=True)
class Difference:
    """The first place where two values differ."""

    what: str  # "type" or "value"
    expected: str  # short, safe text
    got: str


def difference(
    expected: Any, got: Any, tolerance: Tolerance = Tolerance(), changed: Set[str] = frozenset()
) -> Difference | None:
    """Return the first difference of two encoded values, None where they are the same.

    Sets have no order, dicts have one. Of an object's attributes whose names begin with `_`, those
    that only one side has don't count, nor do those that can't be compared; of classes named in
    `changed`, none of them does.
    """
    try:
        return _Comparison(tolerance, changed).compare(expected, got, "")
    except RecursionError:
        return Difference("type", shown(expected), "a value that is nested too deep")


def incomparable(encoded: object) -> bool:
    """Return whether an encoding only says why there is none."""
    return isinstance(encoded, dict) and "unserialisable" in encoded


def shown(encoded: Any, limit: int = SHOWN_CHARS) -> str:
    """Return an encoding as short, safe text."""
    try:
        text = json.dumps(encoded)
    except (RecursionError, ValueError):
        text = "a value that is nested too deep"
    return safe_text(text, limit)


class _Comparison:
    def __init__(self, tolerance: Tolerance, changed: Set[str]) -> None:
        self._tolerance = tolerance
        self._changed = changed

    def compare(self, expected: Any, got: Any, where: str) -> Difference | None:
        if type(expected) is not type(got):
            return _differ("type", expected, got, where)
        if isinstance(expected, list):
            return self._lists(expected, got, where)
        if isinstance(expected, dict):
            return self._objects(expected, got, where)
        return None if expected == got else _differ("value", expected, got, where)

    def _lists(self, expected: list[Any], got: list[Any], where: str) -> Difference | None:
        if len(expected) != len(got):
            return Difference("value", _at(where, f"{len(expected)} items"), _at(where, f"{len(got)} items"))
        for number, (left, right) in enumerate(zip(expected, got, strict=True)):
            found = self.compare(left, right, f"{where}[{number}]")
            if found is not None:
                return found
        return None

    def _objects(self, expected: dict[str, Any], got: dict[str, Any], where: str) -> Difference | None:
        if expected.keys() - {"attributes"} != got.keys() - {"attributes"}:
            return _differ("type", expected, got, where)
        for marker, compare in self._special().items():
            if marker in expected:
                return compare(expected, got, where)
        for key in sorted(expected.keys() - {"attributes"}):
            if (
                key in ("object", "enum", "exception", "class", "constant", "view")
                and expected[key] != got[key]
            ):
                return _differ("type", expected, got, where)
            found = self.compare(expected[key], got[key], where)
            if found is not None:
                return found
        return self._attributes(expected, got, where)

    def _special(self) -> dict[str, Callable[[Any, Any, str], Difference | None]]:
        return {
            "float": lambda a, b, where: self._floats([a["float"]], [b["float"]], a, b, where),
            "floats": lambda a, b, where: self._floats(a["floats"], b["floats"], a, b, where),
            "complex": lambda a, b, where: self._floats(a["complex"], b["complex"], a, b, where),
            "ndarray": lambda a, b, where: self._numpy("ndarray", a, b, where),
            "number": lambda a, b, where: self._numpy("number", a, b, where),
            "dict": self._dicts,
        }

    def _dicts(self, expected: Any, got: Any, where: str) -> Difference | None:
        old, new = expected["dict"], got["dict"]
        if not isinstance(old, list) or not isinstance(new, list) or not len(old) == len(new) == 2:
            return _differ("type", expected, got, where)
        found = self.compare(old[0], new[0], f"{where}.keys()")
        return found or self.compare(old[1], new[1], f"{where}.values()")

    def _attributes(self, expected: Any, got: Any, where: str) -> Difference | None:
        old, new = _named(expected.get("attributes")), _named(got.get("attributes"))
        if old is None or new is None:
            return _differ("type", expected, got, where)
        hidden = str(expected.get("object", "")) in self._changed
        for name in sorted(old.keys() | new.keys()):
            private = name.startswith("_")
            if private and (hidden or name not in old or name not in new):
                continue
            if name not in old or name not in new:
                return _differ("type", sorted(old), sorted(new), f"{where}: attributes")
            if private and incomparable(old[name]):
                continue
            found = self.compare(old[name], new[name], f"{where}.{name}")
            if found is not None:
                return found
        return None

    def _floats(self, expected: Any, got: Any, old: Any, new: Any, where: str) -> Difference | None:
        if not isinstance(expected, list) or not isinstance(got, list) or len(expected) != len(got):
            return _differ("value", old, new, where)
        if expected == got:
            return None
        try:
            numbers = [(float(left), float(right)) for left, right in zip(expected, got, strict=True)]
        except (TypeError, ValueError):
            return _differ("type", old, new, where)
        if not self._tolerance.exact and all(self._tolerance.near(*pair) for pair in numbers):
            return None
        pairs = zip(expected, got, numbers, strict=True)
        left, right, _ = next(p for p in pairs if p[0] != p[1] and not self._close(p[2]))
        return Difference("value", _at(where, str(left)), _at(where, str(right)))

    def _close(self, pair: tuple[float, float]) -> bool:
        return not self._tolerance.exact and self._tolerance.near(*pair)

    def _numpy(self, kind: str, expected: Any, got: Any, where: str) -> Difference | None:
        for key in (kind, "shape", "object"):
            if expected.get(key) != got.get(key):
                return _differ("type", {kind: expected.get(key)}, {kind: got.get(key)}, where)
        for key in ("mask", "items"):
            found = self.compare(expected.get(key), got.get(key), where)
            if found is not None:
                return found
        if expected.get("data") == got.get("data"):
            return None
        if self._tolerance.exact or not self._near_arrays(
            str(expected[kind]), expected.get("data"), got.get("data")
        ):
            return _differ("value", expected, got, where)
        return None

    def _near_arrays(self, dtype: str, expected: Any, got: Any) -> bool:
        if not _NUMBERS.match(dtype) or not isinstance(expected, str) or not isinstance(got, str):
            return False
        import numpy

        try:
            old, new = (numpy.frombuffer(base64.b64decode(text), dtype=dtype) for text in (expected, got))
        except (ValueError, TypeError, binascii.Error):
            return False
        if old.shape != new.shape:
            return False
        with numpy.errstate(all="ignore"):
            allowed = numpy.maximum(self._tolerance.absolute, self._tolerance.relative * abs(old))
            near = (abs(old - new) <= allowed) & numpy.isfinite(old)
        return bool(numpy.all(near | (old == new) | (numpy.isnan(old) & numpy.isnan(new))))


def _named(attributes: Any) -> dict[str, Any] | None:
    """Return encoded attributes by name; None where they are not what `canonical` writes."""
    if attributes is None:
        return {}
    pair = attributes.get("dict") if isinstance(attributes, dict) else None
    if not isinstance(pair, list) or len(pair) != 2:
        return None
    names, values = pair
    if isinstance(values, dict) and isinstance(values.get("floats"), list):
        values = [{"float": number} for number in values["floats"]]
    if not isinstance(names, list) or not isinstance(values, list) or len(names) != len(values):
        return None
    if not all(isinstance(name, str) for name in names):
        return None
    return dict(zip(names, values, strict=True))


def _at(where: str, text: str) -> str:
    return safe_text(f"{text} at {where}" if where else text, SHOWN_CHARS)


def _differ(what: str, expected: Any, got: Any, where: str) -> Difference:
    return Difference(what, _at(where, shown(expected)), _at(where, shown(got)))
