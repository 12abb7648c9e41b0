"""A program whose calls are recorded: texts of its files, and how to take it through the stages."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from strop.candidate import BASELINE, Candidate, FileEdit
from strop.extension import Backend, EnvironmentSpec
from strop.job import parse_job
from strop.sandbox.behaviour.recording import Recording, record
from strop.sandbox.process import ProcessBackend
from strop.sandbox.stages import Built, Stages
from strop.sandbox.workspace import Snapshot
from strop.testing.repositories import commit

LIB = '''\
"""Things to record."""

import asyncio
import functools
import os
import random
from dataclasses import dataclass


class Broken(Exception):
    pass


@dataclass
class Point:
    x: float
    y: float


class Table:
    known = ("a", "b")

    def __init__(self, rows):
        self.rows = list(rows)
        self._order = []

    def add(self, row):
        self.rows.append(row)
        return len(self.rows)

    def find(self, row):
        return self.rows.index(row)

    @property
    def size(self):
        return len(self.rows)

    @classmethod
    def of(cls, *rows):
        return cls(rows)

    @staticmethod
    def norm(row):
        return row.lower()


def mean(values):
    return sum(values) / len(values)


def lookup(words, word):
    return [i for i, w in enumerate(words) if w == word]


def drain(items):
    total = 0
    while items:
        total += items.pop()
    return total


def first(n):
    return list(range(n))


def parse(text):
    if not text:
        raise Broken("empty")
    return int(text)


def numbers(n):
    for i in range(n):
        yield i * i


def unique(words):
    return {word.upper() for word in words}


def count(words):
    found = {}
    for word in words:
        found[word] = found.get(word, 0) + 1
    return found


def center(points):
    return Point(_sum(p.x for p in points) / len(points), _sum(p.y for p in points) / len(points))


def _sum(values):
    total = 0.0
    for value in values:
        total += value
    return total


def _middle(values):
    return sorted(values)[len(values) // 2]


def median(values):
    return _middle(values)


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def shuffled(items):
    items = list(items)
    random.shuffle(items)
    return items


def apply(function, value):
    return function(value)


def never():
    return 1


@functools.lru_cache(maxsize=None)
def cached(n):
    return n + 1


async def fetch(n):
    return n


def rounds():
    return int(os.environ.get("ROUNDS", "5")) * FACTOR


FACTOR = 2


def nan():
    return [float("nan"), -0.0, 1e300 * 10]


def leave(code):
    raise SystemExit(code)


def state():
    return STATE[0]


STATE = []
'''

TESTS = """\
import asyncio
import inspect
import multiprocessing
import pickle
import threading
import unittest

import lib


