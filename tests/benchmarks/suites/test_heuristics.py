"""The suite heuristics: values come from decisions alone, better heuristics win, broken ones are refused."""

from __future__ import annotations

import importlib.util
import itertools
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from strop.benchmarks.leaderboard.tasks import Task, files_of, load_task, tasks_folder
from strop.job import load_job

NAMES = ("bin_packing_online", "tsp_construction", "cvrp_construction", "cap_set_priority")
SUITE = tasks_folder() / "heuristics"

each = pytest.mark.parametrize("name", NAMES)


def laid(name: str, folder: Path, side: str = "seed") -> Path:
    """Return a folder with a task's seed solution, or its known good version."""
    task = load_task(SUITE / name)
    sources = task.sources()
    if side == "good":
        assert task.good is not None
        sources |= {path: task.good / path for path in files_of(task.good)}
    for path, file in sources.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(file.read_bytes())
    return folder


def run(folder: Path, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "random"}
    command = [sys.executable, script, *arguments]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def arguments(name: str, seed: int, split: str = "validation") -> list[str]:
    return [split] if name == "cap_set_priority" else [str(seed), split]


def value(name: str, folder: Path, seed: int = 3, split: str = "validation") -> float:
    """Return what the judge says of what the folder's program decides."""
    for script in ("run.py", "judge.py"):
        done = run(folder, script, *arguments(name, seed, split))
        assert done.returncode == 0, done.stderr
    found = re.fullmatch(r"METRIC (\w+)=(\S+)\n", done.stdout)
    assert found and found[1] == load_job(folder).objective.name
    return float(found[2])


def gain(task: Task, seed: float, good: float) -> float:
    """Return how many times better the good version is."""
    return good / seed if load_job(task.repository).objective.direction == "maximize" else seed / good


def module(name: str) -> ModuleType:
    """Return the module of a task that makes its instances."""
    return _module(SUITE / name / "repo" / "instances.py")


def _module(file: Path) -> ModuleType:
    """Return a module that imports none of its neighbours."""
    spec = importlib.util.spec_from_file_location(f"{file.parent.parent.name}_{file.stem}", file)
    assert spec and spec.loader
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@each
def test_the_task_is_a_sound_job(name: str) -> None:
    task = load_task(SUITE / name)
    job = load_job(task.repository)
    assert task.card is not None and task.card.fixed == (name == "cap_set_priority")
    assert job.judges_results and not job.objective.measured and not job.verify.self_reported
    assert "{split}" in job.commands.benchmark and "{split}" in job.commands.evaluate
    assert ("{seed}" in job.commands.benchmark) == (not task.card.fixed)
    source = (task.repository / "solve.py").read_text(encoding="utf-8")
    assert f"def {task.card.hot.partition(':')[2]}(" in source
    assert all(f'"{knob.env}"' in source for knob in job.knobs)


@each
def test_the_good_version_is_better(name: str, tmp_path: Path) -> None:
    task = load_task(SUITE / name)
    values = [value(name, laid(name, tmp_path / side, side)) for side in ("seed", "good")]
    assert gain(task, *values) > 1.005


@pytest.mark.slow
@each
def test_the_program_passes_its_tests_with_both_versions(name: str, tmp_path: Path) -> None:
    for side in ("seed", "good"):
        done = run(laid(name, tmp_path / side, side), "-m", "unittest", "-q")
        assert done.returncode == 0, done.stderr


@each
def test_an_instance_is_drawn_by_seed_and_split(name: str, tmp_path: Path) -> None:
    folder = laid(name, tmp_path)
    first = value(name, folder)
    assert value(name, folder) == first
    if name != "cap_set_priority":
        assert value(name, folder, seed=4) != first
    else:
        assert value(name, folder, split="test") == 4 * first  # two dimensions more


@pytest.mark.slow
@each
def test_the_good_version_is_better_by_what_the_card_states(name: str, tmp_path: Path) -> None:
    task = load_task(SUITE / name)
    assert task.card is not None
    for side in ("seed", "good"):
        laid(name, tmp_path / side, side)
    seeds = range(501, 504) if not task.card.fixed else (1,)
    gains = [
        gain(task, *(value(name, tmp_path / side, seed, "test") for side in ("seed", "good")))
        for seed in seeds
    ]
    assert sum(gains) / len(gains) == pytest.approx(task.card.best.ratio, rel=0.05)


BROKEN = {
    "none": "return None",
    "not a number": 'return float("nan")',
    "lazy": "return (value for value in range(9))",
    "foreign": "return 10**6",
    "raises": 'raise RuntimeError("broken")',
}


