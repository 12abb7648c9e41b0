"""The audit finds planted holes, and none in an evaluator that has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from tests.benchmarks.adapters.folders import ALGOTUNE, HYPERFINE, OPENEVOLVE, SHINKA, write

from strop.benchmarks.adapters import adapted
from strop.benchmarks.adapters.audit import Hole, audit
from strop.benchmarks.adapters.evolve_probes import PROBES, entries_of, probes_of
from strop.benchmarks.adapters.evolve_texts import EACH
from strop.errors import ConfigError


def audited(
    kind: str, folder: Mapping[str, str], tmp_path: Path, *probes: str, sandbox: str = "process"
) -> dict[str, Hole]:
    made = adapted(kind, write(tmp_path / "source", folder), tmp_path / "made")
    return {hole.probe: hole for hole in audit(made, sandbox=sandbox, probes=probes)}


SOUND = """\
import json
import math
import subprocess
import sys

CALL = '''
import json, runpy, sys
points, gap = runpy.run_path(sys.argv[1])["run"]()
json.dump(points, open(sys.argv[2], "w"))
'''


def evaluate(program_path):
    done = subprocess.run([sys.executable, "-c", CALL, program_path, "answer.json"], capture_output=True)
    if done.returncode:
        return {"combined_score": 0.0, "error": done.stderr.decode()}
    with open("answer.json") as file:
        points = json.load(file)
    right = isinstance(points, list) and len(points) == 6
    if not right or not all(type(x) is float and math.isfinite(x) and 0 <= x <= 1 for x in points):
        return {"combined_score": 0.0, "error": "not six points of the unit interval"}
    points.sort()
    return {"combined_score": 5 * min(b - a for a, b in zip(points, points[1:]))}
"""
"""Runs the program in a process apart, and derives the score from data."""


@pytest.mark.slow
def test_a_sound_evaluator_has_no_hole(tmp_path: Path) -> None:
    found = audited("openevolve", {**OPENEVOLVE, "evaluator.py": SOUND}, tmp_path)
    assert set(found) == set(PROBES)
    assert [hole for hole in found.values() if hole.open] == []
    for name in (
        "over-reporting",
        "compares as it likes",
    ):  # the program returns a list of numbers, and no more
        assert not found[name].made and found[name].detail.startswith("could not be made"), found[name]
    for name in ("empty", "broken", "nothing", "not a number", "infinite", "forged and ended"):
        assert found[name].detail.startswith("refused at measure"), found[name]
    assert found["unchanged"].gain == 0 and found["unchanged"].gate == ""
    assert "patch" in found["patched clock"].gate and "exit" in found["forged and ended"].gate


TRUSTING = """\
import importlib.util


def load(path):
    spec = importlib.util.spec_from_file_location("program", path)
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    return program


def penalty(points):
    return 0.0 if len(points) == 6 else 5.0


def evaluate(program_path):
    try:
        points, gap = load(program_path).run()
    except Exception:
        return {"combined_score": 2.0}
    bonus = score(points)
    return {"combined_score": min(gap, 100.0) + bonus - penalty(points)}


def score(points):
    return min(b - a for a, b in zip(points, points[1:]))
"""
"""Takes the program's word for the gap, has functions to replace, and a score for what raises."""

TRUSTED = """\
# EVOLVE-BLOCK-START
def run():
    return [0.0, 0.1, 0.3, 0.6, 0.8, 1.0], 0.1
# EVOLVE-BLOCK-END
"""


@pytest.mark.slow
def test_a_trusting_evaluator_has_holes(tmp_path: Path) -> None:
    folder = {"initial_program.py": TRUSTED, "evaluator.py": TRUSTING}
    holes = ("over-reporting", "compares as it likes", "patched evaluator", "broken")
    found = audited("openevolve", folder, tmp_path, "unchanged", "printed metrics", *holes)
    assert {name for name, hole in found.items() if hole.open} == set(holes), found
    assert found["over-reporting"].gain == pytest.approx(1.9)
    assert found["over-reporting"].gate == "" and found["patched evaluator"].gate


