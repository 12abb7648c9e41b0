"""The tasks of the serving suite: values, hostile answers, and exact controls against enumeration."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from strop.benchmarks.leaderboard.probes import probes_of
from strop.benchmarks.leaderboard.tasks import Card, Task, common_folder, tasks_folder
from strop.job import load_job

SUITE = tasks_folder() / "serving"
TASKS = ("expert_placement", "machine_mix", "parallel_plan", "prefill_decode_split", "urgent_scheduling")


@pytest.fixture
def laid(tmp_path: Path) -> Any:
    """Lay out a task's repository, with the simulator, and its good version where asked for."""

    def lay(task: str, *, good: bool = False) -> Path:
        folder = tmp_path / f"{task}-{good}"
        card = tomllib.loads((SUITE / task / "task.toml").read_text(encoding="utf-8"))
        parts = [common_folder(SUITE / task, name) for name in card["common"]]
        parts += [SUITE / task / "repo"] + [SUITE / task / "good"] * good
        for part in parts:
            shutil.copytree(part, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        return folder

    return lay


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=env, capture_output=True, text=True, check=False
    )


def printed(folder: Path, *arguments: str) -> str:
    done = python(folder, *arguments)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def value(folder: Path, seed: int) -> float:
    printed(folder, "run.py", str(seed))
    line = printed(folder, "judge.py", str(seed)).strip()
    assert line.startswith("METRIC ") and "\n" not in line
    return float(line.partition("=")[2])


@pytest.mark.parametrize("task", TASKS)
def test_the_job_of_a_task_loads(task: str, laid: Any) -> None:
    job = load_job(laid(task))
    assert job.judges_results and job.commands.evaluate == "python judge.py {seed}"
    assert list(job.verify.outputs) == ["answer.txt"]


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_the_good_version_is_better_and_both_pass_the_tests(task: str, laid: Any) -> None:
    folders = [laid(task), laid(task, good=True)]
    for folder in folders:
        printed(folder, "-m", "unittest", "-q")
    larger = load_job(folders[0]).objective.direction == "maximize"
    values = [[value(folder, seed) for seed in (21, 22)] for folder in folders]
    for seed, good in zip(*values, strict=True):
        assert good > seed > 0 if larger else seed > good > 0
    assert values[0] == [value(folders[0], seed) for seed in (21, 22)]
    assert values[0][0] != values[0][1]


HOSTILE = {
    "nothing": "",
    "no JSON": "{",
    "deep": "[" * 100_000,
    "null": '{"seed": 5, "answer": null}',
    "NaN": '{"seed": 5, "answer": NaN}',
    "another instance": '{"seed": 6, "answer": []}',
    "a key twice": '{"seed": 5, "seed": 5, "answer": []}',
    "true for a seed": '{"seed": true, "answer": []}',
    "many digits": '{"seed": 5, "answer": ' + "9" * 5000 + "}",
    "large": '{"seed": 5, "answer": "' + "x" * 4_000_001 + '"}',
    "no text": "\udcff",
}


def refused(folder: Path, text: str, seed: int = 5) -> str:
    """Return what judge.py says of an answer that it refuses."""
    (folder / "answer.txt").write_text(text, encoding="utf-8", errors="surrogateescape")
    done = python(folder, "judge.py", str(seed))
    assert done.returncode == 1 and "METRIC" not in done.stdout, done.stdout
    assert done.stderr.startswith("answer.txt: ") and "Traceback" not in done.stderr, done.stderr[-500:]
    return done.stderr


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_answer_is_refused(text: str, laid: Any) -> None:
    refused(laid("expert_placement"), text)


PLAN = {"tensor": 8, "pipeline": 1, "replicas": 1, "max_batch": 16, "max_prefill": 2048}
SPLIT = {"prefill": 6, "decode": 6, "tensor_prefill": 1, "tensor_decode": 1, "max_batch": 64}