@each
@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_function_is_refused(name: str, how: str, tmp_path: Path) -> None:
    if name == "cap_set_priority" and how == "foreign":
        pytest.skip("every finite number is a priority")
    folder = laid(name, tmp_path)
    solve = folder / "solve.py"
    task = load_task(SUITE / name)
    assert task.card is not None
    function = task.card.hot.partition(":")[2]
    spoilt = f"\n\ndef {function}(*args):\n    {BROKEN[how]}\n"
    solve.write_text(solve.read_text(encoding="utf-8") + spoilt, encoding="utf-8")
    assert run(folder, "run.py", *arguments(name, 3)).returncode != 0


HOSTILE = {
    "nothing": b"",
    "text": b"one two three\n",
    "a bare nan": b"nan\n" * 6,
    "negative": b"-1 0 1\n" * 6,
    "huge exponent": b"1e999999999\n" * 6,
    "many digits": b"9" * 100_000 + b"\n",
    "other digits": "٣ ١\n".encode(),
    "many rows": b"0\n" * 5000,
    "many numbers": b"0 " * 50_000 + b"0\n",
    "zeros": b"\0" * 1000,
    "blanks": b"0  1\n" * 6,
}


def test_hostile_files_are_refused_with_a_reason(tmp_path: Path) -> None:
    read_rows = _module(SUITE / "_common" / "decisions" / "decisions.py").read_rows
    answer = tmp_path / "answer.txt"
    answer.write_bytes(b"4 0 17\n\n1\n2\n3\n999999999\n")
    assert read_rows(str(answer), 6, 250) == [[4, 0, 17], [], [1], [2], [3], [999999999]]
    for what, data in HOSTILE.items():
        answer.write_bytes(data)
        with pytest.raises(SystemExit, match="^refused: .{1,300}$"):
            read_rows(str(answer), 6, 250)
            pytest.fail(what)
    with answer.open("wb") as file:
        file.truncate(1 << 32)
    with pytest.raises(SystemExit, match="more than 4000000 bytes"):
        read_rows(str(answer), 6, 250)
    answer.unlink()
    with pytest.raises(SystemExit, match="no regular file"):
        read_rows(str(answer), 6, 250)
    answer.symlink_to("/dev/zero")
    with pytest.raises(SystemExit, match="no regular file"):
        read_rows(str(answer), 6, 250)


@each
def test_an_empty_answer_is_refused(name: str, tmp_path: Path) -> None:
    folder = laid(name, tmp_path)
    (folder / "answer.txt").write_bytes(b"")
    _refused(folder, name, "nothing")
    (folder / "answer.txt").write_bytes(b"\n" * (1 if name == "cap_set_priority" else 6))
    _refused(folder, name, "empty rows")


