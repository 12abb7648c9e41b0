"""Runs one call of changed code in a sandbox: `python worker.py`, with the call on stdin.

A plain file: standard library only, and nothing newer than Python 3.8. The answer is the last line of
stdout; what the code itself prints goes to stderr.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import linecache
import os
import sys
import traceback
import types
from typing import Any

FILE = "<changed code>"


def main() -> int:
    """Answer one call."""
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    wire = importlib.import_module("wire")
    request = json.loads(sys.stdin.read())
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        made = _call(request, wire)
        reply = {"value": wire.dumps(made)}
    except wire.Uncrossable as error:
        reply = {"uncrossable": str(error)}
    except BaseException as error:
        reply = {"error": type(error).__name__, "message": _said(error), "lines": _lines(error)}
    answers.write("\n" + json.dumps(reply) + "\n")
    answers.flush()
    return 0


def _call(request: Any, wire: Any) -> Any:
    space = {"__name__": "changed"}  # type: dict[str, Any]
    for name, module in request["modules"].items():
        space[name] = importlib.import_module(module)
    for name, (module, attribute) in request["imports"].items():
        space[name] = getattr(importlib.import_module(module), attribute)
    for name, text in request["values"].items():
        space[name] = wire.loads(text)
    for source in request["sources"]:
        exec(compile(source, "<helper>", "exec"), space)
    code = request["code"]
    linecache.cache[FILE] = (len(code), None, code.splitlines(True), FILE)
    exec(compile(code, FILE, "exec"), space)
    args, kwargs = wire.loads(request["arguments"])
    if request["method"]:
        args = (types.SimpleNamespace(**args[0]), *args[1:])
    made = space[request["name"]](*args, **kwargs)
    return asyncio.run(made) if inspect.iscoroutine(made) else made


def _said(error: BaseException) -> str:
    try:
        return str(error)[:2000]
    except Exception:
        return ""


def _lines(error: BaseException) -> Any:
    frames = traceback.extract_tb(error.__traceback__)
    return [
        f"{frame.name}, line {frame.lineno}: {frame.line}"
        for frame in frames
        if frame.filename in (FILE, "<helper>")
    ][-20:]


if __name__ == "__main__":
    sys.exit(main())