@pytest.mark.parametrize(
    ("task", "answer", "said"),
    [
        ("expert_placement", [[0] * 8] * 12, "device 0 has to hold 2 experts, not 8"),
        ("expert_placement", [[0, 0, 1, 1, 2, 2, 3, 3]] * 11, "a list of 12 items"),
        ("expert_placement", [[0, 0, 1, 1, 2, 2, 3, 3.0]] * 12, "an integer from 0 to 3"),
        ("machine_mix", {"machines": [0, 0, 0, 0], "parts": [[0, 0, 0, 8]] * 12}, "too few"),
        ("machine_mix", {"machines": [0, 0, 0, -9], "parts": [[0, 0, 0, 8]] * 12}, "an integer from 0"),
        ("machine_mix", {"machines": [0, 0, 0, 99], "parts": [[0, 0, 0, 7]] * 12}, "8 in all"),
        ("machine_mix", {"machines": [0, 0, 0, 99], "parts": [[0, -8, 8, 8]] * 12}, "an integer from 0"),
        ("machine_mix", {"machines": [0, 0, 0, 99]}, "the keys machines, parts"),
        ("parallel_plan", {**PLAN, "replicas": 2}, "more than 8 devices"),
        ("parallel_plan", {**PLAN, "tensor": 3}, "a power of two"),
        ("parallel_plan", {**PLAN, "max_batch": 0}, "max_batch: an integer"),
        ("parallel_plan", {**PLAN, "max_batch": 16.0}, "max_batch: an integer"),
        ("prefill_decode_split", {**SPLIT, "decode": 7}, "more than 12 devices"),
        ("prefill_decode_split", {**SPLIT, "tensor_decode": 3}, "1, 2 or 4"),
        ("prefill_decode_split", {**SPLIT, "prefill": True}, "prefill: an integer"),
        ("urgent_scheduling", [], "decision 0, at .* is missing"),
        ("urgent_scheduling", [[1]], "isn't waiting"),  # of the same job: comes after request 0
        ("urgent_scheduling", [[0, 0]], "or twice"),
        ("urgent_scheduling", [[0, 1, 2, 3, 4, 5, 6, 7, 8]], "has no room for 9"),
        ("urgent_scheduling", [["0"]], "an integer from 0"),
        ("urgent_scheduling", [[0], [4000]], "an integer from 0"),
    ],
)  # fmt: skip
def test_an_answer_that_cannot_be_is_refused(task: str, answer: Any, said: str, laid: Any) -> None:
    message = refused(laid(task), json.dumps({"seed": 5, "answer": answer}))
    assert re.search(said, message), message


def test_a_schedule_with_more_decisions_than_were_asked_for_is_refused(laid: Any) -> None:
    folder = laid("urgent_scheduling")
    printed(folder, "run.py", "5")
    made = json.loads((folder / "answer.txt").read_text(encoding="utf-8"))["answer"]
    said = refused(folder, json.dumps({"seed": 5, "answer": [*made, []]}))
    assert f"{len(made) + 1} decisions, of which {len(made)} were asked for" in said


@pytest.mark.parametrize("body", ["None", "['x']", "[float('nan')]", "'0'", "[10**9]", "iter([])"])
def test_a_policy_that_says_nonsense_ends_the_run(body: str, laid: Any) -> None:
    folder = laid("urgent_scheduling")
    (folder / "policy.py").write_text(
        f"def choose(now, machine, waiting):\n    return {body}\n", encoding="utf-8"
    )
    done = python(folder, "run.py", "5")
    said = "not JSON serializable" if "iter" in body else "choose() has to return"
    assert done.returncode != 0 and said in done.stderr
    assert not (folder / "answer.txt").exists()


def test_a_policy_that_admits_nobody_has_no_value(laid: Any) -> None:
    folder = laid("urgent_scheduling")
    (folder / "policy.py").write_text("def choose(now, machine, waiting):\n    return []\n", encoding="utf-8")
    printed(folder, "run.py", "5")
    made = (folder / "answer.txt").read_text(encoding="utf-8")
    assert "no job ends within its deadline" in refused(folder, made)


FORESIGHT = {
    "the generator": "import sys\nfrom instance import instance\ninstance(int(sys.argv[1]))",
    "the generator's file": "open('instance.py').read()",
    "command lines": "import os\nopen(f'/proc/{os.getppid()}/cmdline').read()",
    "command lines, with other functions below": (
        "import os\nos.path._joinrealpath = lambda *a: (os.sys.prefix, True)\n"
        "open(f'/proc/{os.getppid()}/cmdline').read()"
    ),
    "the program above": "import os, signal\nos.kill(os.getppid(), 0)\nos.system('ps ax')",
}
"""What would tell a candidate the seed, or what is still to come."""


