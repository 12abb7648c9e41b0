"""The word problems of the suite `modeling`: their texts, references and tasks."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from strop.benchmarks.leaderboard.tasks import common_folder, files_of, tasks_folder
from strop.benchmarks.modeling.problems import shared_package

SUITE = tasks_folder() / "modeling"
texts, reference = shared_package("problems"), shared_package("reference")
PROBLEMS = [(group, name) for group in texts.GROUPS for name in texts.problems_of(group)]
SEEDS = range(200, 203)


def _solutions(group: str, side: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        f"modeling_{group}_{side}", SUITE / f"modeling_{group}" / side / "solve.py"
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def _right(group: str, name: str, seed: int) -> float:
    return float(reference.answer(group, name, texts.instance(group, name, seed).data))


# --- texts and references -----------------------------------------------------------------------------


def test_there_are_forty_problems_and_more_in_nine_groups() -> None:
    assert len(texts.GROUPS) == 9 and len({name for _, name in PROBLEMS}) == len(PROBLEMS) >= 40
    assert {folder.name for folder in SUITE.glob("modeling_*")} == {f"modeling_{g}" for g in texts.GROUPS}


@pytest.mark.parametrize(("group", "name"), PROBLEMS)
def test_every_number_of_the_data_stands_in_the_text(group: str, name: str) -> None:
    for seed in range(20):
        one = texts.instance(group, name, seed)
        said = Counter(re.findall(r"\d+(?:\.\d+)?", one.text))
        assert not Counter(f"{abs(n):.4f}".rstrip("0").rstrip(".") for n in _numbers(one.data)) - said
        assert all(word in one.text for word in _words(one.data))
        assert one == texts.instance(group, name, seed) != texts.instance(group, name, seed + 1)


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, (int, float)):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _numbers(item)


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _words(item)


@pytest.mark.parametrize("group", texts.GROUPS)
def test_a_second_way_finds_the_same_number(group: str) -> None:
    """The known good solutions use no solver: a simplex in fractions, enumeration, closed forms, halving."""
    good = _solutions(group, "good")
    for name in texts.problems_of(group):
        for seed in SEEDS:
            one = texts.instance(group, name, seed)
            right = _right(group, name, seed)
            assert getattr(good, f"solve_{name}")(one.text, one.data) == pytest.approx(right, rel=2e-6), (
                name,
                seed,
            )


@pytest.mark.parametrize("group", texts.GROUPS)
def test_the_seed_solution_is_right_for_one_problem_and_not_for_most(group: str) -> None:
    seed, right = _solutions(group, "repo"), Counter[str]()
    for name in texts.problems_of(group):
        for number in SEEDS:
            one = texts.instance(group, name, number)
            value = getattr(seed, f"solve_{name}")(one.text, one.data)
            right[name] += reference.agrees(value, _right(group, name, number))
    assert right[texts.problems_of(group)[0]] == len(SEEDS)
    assert right.total() <= 0.7 * 5 * len(SEEDS)


def test_a_reference_without_an_answer_says_so() -> None:
    data = texts.instance("integer_easy", "school_trip", 1).data
    with pytest.raises(reference.Unsolved):
        reference.answer("integer_easy", "school_trip", {**data, "drivers": 0})
    assert not reference.agrees(float("nan"), 1.0) and not reference.agrees(1.001, 1.0)
    assert reference.agrees(1.00005, 1.0)


# --- tasks --------------------------------------------------------------------------------------------


def _laid(group: str, folder: Path, code: str | None = None) -> Path:
    """Lay a task's repository out, with another solve.py where one is given."""
    task = SUITE / f"modeling_{group}"
    common = ("problems", "reference", "harness", "apart")
    sources = [*(common_folder(task, name) for name in common), task / "repo"]
    for source in sources:
        for name in files_of(source):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source / name, folder / name)
    if code is not None:
        (folder / "solve.py").write_text(code, encoding="utf-8")
    return folder


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=env, capture_output=True, text=True, check=False
    )


def _accuracy(folder: Path, seed: str = "3") -> float:
    done = _run(folder, "run.py", seed)
    assert done.returncode == 0, done.stderr
    judged = _run(folder, "judge.py", seed)
    assert judged.returncode == 0, judged.stderr
    (value,) = re.findall(r"^METRIC accuracy=(\S+)$", judged.stdout, re.M)
    return float(value)


def _good(group: str) -> str:
    return (SUITE / f"modeling_{group}" / "good" / "solve.py").read_text(encoding="utf-8")


def test_the_good_version_of_a_task_answers_all_rightly_and_the_seed_some(tmp_path: Path) -> None:
    seed = _laid("nonlinear_easy", tmp_path / "seed")
    assert _run(seed, "-m", "unittest", "-q").returncode == 0
    assert 0.2 <= _accuracy(seed) < 0.6
    # A solver of scipy may be used: only the task's own files are closed.
    code = (
        _good("nonlinear_easy") + "\nfrom scipy.optimize import linprog\n\nlinprog([1], bounds=[(1, None)])\n"
    )
    good = _laid("nonlinear_easy", tmp_path / "good", code)
    assert _run(good, "-m", "unittest", "-q").returncode == 0
    assert _accuracy(good) == 1
    assert (good / "answer.txt").read_bytes() != (seed / "answer.txt").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("group", texts.GROUPS)
def test_every_task_works(group: str, tmp_path: Path) -> None:
    for side, code in (("seed", None), ("good", _good(group))):
        folder = _laid(group, tmp_path / side, code)
        assert _run(folder, "-m", "unittest", "-q").returncode == 0
        assert _accuracy(folder) == 1 if code else _accuracy(folder) < 0.8


