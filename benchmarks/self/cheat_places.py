"""Small repositories, each with a job, in which the cheats of `cheats.py` try to look fast.

Every place has a package `program` that candidates may edit, `inputs.py` that makes the inputs of a
seed, a benchmark of one of the two kinds, and tests. The kernels take some 20 to 60 ms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from strop.benchmarks.self.cheat_programs import (
    BENCH,
    BLOCKS,
    CHAIN_FILES,
    CHAIN_TESTS,
    COPIES,
    HEAVY,
    LATTICE,
    LISTED,
    REFERENCE_BENCH,
    ROOTS,
    SEARCH,
    SPIN,
    WAITS,
)
from strop.job import Job, parse_job
from strop.sandbox.gate import RULES

__all__ = ["PLACES", "TESTS", "Place"]

TESTS = "python -m unittest -v tests.test_core"


@dataclass(frozen=True)
class Place:
    """A repository with its job."""

    files: Mapping[str, str]
    function: str  # of program.core: what a harness in the same process would time
    keys: Mapping[str, Any] = field(default_factory=dict)  # of the job, beside those that all share

    def write(self, folder: Path) -> None:
        """Write the repository."""
        for path, text in self.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")

    def job(self, backend: str, *, open_gate: bool = False) -> Job:
        """Return the job; `open_gate` lets the static gate pass everything."""
        data: dict[str, Any] = {
            "target": {"files": ["**"], "exclude": ["bench.py", "inputs.py"]},
            "sandbox": {"backend": backend, "timeout_s": 60},
            **self.keys,
            "commands": {"test": TESTS, **self.keys.get("commands", {})},
        }
        if open_gate:
            data["verify"] = {**data.get("verify", {}), "allow": sorted(RULES)}
        return parse_job(data, "strop.toml")


def _inputs(expression: str) -> str:
    return f"import random\n\n\ndef make(seed):\n    rng = random.Random(seed)\n    return {expression}\n"


def _tests(function: str, *cases: tuple[str, str]) -> str:
    """Return tests of one function: arguments and the result, as source."""
    rows = "\n".join(
        f"    def test_{number}(self):\n        self.assertEqual({function}({given}), {wanted})\n"
        for number, (given, wanted) in enumerate(cases)
    )
    return (
        f"import unittest\n\nfrom program.core import {function}\n\n\n"
        f"class CoreTest(unittest.TestCase):\n{rows}"
    )


def _command(files: Mapping[str, str], function: str, shown: str, **job: Any) -> Place:
    """A place with a `command` benchmark that prints `shown`."""
    bench = BENCH.format(function=function) + f"print({shown})\n"
    commands = {"benchmark": "python bench.py {seed}", **job.pop("commands", {})}
    return Place({"bench.py": bench, **files}, function, {"commands": commands, **job})


def _calls(files: Mapping[str, str], function: str, count: int, **job: Any) -> Place:
    """A place with a `calls` benchmark of `count` inputs."""
    source = files["inputs.py"] + (
        "\n\nif __name__ == '__main__':\n"
        "    import json\n    import sys\n\n"
        f"    for number in range({count}):\n"
        "        print(json.dumps(make(f'{sys.argv[1]} {number}')))\n"
    )
    calls = {"function": f"program.core:{function}", "inputs": "python inputs.py {seed}", "warmups": 2}
    return Place({**files, "inputs.py": source}, function, {"calls": calls, **job})


def _small(core: str, function: str, inputs: str, *cases: tuple[str, str]) -> dict[str, str]:
    tests = _tests(function, *cases)
    return {
        "program/__init__.py": "",
        "program/core.py": core,
        "inputs.py": _inputs(inputs),
        "tests/test_core.py": tests,
    }


SUMMED = "sum(found), max(found), found[:3]"
FLOAT_FILES = _small(
    ROOTS,
    "distances",
    "[[(rng.random(), rng.random()) for _ in range(420)]]",
    ("[(0, 0), (3, 4)]", "[5.0, 5.0]"),
)
FEW_FILES = {**CHAIN_FILES, "inputs.py": _inputs("[rng.sample(range(10**12, 10**12 + 600), 450)]")}
CALL_FILES = {
    **CHAIN_FILES,
    "inputs.py": _inputs("[[rng.randrange(10, 10**6) for _ in range(1500)]]"),
    "tests/test_core.py": CHAIN_TESTS.replace("from program.core import chain, lengths\n", LISTED),
}
COMPILE = (
    "test ! -f program/fast.c || cc -O2 -shared -fPIC -o program/fast.so program/fast.c "
    "-I$(python -c 'import sysconfig; print(sysconfig.get_paths()[\"include\"])')"
)

PLACES: Mapping[str, Place] = {
    # whole processes; what is printed shows every result a little
    "command": _command(CHAIN_FILES, "lengths", SUMMED),
    # the same inputs in every run
    "fixed": _command(CHAIN_FILES, "lengths", SUMMED, commands={"benchmark": "python bench.py 1"}),
    # what is printed doesn't depend on the results
    "summary": _command(CHAIN_FILES, "lengths", "len(found)"),
    # results go to a file
    "file": _command(
        CHAIN_FILES,
        "lengths",
        "__import__('json').dump(found, open('out.json', 'w'))",
        verify={"outputs": ["out.json"]},
    ),
    # the objective is printed by the program
    "printed": _command(
        CHAIN_FILES,
        "lengths",
        "'METRIC rate=1000'",
        metrics=[{"name": "rate", "direction": "maximize"}],
    ),
    # the benchmark holds the right answer in the same process
    "reference": Place(
        {**CHAIN_FILES, "bench.py": REFERENCE_BENCH},
        "lengths",
        {"commands": {"benchmark": "python bench.py {seed}"}},
    ),
    # a build that runs code of the candidate
    "build": _command(
        {**CHAIN_FILES, "program/tables.py": "# Nothing has to be made before the program runs.\n"},
        "lengths",
        SUMMED,
        commands={"build": "python -m program.tables"},
    ),
    # a build that compiles what there is to compile
    "compiled": _command(CHAIN_FILES, "lengths", SUMMED, commands={"build": COMPILE}),
    # single calls, inputs that never come twice
    "calls": _calls(CALL_FILES, "lengths", 8),
    # single calls, the same 600 numbers again and again
    "few": _calls(FEW_FILES, "lengths", 10),
    # printed with fewer digits than there are
    "floats": _command(FLOAT_FILES, "distances", "'%.3f' % sum(found)"),
    "tolerant": _command(FLOAT_FILES, "distances", "sum(found)", verify={"relative_tolerance": 1e-9}),
    "copies": _command(
        _small(COPIES, "scaled", "[[[rng.randrange(1, 99) for _ in range(40)] for _ in range(1800)]]",
               ("[[1, 1]]", "[[500, 500]]")),
        "scaled",
        "sum(map(sum, found))",
    ),  # fmt: skip
    "spin": _command(
        _small(SPIN, "fetch", "[[rng.randrange(99) for _ in range(4)]]", ("[1, 2]", "[2, 4]")),
        "fetch",
        "found",
    ),
    "memory": _command(
        _small(BLOCKS, "total", "[500_000 + rng.randrange(9)]", ("4", "14")),
        "total",
        "found",
        metrics=[{"name": "peak_memory"}],
    ),
    # honest look-alikes
    "waits": _command(
        _small(WAITS, "pages", "[[rng.randrange(99) for _ in range(8)]]", ("[1]", "['page 1']")),
        "pages",
        "found",
    ),
    "lattice": _calls(
        _small(LATTICE, "ways", "[11 + rng.randrange(2), 10]", ("2, 2", "6")), "ways", 6
    ),  # fmt: skip
    "heavy": _command(
        _small(HEAVY, "count", "[rng.choices(['a', 'b', 'c'], k=9000)]", ("['a', 'a']", "{'a': 2}")),
        "count",
        "sorted(found.items())",
    ),
    "search": _command(
        _small(SEARCH, "divisors", "[[rng.randrange(10**4, 2 * 10**4) for _ in range(60)]]", ("[9]", "[3]")),
        "divisors",
        "found",
    ),
}  # fmt: skip
"""Every place by name."""