@pytest.mark.parametrize("how", FORESIGHT)
@pytest.mark.parametrize("task", ["parallel_plan", "prefill_decode_split", "urgent_scheduling"])
def test_the_future_is_not_in_a_candidate_s_reach(task: str, how: str, laid: Any) -> None:
    folder = laid(task)
    file = folder / ("policy.py" if task == "urgent_scheduling" else "solve.py")
    file.write_text(f"{FORESIGHT[how]}\n{file.read_text(encoding='utf-8')}", encoding="utf-8")
    done = python(folder, "run.py", "5")
    assert done.returncode != 0 and not (folder / "answer.txt").exists()
    said = "No module named 'instance'" if how == "the generator" else "PermissionError"
    assert said in done.stderr


def test_what_simulates_is_at_hand_and_no_argument_tells_the_seed(laid: Any) -> None:
    folder = laid("parallel_plan")
    look = "import sys, plans, servesim.cluster\n"
    look += "assert not any('4711' in one for one in (*sys.argv, *sys.orig_argv, *sys.path))\n"
    text = (folder / "solve.py").read_text(encoding="utf-8")
    (folder / "solve.py").write_text(look + text, encoding="utf-8")
    printed(folder, "run.py", "4711")


# The exact controls

EXPERTS = """
import itertools
from instance import batch_ms, instance
from solve import solve

for seed in range(4):
    for layers, experts, devices in ((3, 4, 2), (2, 6, 2), (2, 6, 3)):
        work = instance(seed, layers=layers, experts=experts, devices=devices)
        each = experts // devices
        layer = [one for one in range(devices) for _ in range(each)]
        rows = [list(row) for row in set(itertools.permutations(layer))]
        least = min(batch_ms(work, list(places)) for places in itertools.product(rows, repeat=layers))
        assert abs(batch_ms(work, solve(work)) - least) < 1e-9, (seed, layers, experts, devices)
print("equal")
"""

EXPERTS_MILP = """
import numpy
from scipy.optimize import Bounds, LinearConstraint, milp
from instance import batch_ms, instance
from solve import solve

L, E, D = 3, 4, 2
for seed in range(2):
    work = instance(seed, layers=L, experts=E, devices=D)
    # Variables: x[l, e, d], the busiest device z[l], and s[l, i, j, d] <= x[l, i, d], x[l + 1, j, d].
    X, Z = L * E * D, L
    size = X + Z + (L - 1) * E * E * D
    x = lambda l, e, d: (l * E + e) * D + d
    s = lambda l, i, j, d: X + Z + ((l * E + i) * E + j) * D + d
    cost, rows, low, high = numpy.zeros(size), [], [], []

    def add(terms, least, most):
        row = numpy.zeros(size)
        for at, factor in terms:
            row[at] += factor
        rows.append(row), low.append(least), high.append(most)

    constant = 0.0
    for l in range(L):
        cost[X + l] = work["ms_per_token"]
        for e in range(E):
            add([(x(l, e, d), 1) for d in range(D)], 1, 1)
        for d in range(D):
            add([(x(l, e, d), 1) for e in range(E)], E // D, E // D)
            add([(x(l, e, d), work["loads"][l][e]) for e in range(E)] + [(X + l, -1)], -numpy.inf, 0)
    for l, table in enumerate(work["moves"]):
        for i in range(E):
            for j in range(E):
                constant += work["ms_per_move"] * table[i][j]
                for d in range(D):
                    cost[s(l, i, j, d)] = -work["ms_per_move"] * table[i][j]
                    add([(s(l, i, j, d), 1), (x(l, i, d), -1)], -numpy.inf, 0)
                    add([(s(l, i, j, d), 1), (x(l + 1, j, d), -1)], -numpy.inf, 0)
    whole = numpy.zeros(size)
    whole[:X] = 1
    top = numpy.ones(size)
    top[X : X + Z] = numpy.inf
    found = milp(cost, integrality=whole, bounds=Bounds(0, top),
                 constraints=[LinearConstraint(numpy.array(rows), low, high)], options={"mip_rel_gap": 0.0})
    assert found.status == 0
    assert abs(found.fun + constant - batch_ms(work, solve(work))) < 1e-6, seed
print("equal")
"""

