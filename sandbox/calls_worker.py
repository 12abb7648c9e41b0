"""The process beside a Python function whose calls are measured: `python worker.py package.module:function`.

It imports the function with the current folder first on the path, prints "ready", and answers every line

    {"nonce": "...", "input": [...]}  or  {"nonce": "...", "input": {"args": [...], "kwargs": {...}}}

by one line: the nonce, with "output" (see `canonical` for the encoding), or "exception" and "message".
Where the call changed its arguments, "arguments" has what became of them.

The time of a call is that of the whole answer, the same for all who are compared: parsing the input (some
10 ns a byte), the call, comparing the arguments before and after (two copies by `marshal`, about 20 ns an
item each), and encoding the result (about 0.2 us an item). A function whose work is less than that of its
own inputs and outputs is better measured by a command.

A plain file beside a candidate: standard library only, and nothing newer than Python 3.8.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import json
import marshal
import os
import re
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

MESSAGE_CHARS = 1000  # of an exception
ADDRESS = re.compile("at 0x[0-9a-f]+")  # of an object: another one in every process
EXACT = 0  # marshal's first format: no references, so that equal values have equal bytes


def _canonical() -> ModuleType:
    """Load the encoder beside this file, by a name that no module of a candidate has."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "canonical.py")
    spec = importlib.util.spec_from_file_location("_strop_canonical", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _own_streams() -> tuple[int, int]:
    """Take stdin and stdout for ourselves; what the function prints goes to stderr."""
    requests, replies = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(2, 1)
    os.close(null)
    return requests, replies


def _function(name: str) -> Callable[..., Any]:
    module, _, path = name.partition(":")
    own = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [os.getcwd(), *(folder for folder in sys.path if os.path.abspath(folder) != own)]
    sys.argv = [name]
    found: Any = functools.reduce(getattr, path.split("."), importlib.import_module(module))
    if not callable(found):
        raise TypeError(name + " can't be called")
    return found  # type: ignore[no-any-return]


def _arguments(given: Any) -> tuple[list[Any], dict[str, Any]]:
    if isinstance(given, dict):
        return list(given.get("args", [])), dict(given.get("kwargs", {}))
    return list(given), {}


def _snapshot(value: Any) -> bytes | None:
    """Return a value of plain types as bytes, None for one that holds anything else."""
    try:
        return marshal.dumps(value, EXACT)
    except ValueError:
        return None


def answer(function: Callable[..., Any], line: bytes, canonical: Any) -> bytes:
    """Return the line that answers a line."""
    request = json.loads(line)
    args, kwargs = _arguments(request["input"])
    before = _snapshot((args, kwargs))
    found = {"nonce": request["nonce"]}
    try:
        # Encoded at once: what is lazy in a result is done now, and not where nobody looks at the clock.
        found["output"] = canonical.encode(function(*args, **kwargs))
    except BaseException as error:
        found["exception"] = canonical.type_name(error)
        found["message"] = _message(error)
    if before is None or _snapshot((args, kwargs)) != before:
        found["arguments"] = canonical.encode([args, kwargs])
    text: str = canonical.text(found)
    return text.encode("ascii") + b"\n"


def _message(error: BaseException) -> str:
    try:
        return ADDRESS.sub("at 0x", str(error)[:MESSAGE_CHARS])
    except Exception:
        return ""


def main() -> int:
    """Serve until stdin ends."""
    canonical = _canonical()
    requests, replies = _own_streams()
    function = _function(sys.argv[1])
    with os.fdopen(requests, "rb") as source, os.fdopen(replies, "wb") as target:
        target.write(b"ready\n")
        target.flush()
        for line in source:
            target.write(answer(function, line, canonical))
            target.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
