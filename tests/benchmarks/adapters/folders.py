"""Small folders in the shapes that other tools want, for tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

__all__ = [
    "ALGOTUNE",
    "BENCHMARKS",
    "CASCADE",
    "CONFIG",
    "FASTER_SOLVER",
    "GAPS_GOOD",
    "HYPERFINE",
    "OPENEVOLVE",
    "SHELL",
    "SHINKA",
    "write",
]


def write(folder: Path, content: Mapping[str, str]) -> Path:
    """Write files of a folder, and return it."""
    for name, text in content.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


GAPS = '''\
"""Places points on a line as far from each other as it can."""
import random

# EVOLVE-BLOCK-START
def place(count):
    """Return positions in [0, 1]."""
    rng = random.Random(count)
    return sorted(rng.random() for _ in range(count))
# EVOLVE-BLOCK-END


def run(count=6):
    """Return the positions, and the least gap between them."""
    points = place(count)
    return points, min(b - a for a, b in zip(points, points[1:]))
'''
GAPS_GOOD = GAPS.replace(
    "    rng = random.Random(count)\n    return sorted(rng.random() for _ in range(count))\n",
    "    return [number / (count - 1) for number in range(count)]\n",
)

GAPS_EVALUATOR = """\
import importlib.util

from openevolve.evaluation_result import EvaluationResult


def evaluate(program_path):
    spec = importlib.util.spec_from_file_location("program", program_path)
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    points, _ = program.run()
    print("METRIC combined_score=77")
    if len(points) != 6 or min(points) < 0 or max(points) > 1:
        return {"combined_score": 0.0, "error": "not six points of the unit interval"}
    gap = min(b - a for a, b in zip(points, points[1:]))
    return EvaluationResult(metrics={"gap": gap, "combined_score": 5 * gap}, artifacts={"first": points[0]})
"""

CONFIG = """\
max_iterations: 12
llm:
  primary_model: "some/model"
prompt:
  system_message: |
    Place six points as far from each other
    as possible.
  num_top_programs: 3
evaluator:
  timeout: 90
  cascade_evaluation: false
database:
  feature_dimensions: ["complexity"]
"""

OPENEVOLVE = {"initial_program.py": GAPS, "evaluator.py": GAPS_EVALUATOR, "config.yaml": CONFIG}
"""A folder of OpenEvolve: points on a line, 1.0 is the best score."""

CASCADE = {
    "initial_program.py": "# EVOLVE-BLOCK-START\nVALUE = 3\n# EVOLVE-BLOCK-END\n",
    "evaluator.py": """\
import runpy


def value(path):
    return runpy.run_path(path)["VALUE"]


def evaluate(path):
    raise AssertionError("there are stages")


def evaluate_stage1(path):
    return {"cheap": value(path) / 4, "error": 0.5}


def evaluate_stage2(path):
    return {"dear": float(value(path)), "lost": float("nan")}
""",
}
"""A folder of OpenEvolve whose evaluator has two stages and no combined_score."""

SHINKA = {
    "initial.py": """\
# EVOLVE-BLOCK-START
def guess(target):
    return target // 3
# EVOLVE-BLOCK-END


def run_experiment(target):
    return guess(target)
""",
    "evaluate.py": '''\
from shinka.core import run_shinka_eval


def aggregate(results):
    off = sum(abs(result - 100 - run) for run, result in enumerate(results))
    said = f"off by {off}"
    return {"combined_score": 1 / (1 + off), "public": {"off": off}, "private": {}, "text_feedback": said}


def main(program_path: str, results_dir: str):
    """Evaluate a program."""
    run_shinka_eval(
        program_path=program_path,
        results_dir=results_dir,
        experiment_fn_name="run_experiment",
        num_runs=3,
        get_experiment_kwargs=lambda run: {"target": 100 + run},
        validate_fn=lambda result: (isinstance(result, int) and 0 <= result <= 1000, "out of range"),
        aggregate_metrics_fn=aggregate,
    )
''',
}
"""A folder of ShinkaEvolve: numbers to guess, 1.0 is the best score."""

ALGOTUNE = {
    "pairs.py": '''\
import random
from typing import Any

from AlgoTuneTasks.base import Task, register_task


@register_task("pairs")
class Pairs(Task):
    """Two numbers of a list with a given sum; many may have it."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.most = 1_000_000

    def generate_problem(self, n: int, random_seed: int = 1) -> dict[str, Any]:
        rng = random.Random(random_seed)
        numbers = [rng.randrange(self.most) for _ in range(n)]
        return {"numbers": numbers, "sum": numbers[-1] + numbers[-2]}

    def solve(self, problem: dict[str, Any]) -> tuple[int, int]:
        for a in problem["numbers"]:
            for b in problem["numbers"]:
                if a + b == problem["sum"]:
                    return a, b
        raise ValueError("there is none")

    def is_solution(self, problem: dict[str, Any], solution: Any) -> bool:
        if not isinstance(solution, tuple) or len(solution) != 2:
            return False
        return sum(solution) == problem["sum"] and set(solution) <= set(problem["numbers"])
''',
    "description.txt": "Find two numbers with a given sum.\n",
}
"""A task in the shape of AlgoTune's."""

FASTER_SOLVER = '''\
class Solver:
    """Two numbers of a list with a given sum."""

    def solve(self, problem):
        known = set(problem["numbers"])
        for a in reversed(problem["numbers"]):
            if problem["sum"] - a in known:
                return problem["sum"] - a, a
        raise ValueError("there is none")
'''

SHELL = {
    "work.py": "def steps():\n    return 40\n",
    "metric.sh": "python -c 'import work; print(f\"METRIC steps={work.steps()}\")'\n",
    "checks.sh": "python -c 'import work; assert work.steps() > 0'\n",
}
"""A folder with a script that prints a metric."""

HYPERFINE = {
    "count.py": "print(sum(range(1000)))\n",
    "times.json": json.dumps(
        {"results": [{"command": "python count.py", "mean": 0.02, "median": 0.02, "min": 0.019}]}
    ),
}
"""A folder with results of hyperfine."""

BENCHMARKS = {
    "sums.py": "def total(n):\n    return sum(range(n))\n",
    "test_sums.py": "from sums import total\n\n\ndef test_total(benchmark):\n    benchmark(total, 5)\n",
    "times.json": json.dumps(
        {
            "benchmarks": [
                {"fullname": f"test_sums.py::test_{name}", "stats": {"mean": mean, "median": 2 * mean}}
                for name, mean in (("total", 0.001), ("other", 0.004))
            ]
        }
    ),
}
"""A folder with results of pytest-benchmark."""
