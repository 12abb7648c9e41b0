"""Strict reading of answers: the file was written by a program that nobody vouches for."""

import json
import math
import sys
from pathlib import Path

LARGEST = 4_000_000  # bytes of an answer


class Refusal(Exception):
    """An answer that doesn't count; the message says why."""


def _pairs(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refusal("a key appears twice")
    return found


def _constant(name):
    raise Refusal(f"{name} is no number")


def read(path, seed):
    """Return the answer in a file that `write` made for this seed; raises `Refusal`."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise Refusal(f"cannot be read: {error.strerror}") from None
    if len(data) > LARGEST:
        raise Refusal(f"more than {LARGEST} bytes")
    try:
        content = json.loads(data.decode("utf-8"), object_pairs_hook=_pairs, parse_constant=_constant)
    except (ValueError, RecursionError) as error:
        raise Refusal(f"not valid JSON: {str(error)[:100]}") from None
    found = keys(content, "the answer", ("seed", "answer"))
    if type(found["seed"]) is not int or found["seed"] != seed:
        raise Refusal("the answer to another instance")
    return found["answer"]


def write(path, seed, answer):
    """Write an answer as JSON; raises TypeError or ValueError for what is not plain data."""
    text = json.dumps({"seed": seed, "answer": answer}, allow_nan=False)
    Path(path).write_text(text + "\n", encoding="utf-8")


def keys(value, what, names):
    """Return a dict with exactly these keys; raises `Refusal`."""
    if type(value) is not dict or set(value) != set(names):
        raise Refusal(f"{what}: an object with the keys {', '.join(names)} is expected")
    return value


def items(value, what, count=None):
    """Return a list, of `count` items where that is told; raises `Refusal`."""
    if type(value) is not list or (count is not None and len(value) != count):
        raise Refusal(f"{what}: a list{'' if count is None else f' of {count} items'} is expected")
    return value


def integer(value, what, low, high):
    """Return an int of low..high; raises `Refusal`. True and 1.0 are none."""
    if type(value) is not int or not low <= value <= high:
        raise Refusal(f"{what}: an integer from {low} to {high} is expected")
    return value


def number(value, what, low, high):
    """Return a finite number of low..high as a float; raises `Refusal`."""
    # Comparing alone is safe for integers of any size, and false for NaN.
    if type(value) not in (int, float) or not low <= value <= high or not math.isfinite(value):
        raise Refusal(f"{what}: a number from {low} to {high} is expected")
    return float(value)


def judged(judge, argv):
    """Print what `judge(seed, answer)` returns of answer.txt, as metrics; or say why not, and exit 1."""
    seed = int(argv[1])
    try:
        metrics = judge(seed, read("answer.txt", seed))
    except Refusal as error:
        sys.exit(f"answer.txt: {error}")
    for name, value in metrics.items():
        print(f"METRIC {name}={value!r}")