class LibTest(unittest.TestCase):
    def test_everything_works_as_ever(self):
        self.assertEqual(lib.mean([1.0, 2.0, 4.5]), 2.5)
        self.assertIs(pickle.loads(pickle.dumps(lib.mean)), lib.mean)
        self.assertEqual(lib.mean.__name__, "mean")
        self.assertEqual(list(inspect.signature(lib.lookup).parameters), ["words", "word"])
        self.assertEqual(lib.lookup(["a", "b", "a"], "a"), [0, 2])
        self.assertEqual(lib.lookup(["x"] * 40 + ["y"], "y"), [40])
        items = [1, 2, 3]
        self.assertEqual(lib.drain(items), 6)
        self.assertEqual(items, [])
        with self.assertRaises(lib.Broken) as caught:
            lib.parse("")
        self.assertEqual(caught.exception.args, ("empty",))
        self.assertEqual(lib.parse("12"), 12)
        self.assertEqual(list(lib.numbers(4)), [0, 1, 4, 9])
        self.assertEqual(lib.unique(["a", "b"]), {"A", "B"})
        self.assertEqual(lib.count(["b", "a", "b"]), {"b": 2, "a": 1})
        self.assertEqual(lib.center([lib.Point(0, 1), lib.Point(2, 3)]), lib.Point(1.0, 2.0))
        self.assertEqual(lib.median([3, 1, 2]), 2)
        self.assertEqual(lib.fib(12), 144)
        self.assertEqual(sorted(lib.shuffled(range(9))), list(range(9)))
        self.assertEqual(lib.apply(lambda n: n + 1, 1), 2)
        self.assertEqual(lib.cached(1), 2)
        self.assertTrue(hasattr(lib.cached, "cache_clear"))
        self.assertEqual(asyncio.run(lib.fetch(3)), 3)
        self.assertEqual(len(lib.nan()), 3)
        self.assertGreater(lib.rounds(), 0)
        self.assertEqual(len(lib.first(3)), 3)
        with self.assertRaises(SystemExit):
            lib.leave(3)
        lib.STATE.append(7)
        self.assertEqual(lib.state(), 7)

    def test_methods(self):
        table = lib.Table.of("A", "B")
        self.assertEqual(table.add("C"), 3)
        self.assertEqual(table.size, 3)
        self.assertEqual(table.find("B"), 1)
        self.assertEqual(lib.Table.norm("X"), "x")
        self.assertIs(type(lib.Table(["q"])), lib.Table)

    def test_threads_and_processes(self):
        found = []
        threads = [threading.Thread(target=lambda: found.append(lib.mean([1.0]))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(found, [1.0] * 4)
        with multiprocessing.get_context("fork").Pool(2) as pool:
            self.assertEqual(pool.map(lib.parse, ["1001", "1002"]), [1001, 1002])
            pool.close()
            pool.join()


if __name__ == "__main__":
    unittest.main()
"""

BENCH = """\
import lib

for n in range(1, 400):
    lib.mean([n * 0.1, 2.0, 3.0])
print(lib.first(5))
"""


@dataclass(frozen=True)
class Program:
    """The program in its stages."""

    stages: Stages
    base: Built

    def record(self, *, most: int = 200) -> Recording:
        """Record the calls of its tests and its benchmark."""
        commands = self.stages.job.commands
        return record(self.stages, self.base, [commands.test, commands.benchmark], most=most)

    def candidate(self, *changes: tuple[str, str], **knobs: int) -> Built:
        """Return a built candidate: texts replaced in lib.py, each of which has to be there."""
        text = self.stages.snapshot.texts["lib.py"]
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        edits = (FileEdit("lib.py", text),) if changes else ()
        return self.stages.build(Candidate(edits=edits, knobs=tuple(knobs.items())))


def _make(folder: Path, backend: Backend, *, lib: str = LIB, tests: str = TESTS, **verify: object) -> Program:
    """Write the program into a repository below `folder` and build it."""
    repository = folder / "repository"
    repository.mkdir(parents=True)
    for name, text in {"lib.py": lib, "test_lib.py": tests, "bench.py": BENCH}.items():
        (repository / name).write_text(text, encoding="utf-8")
    subprocess.run(["git", "init", "--quiet", str(repository)], check=True)
    commit(repository, "first")
    job = parse_job(
        {
            "name": "lib",
            "target": {"files": ["lib.py"]},
            "commands": {"test": "python3 -m unittest test_lib", "benchmark": "python3 bench.py"},
            "verify": verify,
            "knobs": [{"name": "rounds", "type": "int", "low": 1, "high": 9, "default": 5}],
        },
        "test",
    )
    snapshot = Snapshot.take(repository, folder / "study", job.target)
    stages = Stages(job, snapshot, backend, backend.prepare(EnvironmentSpec()), label="behaviour")
    return Program(stages, stages.build(BASELINE))


@pytest.fixture(scope="session")
def make() -> Callable[..., Program]:
    """Return what makes a program in a folder, for a backend."""
    return _make


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """Return the program, in plain processes."""
    return _make(tmp_path_factory.mktemp("program"), ProcessBackend())


@pytest.fixture(scope="module")
def recording(program: Program) -> Recording:
    """Return what was recorded of it."""
    return program.record()
