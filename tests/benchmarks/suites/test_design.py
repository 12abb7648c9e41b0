"""Tasks of design: judges that derive every value, checked another way, by hand and by enumeration."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import subprocess
import sys
import tomllib
from itertools import product
from pathlib import Path
from typing import Any

import numpy
import pytest

from strop.benchmarks.leaderboard.tasks import load_task, tasks_folder

SUITE = tasks_folder() / "design"
TASKS = sorted(folder.name for folder in SUITE.iterdir() if (folder / "task.toml").is_file())
SEEDED = [name for name in TASKS if name != "transformer_shapes"]


def card_of(task: str) -> dict[str, Any]:
    return tomllib.loads((SUITE / task / "task.toml").read_text(encoding="utf-8"))


def job_of(task: str) -> dict[str, Any]:
    return tomllib.loads((SUITE / task / "repo" / "strop.toml").read_text(encoding="utf-8"))


def laid(task: str, folder: Path, *, good: bool = False) -> Path:
    """Return the folder with the task's repository, and its good version."""
    for path, file in load_task(SUITE / task).sources().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(file.read_bytes())
    if good:
        shutil.copytree(SUITE / task / "good", folder, dirs_exist_ok=True)
    return folder


def shell(
    task: str, command: str, folder: Path, seed: int = 1, split: str = "test", **knobs: object
) -> subprocess.CompletedProcess[str]:
    """Run one of the job's commands."""
    commands = job_of(task)["commands"]
    text = str(commands[command]).replace("{seed}", str(seed)).replace("{split}", split)
    env = {**os.environ, **commands.get("env", {}), "PYTHONDONTWRITEBYTECODE": "1"}
    env.update({name: str(value) for name, value in knobs.items()})
    env["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(text, shell=True, cwd=folder, env=env, capture_output=True, text=True, check=False)


def output_of(task: str, folder: Path, seed: int = 1, **knobs: object) -> str:
    """Return what run.py writes."""
    done = shell(task, "benchmark", folder, seed, "test", **knobs)
    assert done.returncode == 0, done.stderr[-2000:]
    name = str(job_of(task)["verify"]["outputs"][0])
    return (folder / name).read_text(encoding="utf-8")


def judged(task: str, folder: Path, seed: int = 1, split: str = "test") -> dict[str, float]:
    """Return what the judge prints; raises `ValueError` if it refuses."""
    done = shell(task, "evaluate", folder, seed, split)
    if done.returncode:
        assert done.returncode == 1 and "METRIC" not in done.stdout and "Traceback" not in done.stderr
        raise ValueError(done.stderr)
    return {name: float(value) for name, value in re.findall(r"METRIC (\w+)=(\S+)\n", done.stdout)}


def asked(folder: Path, program: str) -> Any:
    """Return what a program that prints JSON says, with the task's modules at hand."""
    done = subprocess.run(
        [sys.executable, "-B", "-"],
        input=f"import json\n{program}", cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_the_good_version_beats_the_seed_as_stated(task: str, tmp_path: Path) -> None:
    metric = job_of(task)["metrics"][0]
    gains = []
    for seed in (1, 2):
        values = []
        for good in (False, True):
            folder = laid(task, tmp_path / f"{good}", good=good)
            if seed == 1:
                tests = shell(task, "test", folder)
                assert tests.returncode == 0, tests.stderr
            output_of(task, folder, seed)
            values.append(judged(task, folder, seed)[metric["name"]])
        gain = values[0] / values[1]
        gains.append(1 / gain if metric.get("direction") == "maximize" else gain)
    assert math.sqrt(gains[0] * gains[1]) == pytest.approx(card_of(task)["best"]["ratio"], rel=0.3)


@pytest.mark.slow
@pytest.mark.parametrize("task", SEEDED)
def test_a_seed_gives_one_value_and_another_seed_another_one(task: str, tmp_path: Path) -> None:
    folder = laid(task, tmp_path / "task")
    first = (output_of(task, folder, 11), judged(task, folder, 11))
    assert first == (output_of(task, folder, 11), judged(task, folder, 11))
    output_of(task, folder, 12)
    assert judged(task, folder, 12) != first[1]


SPOILT = {
    "nothing": "None",
    "lazy": "iter(answer)",
    "empty": "type(answer)()",
    "raises": "1 / 0",
    "not a number": "spoilt(answer)",
}


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_spoilt_solutions_are_refused(task: str, tmp_path: Path) -> None:
    for kind, result in SPOILT.items():
        folder = laid(task, tmp_path / kind)
        with (folder / "solve.py").open("a", encoding="utf-8") as file:
            file.write(
                "\n\ninner = solve\n\n\ndef spoilt(value):\n"
                "    if isinstance(value, dict):\n"
                "        return {name: spoilt(one) for name, one in value.items()}\n"
                "    return [spoilt(one) for one in value] if isinstance(value, list) else float('nan')\n"
                f"\n\ndef solve(*args):\n    answer = inner(*args)\n    return {result}\n"
            )
        if shell(task, "benchmark", folder).returncode == 0:
            with pytest.raises(ValueError, match=job_of(task)["verify"]["outputs"][0]):
                judged(task, folder)


WRONG = {
    "transformer_shapes": [
        ("layers 24", "layers 25", "not in the space"),
        ("layers 24", "layers 24\nlayers 24", "expected once"),
        ("layers 24", "depth 24", "expected once"),
        ("layers 24\n", "", "expected once"),
        ("layers 24", "layers 32", "beyond the limits"),
        ("batch 1", "batch 1e0", "expected once"),
    ],
    "memory_controller": [
        ("queue 8", "queue 65", "not in the space"),
        ("queue 8", "queue eight", "not in the space"),
        ("scheduler fcfs", "scheduler oracle", "not in the space"),
        ("queue 8", "queue 8\nqueue 8", "expected once"),
        ("drain_low 2", "drain_low 4", "below drain_high"),
        ("queue 8\n", "", "expected once"),
    ],
    "model_merging": [
        ("0.3333", "nan", "no share"),
        ("0.3333", "1e9", "no share"),
        ("0.3333", "10.5", "no share"),
        ("0.3333", "0.3 0.3", "4 lines of 3 shares"),
    ],
    "truss": [
        ("1.0", "nan", "no section"),
        ("1.0", "-1.0", "no section"),
        ("1.0", "0.00009", "below 0.0001"),
        ("1.0", "1e99", "largest section"),
        ("1.0\n", "", "lines"),
        ("1.0", "0", "load is on a joint without bars|mechanism"),
    ],
}


MANY = """
import contextlib, io, os, runpy, sys

def judged(data):
    if data is None:
        os.unlink(NAME)
    else:
        open(NAME, "wb").write(bytes.fromhex(data))
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            runpy.run_path("judge.py", run_name="__main__")
    except SystemExit as error:
        return [str(error.code), said.getvalue()]
    return ["", said.getvalue()]

sys.path.insert(0, "")
sys.argv = ["judge.py", "1", "test"]
print(json.dumps([judged(data) for data in GIVEN]))
"""


@pytest.mark.parametrize("task", TASKS)
def test_wrong_answers_are_refused(task: str, tmp_path: Path) -> None:
    folder = laid(task, tmp_path / "task")
    right = output_of(task, folder)
    name = job_of(task)["verify"]["outputs"][0]
    texts, expected = [right], [""]
    for old, new, said in WRONG[task]:
        assert old in right
        # A truss with two bars alone is none.
        texts.append(right.replace(old, new, right.count(old) - 2 if new == "0" else 1))
        expected.append(said)
    given = [text.encode() for text in texts] + [b"", b"\xff\xfe", b"x" * 200_000]
    told = [data.hex() for data in given] + [None]
    found = asked(folder, MANY.replace("NAME", repr(name)).replace("GIVEN", repr(told)))
    assert len(found) == len(given) + 1
    for (message, printed), said in zip(found, [*expected, *[name] * 4], strict=True):
        assert bool(printed) == (not said)
        assert re.search(said, message) if said else not message


@pytest.mark.slow
def test_knobs_change_the_value(tmp_path: Path) -> None:
    for task, knobs in (
        ("transformer_shapes", {"SHAPE_BATCH": 2}),
        ("memory_controller", {"DRAM_PAGE_POLICY": "open", "DRAM_SCHEDULER": "frfcfs"}),
        ("model_merging", {"MERGE_EXPERT_1": 0.5}),
        ("truss", {"TRUSS_TAPER": 1}),
    ):
        folder = laid(task, tmp_path / task)
        output_of(task, folder)
        before = judged(task, folder)
        output_of(task, folder, **knobs)
        assert judged(task, folder) != before


def test_enumeration_proves_the_stated_shape(tmp_path: Path) -> None:
    task = "transformer_shapes"
    folder = laid(task, tmp_path / "task")
    program = (
        "from itertools import product\nfrom judge import SPACE, speed\n"
        "shapes = [dict(zip(SPACE, values)) for values in product(*SPACE.values())]\n"
        "told = [(speed(shape), i) for i, shape in enumerate(shapes)]\n"
        "found = sorted((one for one in told if one[0] is not None), reverse=True)\n"
        "first, second = (float(one[0]) for one in found[:2])\n"
        "print(json.dumps([len(shapes), len(found), first, second, shapes[found[0][1]]]))"
    )
    size, valid, best, second, shape = asked(folder, program)
    assert (size, valid) == (133_920, 4083)
    assert shape == {"layers": 4, "heads": 8, "head_size": 128, "ffn": 6144, "batch": 12} and best > second
    assert best == pytest.approx(card_of(task)["best"]["value"], rel=1e-12)
    good = laid(task, tmp_path / "good", good=True)
    output_of(task, good)
    assert judged(task, good)["gflops"] == pytest.approx(best, rel=1e-12)


def test_the_knobs_of_shapes_are_the_space_of_the_judge(tmp_path: Path) -> None:
    task = "transformer_shapes"
    space = asked(
        laid(task, tmp_path),
        "from judge import SPACE\nprint(json.dumps({k: list(v) for k, v in SPACE.items()}))",
    )
    for knob in job_of(task)["knobs"]:
        told = knob.get("choices") or list(range(knob["low"], knob["high"] + 1, knob.get("step", 1)))
        assert told == space[knob["name"]]
    knobs = {knob["name"]: knob for knob in job_of("memory_controller")["knobs"]}
    folder = laid("memory_controller", tmp_path / "memory")
    known = asked(
        folder, "from simulator import SPACE\nprint(json.dumps({k: list(v) for k, v in SPACE.items()}))"
    )
    assert set(knobs) == set(known)
    for name, knob in knobs.items():
        assert set(knob.get("choices") or (knob["low"], knob["high"])) <= set(known[name])


def test_the_constraints_of_shapes_are_those_of_the_judge(tmp_path: Path) -> None:
    folder = laid("transformer_shapes", tmp_path)
    sample = [
        {"layers": a, "heads": b, "head_size": c, "ffn": d, "batch": 1}
        for a, b, c, d in product((4, 10, 24), (8, 10, 16), (48, 64, 128), (512, 1024, 6144))
    ]
    program = f"from judge import parameters\nprint(json.dumps([parameters(s) for s in {sample!r}]))"
    within = [90_000_000 <= count <= 100_000_000 for count in asked(folder, program)]
    assert len(set(within)) == 2
    for shape, valid in zip(sample, within, strict=True):
        assert all(eval(text, {}, shape) for text in job_of("transformer_shapes")["constraints"]) == valid


PLAIN = {
    "page_policy": "open", "timeout": 100, "scheduler": "fcfs", "cap": 1, "queue": 8, "drain_high": 4,
    "drain_low": 2, "mapping": "row_bank_column", "refresh": "all", "postpone": 0,
}  # fmt: skip


BY_HAND: list[tuple[list[tuple[int, int, int]], dict[str, str], float]] = [
    # opens a row (16), transfers (4), and the bank's answer takes 16 more
    ([(0, 0, 0)], {}, 36),
    # the second one finds its row open, and transfers after the first one
    ([(0, 0, 0), (0, 1, 0)], {}, (36 + 40) / 2),
    # another row of the same bank: closes (16) and opens (16) before it transfers
    ([(0, 0, 0), (0, 1024, 0)], {}, (36 + 72) / 2),
    # the same with closed pages: it closes at once after the first one
    ([(0, 0, 0), (0, 1024, 0)], {"page_policy": "closed"}, (36 + 72) / 2),
    # much later, closed pages have been closed for long, open ones haven't
    ([(0, 0, 0), (500, 1024, 0)], {"page_policy": "closed"}, 36),
    ([(0, 0, 0), (500, 1024, 0)], {}, (36 + 52) / 2),
    ([(0, 0, 0), (500, 1024, 0)], {"page_policy": "timeout"}, 36),
    # another bank opens its row at the same time, and waits for the bus
    ([(0, 0, 0), (0, 128, 0)], {}, (36 + 40) / 2),
    # three requests, the last one to the first one's row: it goes before the second one
    ([(0, 0, 0), (0, 1024, 0), (0, 1, 0)], {}, (36 + 72 + 108) / 3),
    ([(0, 0, 0), (0, 1024, 0), (0, 1, 0)], {"scheduler": "frfcfs"}, (36 + 40 + 76) / 3),
    # a write's own time counts for nothing, but the bus has to turn around (12) for it and after it
    ([(0, 0, 0), (1, 1, 1), (2, 2, 0)], {}, (36 + 66) / 2),
]


def test_the_controller_by_hand(tmp_path: Path) -> None:
    folder = laid("memory_controller", tmp_path)
    given = [(trace, {**PLAIN, **changes}) for trace, changes, _ in BY_HAND]
    found = asked(
        folder, f"from simulator import simulate\nprint(json.dumps([simulate(*one) for one in {given!r}]))"
    )
    assert [one["latency"] for one in found] == pytest.approx([latency for *_, latency in BY_HAND])
    assert all(one["edp"] == pytest.approx(one["latency"] * one["energy"]) for one in found)


def test_the_truss_by_the_principle_of_complementary_energy(tmp_path: Path) -> None:
    # The judge solves for movements; here forces in the bars that balance the loads have the least energy.
    folder = laid("truss", tmp_path)
    areas = numpy.array([float(line) for line in output_of("truss", folder, 5).split()])
    joints, bars, held, cases = asked(
        folder,
        "from instance import instance\nt = instance(5)\n"
        "print(json.dumps([t.joints, t.bars, t.held, [sorted(c.items()) for c in t.cases]]))",
    )
    kept = [bar for bar in range(len(bars)) if areas[bar]]
    balance, root, volume = numpy.zeros((2 * len(joints), len(kept))), numpy.zeros(len(kept)), 0.0
    for column, bar in enumerate(kept):
        one, other = bars[bar]
        step = numpy.array(joints[other]) - numpy.array(joints[one])
        length = float(numpy.hypot(*step))
        volume += areas[bar] * 100 * length / 1000
        root[column] = math.sqrt(21_000 * areas[bar] / (100 * length))
        balance[2 * other : 2 * other + 2, column] = step / length
        balance[2 * one : 2 * one + 2, column] = -step / length
    free = [2 * joint + axis for joint in range(len(joints)) if joint not in held for axis in (0, 1)]
    work = 0.0
    for case in cases:
        load = numpy.zeros(2 * len(joints))
        for joint, force in case:
            load[2 * joint : 2 * joint + 2] = force
        scaled = numpy.linalg.lstsq(balance[free] * root, load[free], rcond=None)[0]
        work += float(scaled @ scaled)
    assert judged("truss", folder, 5)["work_times_volume"] == pytest.approx(work * volume, rel=1e-8)
    # Scaled sections are the same truss.
    (folder / "areas.txt").write_text("".join(f"{8 * float(area)!r}\n" for area in areas), encoding="ascii")
    assert judged("truss", folder, 5)["work_times_volume"] == pytest.approx(work * volume, rel=1e-8)


def test_the_loss_of_merged_networks_by_plain_loops(tmp_path: Path) -> None:
    folder = laid("model_merging", tmp_path)
    base, *experts = json.loads((folder / "experts.json").read_text(encoding="utf-8"))
    shares = [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6], [0.7, 0.8, -0.1], [0.25, 0.5, 0.75]]
    (folder / "shares.txt").write_text(
        "".join(" ".join(map(str, row)) + "\n" for row in shares), encoding="ascii"
    )
    names = ("weights_1", "bias_1", "weights_2", "bias_2")

    def mixed(row: list[float], *values: Any) -> Any:
        if isinstance(values[0], list):
            return [mixed(row, *parts) for parts in zip(*values, strict=True)]
        return values[0] + sum(
            share * (value - values[0]) for share, value in zip(row, values[1:], strict=True)
        )

    w1, b1, w2, b2 = (
        mixed(row, base[name], *(expert[name] for expert in experts))
        for row, name in zip(shares, names, strict=True)
    )
    inputs, classes = asked(
        folder,
        "from examples import drawn\na, b = drawn([4, 9], 6000)\nprint(json.dumps([a.tolist(), b.tolist()]))",
    )
    loss = right = 0.0
    for row, wanted in zip(inputs, classes, strict=True):
        hidden = [max(0.0, b + sum(x * w[k] for x, w in zip(row, w1, strict=True))) for k, b in enumerate(b1)]
        told = [b + sum(x * w[k] for x, w in zip(hidden, w2, strict=True)) for k, b in enumerate(b2)]
        loss += math.log(sum(math.exp(value) for value in told)) - told[wanted]
        right += told[wanted] == max(told)
    found = judged("model_merging", folder, 9)
    assert found["log_loss"] == pytest.approx(loss / 6000, abs=2e-9)
    assert found["accuracy"] == pytest.approx(right / 6000, abs=1e-9)
    assert judged("model_merging", folder, 9, "validation") != found  # other data


def test_the_experts_are_small_and_made_by_the_script(tmp_path: Path) -> None:
    folder = laid("model_merging", tmp_path)
    file = folder / "experts.json"
    told = json.loads(file.read_text(encoding="utf-8"))
    assert file.stat().st_size < 100 * 1024
    file.unlink()
    asked(folder, "import make_experts\nmake_experts.main()\nprint(1)")
    made = json.loads(file.read_text(encoding="utf-8"))
    for one, other in zip(told, made, strict=True):
        for name, values in one.items():
            # Libraries of linear algebra differ in their last digits, which training makes larger.
            assert abs(numpy.array(values) - numpy.array(other[name])).max() < 0.01


GENERATORS = {"memory_controller": "instance", "model_merging": "examples"}

SEARCHES = {
    "command line": "open(os.path.join('/', 'proc', 'self', 'cmdline')).read()",
    "command lines": "open(f'/proc/{os.getppid()}/cmdline').read()",
    "other functions of paths": (
        "os.path._joinrealpath = lambda *a: (os.__file__, True)\nopen(f'/proc/{os.getppid()}/cmdline').read()"
    ),
    "programs": (
        "from multiprocessing.util import spawnv_passfds\n\nspawnv_passfds(b'/bin/ps', [b'ps'], ())"
    ),
}


@pytest.mark.parametrize("task", GENERATORS)
def test_the_seed_is_not_in_a_solver_s_reach(task: str, tmp_path: Path) -> None:
    folder = laid(task, tmp_path)
    solve = folder / "solve.py"
    text = solve.read_text(encoding="utf-8")
    for search in SEARCHES.values():
        solve.write_text(f"{text}\nimport os\n\n{search}\n", encoding="utf-8")
        done = shell(task, "benchmark", folder)
        assert done.returncode == 1 and "PermissionError: no " in done.stderr, search
    told = "\nimport sys\n\nassert not any('4711' in one for one in (*sys.argv, *sys.orig_argv))\n"
    solve.write_text(text + told, encoding="utf-8")
    assert shell(task, "benchmark", folder, 4711).returncode == 0


@pytest.mark.parametrize("task", GENERATORS)
def test_the_generator_is_not_in_a_solver_s_reach(task: str, tmp_path: Path) -> None:
    folder = laid(task, tmp_path)
    with (folder / "solve.py").open("a", encoding="utf-8") as file:
        file.write(f"\nimport {GENERATORS[task]}\n")
    assert f"No module named '{GENERATORS[task]}'" in shell(task, "benchmark", folder).stderr