CHEATS = {
    "import": "from reference import answer",
    "relative import": "from . import judge",
    "os": "import os",
    "open": "TEXT = open('judge.py').read()",
    "importing by name": "answer = __import__('reference')",
    "evaluated": "answer = eval('1')",
    "fetched by a text": "system = getattr(math, 'so_'[::-1])",
    "fetched by another function": "from operator import attrgetter",
    "evaluated by another function": "import typing\ntyping.get_type_hints(1)",
    "exchanged": "setattr(math, 'sqrt', abs)",
    "looked up": "math.__dict__['sqrt']",
    "classes": "().__class__.__base__.__subclasses__()",
    "a part of a library": "import numpy.ctypeslib",
    "matched": "match random:\n    case object(_os=o): pass",
    "no Python": "answer =",
}


def test_code_that_could_read_the_formulations_is_refused_by_test_and_run(tmp_path: Path) -> None:
    folder = _laid("nonlinear_easy", tmp_path)
    for line in CHEATS.values():
        (folder / "solve.py").write_text(f"{_good('nonlinear_easy')}\n{line}\n", encoding="utf-8")
        done = _run(folder, "run.py", "3")
        assert done.returncode == 1 and "solve.py: " in done.stderr, line
    (folder / "solve.py").write_text(f"import reference\n{_good('nonlinear_easy')}", encoding="utf-8")
    done = _run(folder, "-m", "unittest", "-q")
    assert done.returncode == 1 and "line 1: import of reference" in done.stderr


REACHES = {
    "numpy.fromfile('reference/nonlinear_easy.py', dtype='u1')": "PermissionError: no file may be opened",
    "os.open('../self/cwd/judge.py', 0, dir_fd=os.open('/dev/urandom', 0))": "PermissionError: no",
    "importlib.import_module('reference')": "ModuleNotFoundError: No module named 'reference'",
    "os.system('cat judge.py')": "PermissionError: os.system is not allowed",
    "os.path._joinrealpath = lambda *a: (sys.prefix, True); sys.path.append(os.path.dirname(__file__)); "
    "importlib.import_module('reference')": "PermissionError: no file may be opened",
}
"""What a text that hides its words may try, and what is said of that."""


def test_what_the_text_does_not_show_is_refused_while_it_runs(tmp_path: Path) -> None:
    code = "import importlib\nimport os\nimport sys\nimport numpy\n"
    for name, expression in zip(texts.problems_of("nonlinear_easy"), REACHES, strict=True):
        code += f"\n\ndef solve_{name}(text, data):\n    {expression}\n    return 1.0\n"
    folder = _laid("nonlinear_easy", tmp_path, code)
    assert _run(folder, "run.py", "3").returncode == 1
    # From here on nobody reads the text.
    (folder / "guard.py").write_text("def complaints(text):\n    return []\n", encoding="utf-8")
    done = _run(folder, "run.py", "3")
    assert done.returncode == 0, done.stderr
    for said in REACHES.values():
        assert done.stderr.count(said) >= 4, (said, done.stderr)
    assert (folder / "answer.txt").read_text(encoding="ascii").count(" none\n") == 20


ODD = {
    "ticket_price": "raise ValueError",
    "garden_fence": "return None",
    "order_size": "return float('nan')",
    "tin_can": "return '3'",
    "open_box": "print('METRIC accuracy=1.0')\n    data.clear()\n    return True",
}


def test_odd_answers_count_nothing(tmp_path: Path) -> None:
    code = "".join(f"def solve_{name}(text, data):\n    {body}\n\n\n" for name, body in ODD.items())
    folder = _laid("nonlinear_easy", tmp_path, code)
    assert _accuracy(folder) == 0
    done = _run(folder, "-m", "unittest", "-q")
    assert done.returncode == 1 and done.stderr.count("[") >= 4


HOSTILE: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "empty": (lambda lines: [], "20 answers are missing"),
    "one is missing": (lambda lines: lines[1:], "1 answers are missing"),
    "one more": (lambda lines: [*lines, "other 0 1.0\n"], "21 answers for 20"),
    "twice": (lambda lines: [*lines, lines[0]], "is answered twice"),
    "no number": (lambda lines: ["ticket_price 0 nan\n", *lines[1:]], "line 1: not a problem"),
    "too large": (lambda lines: ["ticket_price 0 1.0e999\n", *lines[1:]], "is not finite"),
    "large exponent": (lambda lines: ["ticket_price 0 1e9999\n", *lines[1:]], "line 1: not a problem"),
    "long": (lambda lines: ["9" * 70_000], "longer than 65536 bytes"),
    "other digits": (lambda lines: ["ticket_price 0 ١.0\n", *lines[1:]], "line 1: not a problem"),
}


@pytest.mark.parametrize("change", HOSTILE, ids=str)
def test_the_judge_refuses_a_file_that_no_run_writes(change: str, laid_answers: Path, tmp_path: Path) -> None:
    change_lines, said = HOSTILE[change]
    folder = shutil.copytree(laid_answers, tmp_path / "copy")
    lines = (folder / "answer.txt").read_text(encoding="ascii").splitlines(keepends=True)
    (folder / "answer.txt").write_text("".join(change_lines(lines)), encoding="utf-8")
    done = _run(folder, "judge.py", "3")
    assert done.returncode == 1 and said in done.stderr and "METRIC" not in done.stdout


@pytest.fixture(scope="module")
def laid_answers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = _laid("nonlinear_easy", tmp_path_factory.mktemp("laid"))
    assert _run(folder, "run.py", "3").returncode == 0
    return folder