MACHINES = """
import itertools
import math
from instance import SLACK, instance, loads
from judge import price
from solve import solve


for seed in range(4):
    types = ("L4", "A10G", "H100")
    work = instance(seed, prompts=(64, 1024), outputs=(32, 200), types=types, slices=2, rate=25.0)
    rows = [row for row in itertools.product(range(3), repeat=3) if sum(row) == 2]
    least = math.inf
    for parts in itertools.product(rows, repeat=len(work["sizes"])):
        needed = loads(work, parts)
        if needed is not None:
            machines = [math.ceil(load - SLACK) for load in needed]
            least = min(least, sum(count * each for count, each in zip(machines, work["prices"])))
    assert abs(price(work, solve(work)) - least) < 1e-9, seed
print("equal")
"""


@pytest.mark.parametrize(
    ("task", "program"),
    [("expert_placement", EXPERTS), ("expert_placement", EXPERTS_MILP), ("machine_mix", MACHINES)],
    ids=["experts, enumerated", "experts, integer program", "machines, enumerated"],
)
def test_the_exact_control_equals(task: str, program: str, laid: Any) -> None:
    assert printed(laid(task, good=True), "-c", program) == "equal\n"


@pytest.mark.parametrize(
    ("task", "knobs"),
    [
        ("machine_mix", {"MIX_RATE": "1.2", "MIX_SPARE": "0.1"}),
        ("expert_placement", {"EXPERTS_BALANCE": "1", "EXPERTS_STAY": "1.5"}),
    ],
)
def test_knobs_gain_and_no_setting_of_them_beats_the_exact_control(
    task: str, knobs: dict[str, str], laid: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {knob.env: knob for knob in load_job(laid(task)).knobs}
    assert set(known) == set(knobs) and all(knob.default == 0 for knob in known.values())
    values = {}
    for name, settings in {"unset": {}, "zero": dict.fromkeys(knobs, "0"), "tuned": knobs}.items():
        for variable, text in settings.items():
            monkeypatch.setenv(variable, text)
        values[name] = [value(laid(task), seed) for seed in (1, 2, 3)]
    best = [value(laid(task, good=True), seed) for seed in (1, 2, 3)]
    assert values["unset"] == values["zero"]
    assert sum(values["tuned"]) < 0.95 * sum(values["zero"])
    assert all(tuned >= least - 1e-9 for tuned, least in zip(values["tuned"], best, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [31, 32])
def test_no_random_change_improves_an_exact_control(seed: int, laid: Any) -> None:
    folder = laid("expert_placement", good=True)
    best = value(folder, seed)
    program = f"""
import json, random
from instance import batch_ms, instance
work, rng = instance({seed}), random.Random(1)
places = json.load(open("answer.txt", encoding="utf-8"))["answer"]
least = batch_ms(work, places)
for _ in range(3000):
    layer = rng.choice(places)
    one, other = rng.sample(range(8), 2)
    layer[one], layer[other] = layer[other], layer[one]
    least = min(least, batch_ms(work, places))
    if rng.random() < 0.9:
        layer[one], layer[other] = layer[other], layer[one]
print(least)
"""
    assert float(printed(folder, "-c", program)) >= best - 1e-9


# Spoilt versions


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_spoilt_versions_are_refused_or_gain_nothing(task: str, laid: Any) -> None:
    said = tomllib.loads((SUITE / task / "task.toml").read_text(encoding="utf-8"))
    card = Card(title=said["title"], licence=said["licence"], hot=said["hot"])
    path = said["hot"].partition(":")[0]
    folder = laid(task)
    texts = {path: (folder / path).read_text(encoding="utf-8")}
    unchanged = value(folder, 5)
    seen = set()
    for probe in probes_of(Task(name=task, folder=SUITE / task, card=card), texts, mutable=False):
        for edit in probe.candidate.edits:
            (folder / edit.path).write_text(edit.text or "", encoding="utf-8")
        seen.add(probe.name)
        steps = (("-m", "unittest", "-q"), ("run.py", "5"), ("judge.py", "5"))
        done = [python(folder, *step) for step in steps]
        if not any(one.returncode for one in done):
            assert not probe.certain, probe.name
            assert done[-1].stdout.strip().endswith(f"={unchanged!r}"), probe.name
    assert {"broken", "empty", "lazy", "not a number", "over-reporting"} <= seen