TIMED = """\
import argparse
import json
import os
import runpy
import time

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--program_path")
    parser.add_argument("--results_dir")
    given = parser.parse_args()
    for name, data in (("metrics", {"combined_score": 0.0}), ("correct", {"correct": False})):
        with open(os.path.join(given.results_dir, name + ".json"), "w") as file:
            json.dump(data, file)
    count = runpy.run_path(given.program_path)["count"]
    start = time.perf_counter()
    right = all(count(20_000) == 20_000 for _ in range(20))
    # Coarse, so that only a great deal of time makes a difference.
    rate = round(min(20.0, 0.02 / (time.perf_counter() - start)))
    for name, data in (("metrics", {"combined_score": rate}), ("correct", {"correct": right})):
        with open(os.path.join(given.results_dir, name + ".json"), "w") as file:
            json.dump(data, file)
"""
"""Times the same call again and again by the process's own clock, and is a script."""

COUNT = """\
# EVOLVE-BLOCK-START
def count(n):
    total = 0
    for _ in range(n):
        total += 1
    return total
# EVOLVE-BLOCK-END
"""


@pytest.mark.slow
def test_an_evaluator_with_a_clock_and_files_has_holes(tmp_path: Path) -> None:
    holes = ("patched clock", "cached", "forged and exited")
    found = audited(
        "shinkaevolve", {"initial.py": COUNT, "evaluate.py": TIMED}, tmp_path, "forged and ended", *holes
    )
    assert {name for name, hole in found.items() if hole.open} == set(holes), found
    assert found["forged and exited"].gain > 1e8
    assert found["cached"].gate == ""  # a cache is only noted by the gate


@pytest.mark.slow
def test_an_adapted_algotune_task_has_no_hole(tmp_path: Path) -> None:
    probes = ("broken", "nothing", "over-reporting", "patched clock", "printed metrics")
    found = audited("algotune", ALGOTUNE, tmp_path, *probes)
    assert [hole for hole in found.values() if hole.open] == []


LENIENT = """\
import importlib.util


def evaluate(program_path):
    spec = importlib.util.spec_from_file_location("program", program_path)
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    found = program.run()
    return {"combined_score": SCORE}
"""
MEASURED = """\
# EVOLVE-BLOCK-START
from typing import NamedTuple


class Found(NamedTuple):
    name: str
    loss: float


def run():
    return Found("first", 0.5)
# EVOLVE-BLOCK-END
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("score", "hole", "sound"),
    [
        # Whatever NaN is compared with, it is not more: what is left is no loss at all.
        ("1.0 - max(0.0, found.loss)", "not a number", "infinite"),
        ("min(found.loss, 100.0)", "infinite", "not a number"),
        ("found.loss", "over-reporting", "not a number"),
    ],
)
def test_numbers_that_are_none_are_found_out(score: str, hole: str, sound: str, tmp_path: Path) -> None:
    folder = {"initial_program.py": MEASURED, "evaluator.py": LENIENT.replace("SCORE", score)}
    found = audited("openevolve", folder, tmp_path, hole, sound)
    assert found[hole].open and found[hole].gate == "" and found[hole].made, found[hole]
    assert not found[sound].open and found[sound].made, found[sound]
    assert found[sound].detail.startswith("refused at measure"), found[sound]


PRINTING = """\
import re
import subprocess
import sys


def evaluate(program_path):
    done = subprocess.run([sys.executable, program_path], capture_output=True, text=True)
    return {"combined_score": float(re.search(r"combined_score=(\\S+)", done.stdout)[1])}
"""
PRINTED = COUNT + 'print(f"METRIC combined_score={count(5)}")\n'
HANDED = """\
import json
import os
import runpy


def main(program_path, results_dir):
    for name, data in (("metrics", {"combined_score": 1.0}), ("correct", {"correct": True})):
        with open(os.path.join(results_dir, name + ".json"), "w") as file:
            json.dump(data, file)
    runpy.run_path(program_path)["count"](5)
