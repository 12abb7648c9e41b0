"""Makes recorded calls again and says what they did, in a process of the candidate (see `replaying.py`).

It runs with nothing of strop around it but `canonical.py`: the standard library only, Python 3.8 or
later. It knows the arguments of the calls and none of the results that are expected.

The files that it came with are gone before the candidate's code is imported, and answers go where
stdout went: one line of JSON for each call, with the nonce of its question.
"""

from __future__ import annotations

import base64
import hashlib
import importlib
import importlib.util
import json
import os
import pickle
import shutil
import sys
import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

RAW_BYTES = 8 << 20  # of pickled arguments
ANSWER_BYTES = 256 << 10  # of one encoding; of a larger one only a digest is sent


class Gone(Exception):
    """The function, or its module, isn't there any more."""


def find(call: dict[str, Any]) -> tuple[Any, Any, str]:
    """The function of a call, the class around it if any, and its own name."""
    try:
        owner: Any = importlib.import_module(call["module"])
    except ModuleNotFoundError as error:
        if error.name and (call["module"] + ".").startswith(error.name + "."):
            raise Gone("there is no module " + call["module"]) from None
        raise
    around, name = owner, ""
    for name in call["name"].split("."):
        around = owner
        try:
            owner = getattr(around, name)
        except AttributeError:
            raise Gone("there is no " + call["name"] + " in " + call["module"]) from None
    return owner, around, name


def perform(call: dict[str, Any], found: tuple[Any, Any, str], args: Any, kwargs: Any) -> Any:
    """Make the call."""
    function, around, name = found
    if call["kind"] == "constructor":
        return around(*args, **kwargs)
    if call["kind"] == "classmethod":
        return getattr(args[0], name)(*args[1:], **kwargs)
    if call["kind"] == "property":
        return getattr(args[0], name)
    return function(*args, **kwargs)


def answer(call: dict[str, Any], canonical: Any) -> dict[str, Any]:
    """What one call did, as plain JSON."""
    try:
        found = find(call)
    except Gone as error:
        return {"outcome": "gone", "text": str(error)}
    except BaseException as error:
        return {"outcome": "import", "text": one_line(error)}
    try:
        unpacker = zlib.decompressobj()
        raw = unpacker.decompress(base64.b64decode(call["arguments"]), RAW_BYTES)
        args, kwargs = pickle.loads(raw)
    except BaseException as error:
        return {"outcome": "arguments", "text": one_line(error)}
    try:
        result = perform(call, found, args, kwargs)
    except BaseException as error:
        reply = {"outcome": "raised", "result": canonical.type_name(error), "text": one_line(error)}
    else:
        reply = {"outcome": "returned", "result": bounded(result, canonical)}
    reply["arguments"] = bounded([list(args), kwargs], canonical)
    return reply


def bounded(value: Any, canonical: Any) -> Any:
    """The encoding of a value, or the digest of a long one."""
    try:
        encoded = canonical.encode(value)
    except BaseException as error:  # an iterator of the program may raise whatever it likes
        return {"unserialisable": one_line(error)}
    if type(encoded) is dict and "unserialisable" in encoded:
        return encoded
    text = canonical.text(encoded)
    if len(text) <= ANSWER_BYTES:
        return encoded
    return {"digest": hashlib.sha256(text.encode("ascii")).hexdigest(), "bytes": len(text)}


def one_line(error: BaseException) -> str:
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = ""
    return (type(error).__name__ + ": " + text)[:300]


def send(out: int, reply: dict[str, Any]) -> None:
    line = json.dumps(reply, separators=(",", ":")).encode("ascii") + b"\n"
    while line:
        line = line[os.write(out, line) :]


def main() -> None:
    root = os.getcwd()
    folder = os.path.dirname(os.path.realpath(__file__))
    spec: Any = importlib.util.spec_from_file_location("canonical", os.path.join(folder, "canonical.py"))
    canonical = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(canonical)
    with open(os.path.join(folder, "questions.json"), encoding="ascii") as stream:
        questions = json.load(stream)
    shutil.rmtree(folder, ignore_errors=True)
    out = os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):  # what the program prints is no answer
        os.dup2(nothing, number)
    sys.argv[:] = [""]
    sys.path[:] = [
        os.path.join(root, entry) if entry.startswith(".") else entry for entry in questions["path"]
    ]
    for call in questions["calls"]:
        reply = answer(call, canonical)
        reply["nonce"] = call["nonce"]
        send(out, reply)
    os._exit(0)  # threads that the program left running would only keep us waiting


if __name__ == "__main__":
    main()
