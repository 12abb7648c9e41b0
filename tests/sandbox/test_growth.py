"""How time grows with the size of the input: what jobs may say, and what runs show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from strop.candidate import BASELINE, Candidate, FileEdit
from strop.errors import ConfigError
from strop.extension import EnvironmentSpec
from strop.job import Job, parse_job
from strop.sandbox.backends import open_backend
from strop.sandbox.driving import at_size
from strop.sandbox.growth import growth
from strop.sandbox.snapshot import Snapshot
from strop.sandbox.stages import Stages
from strop.sizes import scaling_sentence

QUADRATIC = """\
def work(size):
    return sum(a < b for a in range(size) for b in range(size))
"""
LINEAR = "def work(size):\n    return size * (size - 1) // 2 + 0 * sum(range(200 * size))\n"
BENCH = "import sys\nfrom kernel import work\nprint(work(int(sys.argv[1])))\n"


def job(**more: Any) -> Job:
    commands = {
        "benchmark": "python bench.py {size}",
        "sizes": [1000, 2000, 4000],
        **more.pop("commands", {}),
    }
    data = {"target": {"files": ["kernel.py"]}, "sandbox": {"backend": "process"}, "commands": commands}
    return parse_job({**data, **more}, "strop.toml")


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"commands": {"sizes": [5]}}, r"commands.sizes: at least two .* found \[5\]"),
        ({"commands": {"sizes": [5, 5]}}, r"that rise; found \[5, 5\]"),
        ({"commands": {"sizes": [0, 5]}}, "from 1 up"),
        ({"commands": {"sizes": []}}, "{size} stands for a size; give commands.sizes"),
        ({"commands": {"benchmark": "python bench.py"}}, "commands.benchmark: {size} is missing"),
        (
            {"knobs": [{"name": "size", "type": "int", "low": 1, "high": 9, "default": 1}]},
            "give the knob 'size' another name",
        ),
        (
            {"commands": {"benchmark": ""}, "calls": {"function": "kernel:work", "inputs": "make"}},
            "calls.inputs: {size} is missing",
        ),
    ],
)
def test_wrong_sizes_say_what_is_allowed(more: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        job(**more)


def test_the_last_size_is_the_one_that_is_measured() -> None:
    assert at_size(job()).commands.benchmark == "python bench.py 4000"
    assert at_size(job(), 1000).commands.benchmark == "python bench.py 1000"
    calls = {"function": "kernel:work", "inputs": "make {seed} {size}"}
    found = at_size(job(commands={"benchmark": ""}, calls=calls), 2000)
    assert found.calls is not None and found.calls.inputs == "make {seed} 2000"
    knob = [{"name": "size", "type": "int", "low": 1, "high": 9, "default": 1}]  # {size} is the knob's here
    assert at_size(job(commands={"sizes": []}, knobs=knob)).commands.benchmark == "python bench.py {size}"


@pytest.mark.slow
def test_quadratic_and_linear_time_are_told_apart(tmp_path: Path) -> None:
    root, study = tmp_path / "r", tmp_path / "study"
    root.mkdir()
    study.mkdir()
    (root / "kernel.py").write_text(QUADRATIC, encoding="utf-8")
    (root / "bench.py").write_text(BENCH, encoding="utf-8")
    asked = job(commands={"sizes": [1000, 2000, 4000]})
    backend = open_backend("process", report=lambda text: None)
    snapshot = Snapshot.take(root, study, asked.target)
    stages = Stages(asked, snapshot, backend, backend.prepare(EnvironmentSpec()), label="test")
    found = growth(stages, stages.build(BASELINE))
    assert found["sizes"] == [1000, 2000, 4000] and found["exponent"] > 1.5
    assert scaling_sentence(found).startswith("CPU time grows with size ** ")
    linear = stages.build(Candidate((FileEdit("kernel.py", LINEAR),)))
    assert growth(stages, linear)["exponent"] < 1.2
    broken = stages.build(
        Candidate((FileEdit("kernel.py", "def work(size):\n    return 1 / (size - 2000)\n"),))
    )
    assert "how time grows is not known: " in scaling_sentence(growth(stages, broken))