def _refused(folder: Path, name: str, what: str) -> str:
    done = run(folder, "judge.py", *arguments(name, 3))
    assert done.returncode == 1 and "METRIC" not in done.stdout, what
    assert done.stderr.startswith("refused: ") and len(done.stderr) < 500, f"{what}: {done.stderr[-500:]}"
    return done.stderr


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("bin_packing_online", lambda row: [0] * len(row), "bin 0 holds"),
        ("bin_packing_online", lambda row: row[:-1], "decisions for 250 items"),
        ("bin_packing_online", lambda row: [row[0] + 1, *row[1:]], "would be the next one"),
        ("tsp_construction", lambda row: [*row[:-1], row[0]], "missing, or visited twice"),
        ("tsp_construction", lambda row: row[:-1], "79 cities; there are 80"),
        ("tsp_construction", lambda row: [*row[1:], row[0]], "not at 0"),
        ("cvrp_construction", lambda row: [stop for stop in row if stop], "a vehicle carries"),
        ("cvrp_construction", lambda row: row[1:], "missing, is served twice"),
        ("cvrp_construction", lambda row: [*row, row[0]], "missing, is served twice"),
        ("cvrp_construction", lambda row: [*row, 51], "or is none"),
        ("cap_set_priority", lambda row: [*row, row[0]], "there twice"),
        ("cap_set_priority", lambda row: [*row, 729], "no vector of 6 dimensions"),
        ("cap_set_priority", lambda row: [*row, 2], "on a line"),
    ],
)
def test_infeasible_decisions_are_refused(name: str, change, said: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    folder = laid(name, tmp_path)
    value(name, folder)
    first, *rest = (folder / "answer.txt").read_text(encoding="ascii").splitlines()
    changed = " ".join(map(str, change(list(map(int, first.split())))))
    (folder / "answer.txt").write_text("\n".join([changed, *rest]) + "\n", encoding="ascii")
    assert said in _refused(folder, name, said)


LOOKING = {
    "arguments": (
        "import sys\n\nif '3' in (*sys.argv, *sys.orig_argv):\n    raise RuntimeError('the seed is told')\n"
    ),
    "modules": "import colorsys, decimal, numpy\n",  # what is installed can be used
}
SPYING = {
    "generator": "import instances\n\ninstances.instances(3, 'validation')\n",
    "generator, looked for": (
        "import sys, os\n\nsys.path.append(os.path.dirname(__file__))\nimport instances\n"
    ),
    "command lines": "import os\n\n[open(f'/proc/{n}/cmdline').read() for n in range(1, os.getpid())]\n",
    "command lines by other functions": (
        "import os\n\nos.path._joinrealpath = lambda *a: (os.__file__, True)\n"
        "open(f'/proc/{os.getppid()}/cmdline').read()\n"
    ),
    "descriptors": "import os\n\nos.open('/proc/self/cmdline', os.O_RDONLY)\n",
    "links": "import os\n\nos.symlink('/proc/self/cmdline', 'cmdline.py')\n",
    "texts that lie": (
        "import os\n\nclass P(str):\n    def __getitem__(self, i):\n"
        "        return '' if i == slice(None, 0) else 'x.py'\n"
        "\nopen(P('/proc/self/cmdline')).read()\n"
    ),
    "programs": "import subprocess\n\nsubprocess.run(['ps', 'ax'])\n",
    "below programs": (
        "from multiprocessing.util import spawnv_passfds\n\nspawnv_passfds(b'/bin/ps', [b'ps', b'ax'], ())\n"
    ),
    "below all of them": "import _posixsubprocess\n\n_posixsubprocess.fork_exec(['ps'])\n",
}


@pytest.mark.parametrize("how", [*LOOKING, *SPYING])
def test_items_to_come_are_not_in_reach(how: str, tmp_path: Path) -> None:
    folder = laid("bin_packing_online", tmp_path)
    solve = folder / "solve.py"
    text = solve.read_text(encoding="utf-8")
    if how in LOOKING:
        solve.write_text(text + LOOKING[how], encoding="utf-8")
        assert value("bin_packing_online", folder) > 1
    else:
        solve.write_text(text + SPYING[how], encoding="utf-8")
        done = run(folder, "run.py", "3", "validation")
        said = "No module named 'instances'" if how == "generator" else "PermissionError: "
        assert done.returncode == 1 and said in done.stderr and not (folder / "answer.txt").exists()


def test_nothing_of_a_rule_outlives_its_decisions(tmp_path: Path) -> None:
    folder = laid("bin_packing_online", tmp_path)
    solve = folder / "solve.py"
    expected = value("bin_packing_online", folder)
    later = (
        "\nimport threading\n\ndef later():\n    threading.main_thread().join()\n"
        "    open('answer.txt', 'w').write('')\n\nthreading.Thread(target=later).start()\n"
    )
    solve.write_text(solve.read_text(encoding="utf-8") + later, encoding="utf-8")
    assert value("bin_packing_online", folder) == expected


def test_the_bound_of_bins_is_one() -> None:
    bound = module("bin_packing_online").bound
    assert bound(10, [6, 6, 6]) == 3  # no two of them fit; their sum alone would say 2
    assert bound(10, [5, 5, 5]) == 2
    assert bound(10, [7, 7, 3, 3, 1]) == 3
    assert bound(10, [10]) == 1


def test_the_bound_of_tours_is_below_the_best_one() -> None:
    instances = module("tsp_construction")
    for cities in instances.instances(5, "validation"):
        distances = instances.distances_of(cities[:7])
        tours = ([0, *rest, 0] for rest in itertools.permutations(range(1, 7)))
        best = min(sum(distances[a][b] for a, b in itertools.pairwise(tour)) for tour in tours)
        assert 0.9 * best < instances.bound(distances) <= best + 1e-6


def test_the_bound_of_rounds_is_below_the_best_ones() -> None:
    instances = module("cvrp_construction")
    one = instances.Instance(((0, 0), (0, 10), (0, 20), (10, 0)), (0, 60, 60, 40), 100)
    # Customer 1 alone and 2 with 3: 20 + 20 + 22 + 10; customer 2 alone and 1 with 3: 40 + 10 + 14 + 10.
    assert instances.bound(one) == pytest.approx(2 * (10 * 60 + 20 * 60 + 10 * 40) / 100)
    assert instances.bound(one) <= min(20 + 20 + 22 + 10, 40 + 10 + 14 + 10)
    far = instances.Instance(((0, 0), (0, 10), (0, 20)), (0, 1, 1), 100)
    assert instances.bound(far) == 20  # the tree; hardly anything is carried


@pytest.mark.slow
def test_the_knobs_of_the_seed_solutions_have_an_effect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in NAMES:
        job = load_job(SUITE / name / "repo")
        folder = laid(name, tmp_path / name)
        usual = value(name, folder) if job.knobs else 0.0
        for knob in job.knobs:
            assert knob.env and knob.high is not None and knob.low is not None
            other = knob.low if knob.default == knob.high else (knob.low + knob.high) / 2
            with monkeypatch.context() as patch:
                patch.setenv(knob.env, knob.text(int(other) if knob.type == "int" else other))
                assert value(name, folder) != usual, knob.name
