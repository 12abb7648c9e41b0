"""`strop bench validate` passes a sound task and refuses planted bad ones."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from strop.benchmarks.leaderboard.probes import PROBES
from strop.benchmarks.leaderboard.tasks import load_task
from strop.benchmarks.leaderboard.validating import Check, validate_task

pytestmark = pytest.mark.slow


def _checks(folder: Path, *, fail_fast: bool = False) -> dict[str, Check]:
    found = validate_task(load_task(folder), sandbox="bubblewrap", fail_fast=fail_fast)
    return {check.name: check for check in found}


def _edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def _write(folder: Path) -> Path:
    """Write a small task: sums of numbers that occur in a second list."""
    repository = folder / "repo"
    (folder / "good").mkdir(parents=True)
    repository.mkdir()
    (folder / "task.toml").write_text(CARD, encoding="utf-8")
    (repository / "strop.toml").write_text(JOB, encoding="utf-8")
    (repository / "solve.py").write_text(SLOW, encoding="utf-8")
    (repository / "inputs.py").write_text(INPUTS, encoding="utf-8")
    (repository / "test_solve.py").write_text(TESTS, encoding="utf-8")
    fast = SLOW.replace("    return [", "    right = set(right)\n    return [")
    (folder / "good" / "solve.py").write_text(fast, encoding="utf-8")
    return folder


CARD = """\
title = "Shared numbers"
description = "Which numbers of one list are in another."
licence = "Apache-2.0"
slowness = "a list is searched"
hot = "solve.py:solve"

[best]
ratio = 3.0
source = "good/"
"""

JOB = """\
name = "small"

[target]
files = ["solve.py"]

[commands]
test = "python -m unittest -v"

[calls]
function = "solve:solve"
inputs = "python inputs.py {seed}"

[[metrics]]
name = "cpu_time"

[sandbox]
profilers = false
"""

SLOW = '''\
"""Numbers that two lists share."""


def solve(left, right):
    """Return the numbers of `left` that are also in `right`."""
    return [number for number in left if number in right]
'''

INPUTS = """\
import random
import sys

draw = random.Random(int(sys.argv[1]))
for _ in range(8):
    print([[draw.randrange(4000) for _ in range(700)], [draw.randrange(4000) for _ in range(700)]])
"""

TESTS = """\
import unittest

from solve import solve


class SolveTest(unittest.TestCase):
    def test_order_is_kept(self):
        self.assertEqual(solve([3, 1, 2, 3], [3, 2]), [3, 2, 3])

    def test_nothing(self):
        self.assertEqual(solve([], []), [])
"""


def test_a_sound_task_passes(tmp_path: Path) -> None:
    checks = _checks(_write(tmp_path / "small"))
    assert [check.name for check in checks.values() if not check.ok] == []
    assert set(checks) >= {"seed solution", "instances", "doing nothing", "known good version", *PROBES}
    assert "times faster" in checks["known good version"].detail


BLIND = """\
import sys

from solve import solve

for number in range(2):
    solve(list(range(900)), list(range(1800 + int(sys.argv[1]) % 97, 0, -1)))
print("done with", sys.argv[1])
"""

BOAST = """\
import sys

from solve import solve

print("METRIC score=1")
print(solve([1], [int(sys.argv[1])]))
"""


def _with_command(folder: Path, verify: str, bench: str) -> None:
    """Have a command measured instead of calls: what it prints may be ignored, replies may not."""
    file = folder / "repo" / "strop.toml"
    job = file.read_text(encoding="utf-8")
    job = job[: job.index("[calls]")] + f"[verify]\n{verify}\n\n" + job[job.index("[[metrics]]") :]
    job = job.replace('unittest -v"', 'unittest -v"\nbenchmark = "python bench.py {seed}"')
    file.write_text(job, encoding="utf-8")
    (folder / "repo" / "bench.py").write_text(bench, encoding="utf-8")


def _blind(folder: Path) -> None:
    """What is printed hangs on no result, and the tests look at nothing."""
    tests = folder / "repo" / "test_solve.py"
    _edit(tests, "[3, 2, 3])", "solve([3, 1, 2, 3], [3, 2]))")
    _edit(tests, "[]), [])", "[]), solve([], []))")
    _with_command(folder, "behaviour = false", BLIND)


def _one_instance(folder: Path) -> None:
    _edit(folder / "repo" / "inputs.py", "int(sys.argv[1])", "7")


def _no_better(folder: Path) -> None:
    (folder / "good" / "solve.py").write_text(SLOW + "# faster, surely\n", encoding="utf-8")


def _own_word(folder: Path) -> None:
    _edit(folder / "repo" / "strop.toml", 'name = "cpu_time"', 'name = "score"\ndirection = "maximize"')
    _with_command(folder, "self_reported = true", BOAST)


def _control_with_gain(folder: Path) -> None:
    _edit(folder / "task.toml", "hot = ", "control = true\nhot = ")


def _failing(folder: Path) -> None:
    _edit(folder / "repo" / "test_solve.py", "[3, 2, 3])", "[3, 2])")


@pytest.mark.parametrize(
    ("spoil", "name"),
    [
        (_blind, "empty"),
        (_one_instance, "instances"),
        (_no_better, "known good version"),
        (_own_word, "seed solution"),
        (_control_with_gain, "known good version"),
        (_failing, "seed solution"),
    ],
)
def test_a_bad_task_is_refused(tmp_path: Path, spoil: Callable[[Path], None], name: str) -> None:
    folder = _write(tmp_path / "small")
    spoil(folder)
    checks = _checks(folder, fail_fast=True)
    assert [check.name for check in checks.values() if not check.ok] == [name]


def test_a_repository_without_a_card_is_told(tmp_path: Path) -> None:
    folder = _write(tmp_path / "small")
    shutil.copytree(folder / "repo", tmp_path / "plain")
    (check,) = _checks(tmp_path / "plain").values()
    assert not check.ok and "task.toml" in check.detail
