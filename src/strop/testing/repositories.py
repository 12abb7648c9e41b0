"""Small repositories to optimise in tests."""

from __future__ import annotations

import subprocess
from pathlib import Path

__all__ = ["COUNTED", "FAST", "JOB", "SLOW", "UNIMPROVABLE", "commit", "make_repository"]

SLOW = '''\
"""Numbers that two lists share."""


def shared(left: list[int], right: list[int]) -> list[int]:
    """Return the numbers of `left` that are also in `right`, in order."""
    found = []
    for number in left:
        if number in right:
            found.append(number)
    return found
'''
"""A module with a membership test on a list in a loop."""

FAST = SLOW.replace("    found = []\n", "    found = []\n    right = set(right)\n")

UNIMPROVABLE = '''\
"""One call into the standard library."""

import hashlib


def shared(left: list[int], right: list[int]) -> list[int]:
    """Return four numbers derived from a digest of both lists."""
    return list(hashlib.sha256(repr((left, right)).encode() * 400).digest()[:4])
'''

TESTS = """\
import unittest

from numbers_shared import shared


class SharedTest(unittest.TestCase):
    def test_order_is_kept(self):
        self.assertEqual(shared([3, 1, 2, 3], [3, 2]), {expected})

    def test_empty(self):
        self.assertEqual(len(shared([], [])), {length})
"""

BENCH = """\
from numbers_shared import shared

total = 0
for start in range({rounds}):
    total += sum(shared(list(range(start, start + 600)), list(range(0, 1200, 2))))
print("total", total)
"""

JOB = """\
name = "shared"

[target]
files = ["numbers_shared.py"]

[commands]
test = "python -m unittest -v"
benchmark = "python bench.py"
"""

COUNTED_BENCH = """\
from numbers_shared import shared


class Number(int):
    work = 0

    def __eq__(self, other):
        Number.work += 1
        return int.__eq__(self, other)

    def __hash__(self):
        Number.work += 1
        return int.__hash__(self)


shared([Number(n) for n in range(100)], [Number(n) for n in range(0, 200, 2)])
with open("work.txt", "w") as file:
    file.write(f"METRIC work={Number.work}")
"""

COUNTED = f"""\
{JOB}evaluate = "cat work.txt"

[verify]
outputs = ["work.txt"]

[[metrics]]
name = "work"
"""
"""The same job with a value that has no noise: comparisons and hashes, counted. Nothing in it is timed, so
that it takes few runs, and waits for nobody."""


def make_repository(folder: Path, code: str = SLOW, *, job: str = JOB, rounds: int = 40) -> Path:
    """Write a repository with one module, tests, a benchmark and a job, and commit it; returns it.

    The benchmark repeats the work `rounds` times, or counts it where the job asks for `work`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    four = code == UNIMPROVABLE
    namespace: dict[str, object] = {}
    if four:
        exec(code, namespace)  # a constant of this module
        expected = repr(namespace["shared"]([3, 1, 2, 3], [3, 2]))  # type: ignore[operator]
    else:
        expected = "[3, 2, 3]"
    tests = TESTS.replace("{expected}", expected).replace("{length}", "4" if four else "0")
    files = {
        "numbers_shared.py": code,
        "test_shared.py": tests,
        "bench.py": COUNTED_BENCH if "work.txt" in job else BENCH.replace("{rounds}", str(rounds)),
        "strop.toml": job,
        ".gitignore": "__pycache__/\n.strop/\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    commit(folder, "first")
    return folder


def commit(folder: Path, message: str) -> None:
    """Commit everything in a repository, with an identity of its own."""
    for key, value in (("user.name", "Test"), ("user.email", "test@example.invalid")):
        subprocess.run(["git", "-C", str(folder), "config", key, value], check=True)
    subprocess.run(["git", "-C", str(folder), "add", "."], check=True)
    subprocess.run(["git", "-C", str(folder), "commit", "--quiet", "--message", message], check=True)