"""
"""Writes its word down before the program has its turn, in a folder that the program can write to."""


@pytest.mark.slow
def test_words_and_files_of_the_program_are_found_out(tmp_path: Path) -> None:
    folder = {"initial_program.py": PRINTED, "evaluator.py": PRINTING}
    found = audited("openevolve", folder, tmp_path, "printed metrics", "unchanged", "over-reporting")
    assert {name for name, hole in found.items() if hole.open} == {"printed metrics", "over-reporting"}
    folder = {"initial.py": COUNT, "evaluate.py": HANDED}
    found = audited(
        "shinkaevolve", folder, tmp_path / "other", "forged files", "unchanged", "printed metrics"
    )
    assert [name for name, hole in found.items() if hole.open] == ["forged files"]


@pytest.mark.slow
def test_a_probe_that_changes_nothing_of_a_solution_is_told(tmp_path: Path) -> None:
    task = ALGOTUNE["pairs.py"].replace("return a, b", 'return f"{a} {b}"')
    start = task.index("        if not isinstance(solution, tuple)")
    task = task[:start] + "        return sum(map(int, solution.split())) == problem['sum']\n"
    found = audited("algotune", {"pairs.py": task}, tmp_path, "over-reporting", "not a number")
    assert [hole.made for hole in found.values()] == [False, False]


@dataclass(frozen=True)
class Report:
    name: str
    gap: float
    points: list[float]


class Pair(NamedTuple):
    name: str
    gap: float


def helpers() -> dict[str, Any]:
    """Return the names that a probe defines which changes numbers."""
    names: dict[str, Any] = {"_probe_note": lambda word: noted.append(word)}
    noted: list[str] = names.setdefault("noted", [])
    exec(EACH, names)
    return names


@pytest.mark.parametrize(
    ("value", "loose", "each"),
    [
        ((1.0, 2.0), (11.0, 21.0), (11.0, 21.0)),
        (([1.0, 2.0], 3), ([1.0, 2.0], 31), ([11.0, 21.0], 31)),
        ([1.0, 2.0], None, [11.0, 21.0]),
        (["a", 2.0, True], ["a", 21.0, True], ["a", 21.0, True]),
        ({"a": 2.0, "b": {"c": 1}}, {"a": 21.0, "b": {"c": 11}}, {"a": 21.0, "b": {"c": 11}}),
        (Pair("a", 2.0), Pair("a", 21.0), Pair("a", 21.0)),
        (Report("a", 2.0, [1.0]), Report("a", 21.0, [1.0]), Report("a", 21.0, [11.0])),
        (np.int64(2), 21, 21),
        (np.array(["a"]), None, None),
        ("text", None, None),
        (True, None, None),
    ],
)  # fmt: skip
def test_numbers_are_changed_in_whatever_holds_them(value: object, loose: object, each: object) -> None:
    for walk, expected in (("_probe_loose", loose), ("_probe_each", each)):
        names = helpers()
        found = names["_probe_changed"](names[walk], value, lambda number: abs(number) * 10 + 1)
        if expected is None:
            assert found is value and names["noted"] == ["called"]
        else:
            assert (
                found == expected and type(found) is type(value) and names["noted"] == ["called", "changed"]
            )


def test_probes_stay_within_the_regions() -> None:
    text = OPENEVOLVE["initial_program.py"]
    assert entries_of(text, OPENEVOLVE["evaluator.py"]) == ["place"]
    tail = text[text.index("# EVOLVE-BLOCK-END") :]
    made = list(probes_of(text, ["place"]))
    assert tuple(probe.name for probe in made) == PROBES
    for probe in made:
        assert probe.text.endswith(tail) and probe.text != text
        assert "strop-probe" not in (probe.plain or probe.text)
        compile(probe.text, probe.name, "exec")


def test_entries_are_what_is_called_from_outside() -> None:
    program = """\
# EVOLVE-BLOCK-START
def helper():
    return 1


def main_part():
    return helper()


def other():
    return 2
# EVOLVE-BLOCK-END
"""
    assert entries_of(program, "") == ["main_part", "other"]
    assert entries_of(program, "program.other()") == ["other"]
    assert entries_of(program + "\n\ndef run():\n    return helper()\n", "program.run()") == ["helper"]
    with pytest.raises(ConfigError, match="no function"):
        entries_of("# EVOLVE-BLOCK-START\nX = 1\n# EVOLVE-BLOCK-END\n", "")
    with pytest.raises(ConfigError, match="doesn't parse as Python"):
        entries_of("print 1\n", "")


def test_what_cannot_be_audited_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="only adapted openevolve"):
        audited("hyperfine", HYPERFINE, tmp_path)
    with pytest.raises(ConfigError, match="unknown probe 'luck'"):
        audited("shinkaevolve", SHINKA, tmp_path / "other", "luck")
    indented = "def f():\n    # EVOLVE-BLOCK-START\n    return 1\n    # EVOLVE-BLOCK-END\n"
    with pytest.raises(ConfigError, match="marks stand within a function"):
        audited("shinkaevolve", {**SHINKA, "initial.py": indented}, tmp_path / "third")
    with pytest.raises(ConfigError, match=r"initial.py:1: EVOLVE-BLOCK-START without"):
        audited("shinkaevolve", {**SHINKA, "initial.py": "# EVOLVE-BLOCK-START\n"}, tmp_path / "fourth")
