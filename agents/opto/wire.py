"""Plain values as JSON text and back: what crosses between this process and changed code in a sandbox.

Nothing here runs code that the text names, as pickle would: what comes back is a candidate's word. The
file is also put beside the changed code: standard library only, and nothing newer than Python 3.8.
"""

from __future__ import annotations

import base64
import json
from typing import Any

__all__ = ["Uncrossable", "dumps", "loads"]

MAX_DEPTH = 100


class Uncrossable(TypeError):
    """A value that is not plain: it can't cross."""


def dumps(value: Any) -> str:
    """Return a value as one line of JSON; raises `Uncrossable` for what is not plain."""
    return json.dumps(_encode(value, 0))


def loads(text: str) -> Any:
    """Return the value of a text; raises `ValueError` where it is none of `dumps`."""
    try:
        return _decode(json.loads(text))
    except (KeyError, TypeError, IndexError, RecursionError) as error:
        raise ValueError("not a plain value: " + type(error).__name__) from None


def _encode(value: Any, depth: int) -> Any:
    kind = type(value)
    if value is None or kind in (bool, int, str):
        return value
    if depth > MAX_DEPTH:
        raise Uncrossable("nested more than " + str(MAX_DEPTH) + " deep")
    if kind is float:
        return {"float": repr(value)}
    if kind is complex:
        return {"complex": [repr(value.real), repr(value.imag)]}
    if kind in (bytes, bytearray):
        return {kind.__name__: base64.b64encode(value).decode("ascii")}
    if kind is list:
        return [_encode(item, depth + 1) for item in value]
    if kind in (tuple, set, frozenset):
        return {kind.__name__: [_encode(item, depth + 1) for item in value]}
    if kind is dict:
        return {"dict": [[_encode(key, depth + 1), _encode(item, depth + 1)] for key, item in value.items()]}
    if kind.__module__ == "numpy" and kind.__name__ == "ndarray" and not value.dtype.hasobject:
        data = base64.b64encode(value.tobytes()).decode("ascii")
        return {"ndarray": value.dtype.str, "shape": list(value.shape), "data": data}
    if kind.__module__ == "numpy" and hasattr(value, "item") and getattr(value, "shape", None) == ():
        return _encode(value.item(), depth)
    raise Uncrossable(kind.__module__ + "." + kind.__qualname__)


def _decode(data: Any) -> Any:
    if isinstance(data, list):
        return [_decode(item) for item in data]
    if not isinstance(data, dict):
        return data
    if "ndarray" in data:
        return _array(data)
    ((name, held),) = data.items()
    if name == "float":
        return float(held)
    if name == "complex":
        return complex(float(held[0]), float(held[1]))
    if name in ("bytes", "bytearray"):
        raw = base64.b64decode(held)
        return raw if name == "bytes" else bytearray(raw)
    if name == "dict":
        return {_decode(key): _decode(item) for key, item in held}
    kinds = {"tuple": tuple, "set": set, "frozenset": frozenset}
    return kinds[name](_decode(item) for item in held)


def _array(data: Any) -> Any:
    import numpy

    kind = numpy.dtype(data["ndarray"])
    if kind.hasobject:
        raise ValueError("an array of objects")
    raw = bytearray(base64.b64decode(data["data"]))
    return numpy.frombuffer(raw, dtype=kind).reshape([int(length) for length in data["shape"]])
