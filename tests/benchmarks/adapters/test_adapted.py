"""Folders of other tools become repositories with a job, and their evaluators run unchanged."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from tests.benchmarks.adapters.folders import (
    ALGOTUNE,
    BENCHMARKS,
    CASCADE,
    CONFIG,
    GAPS_GOOD,
    HYPERFINE,
    OPENEVOLVE,
    SHELL,
    SHINKA,
    write,
)

from strop.benchmarks.adapters import KINDS, Options, adapted, detect
from strop.benchmarks.adapters.algotune import solver_text
from strop.benchmarks.adapters.writing import is_adapted, warnings_of
from strop.errors import ConfigError
from strop.job import Job, load_job
from strop.sandbox.targets import TargetFiles

FOLDERS = {
    "openevolve": OPENEVOLVE,
    "shinkaevolve": SHINKA,
    "algotune": ALGOTUNE,
    "shell": SHELL,
    "pytest-benchmark": BENCHMARKS,
    "hyperfine": HYPERFINE,
}


def make(tmp_path: Path, kind: str, changed: Mapping[str, str] | None = None, **options: object) -> Path:
    source = write(tmp_path / "source", {**FOLDERS[kind], **(changed or {})})
    return adapted(kind, source, tmp_path / "made", Options(**options))  # type: ignore[arg-type]


def run(
    command: str, folder: Path, given: str = "", more: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command as a job does, at the root of the repository."""
    env = {
        **os.environ,
        **(more or {}),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(
        command, shell=True, cwd=folder, env=env, input=given, capture_output=True, text=True, check=False
    )


def score(folder: Path) -> float:
    """Return the last combined_score that the job's benchmark prints."""
    done = run(load_job(folder).commands.benchmark, folder)
    assert done.returncode == 0, done.stderr
    return float(done.stdout.strip().splitlines()[-1].removeprefix("METRIC combined_score="))


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_is_told_and_becomes_a_job(kind: str, tmp_path: Path) -> None:
    made = make(tmp_path, kind)
    assert detect(tmp_path / "source") == kind
    job = load_job(made)
    assert job.name == "source" and job.target.files
    assert is_adapted(made) and not is_adapted(tmp_path / "source")
    for name, text in FOLDERS[kind].items():
        assert (made / name).read_text(encoding="utf-8") == text


@pytest.mark.parametrize("kind", KINDS)
def test_who_measures_in_the_candidates_reach_is_self_reported(kind: str, tmp_path: Path) -> None:
    job = load_job(make(tmp_path, kind))
    assert job.verify.self_reported == (kind not in ("algotune", "hyperfine"))
    assert job.objective.measured == (kind in ("algotune", "hyperfine"))


def test_what_is_no_such_folder_is_refused(tmp_path: Path) -> None:
    empty = write(tmp_path / "empty", {"notes.txt": "", "data.json": "[1, 2"})
    assert detect(empty) is None and detect(tmp_path / "nowhere") is None
    for kind in KINDS:
        with pytest.raises(ConfigError):
            adapted(kind, empty, tmp_path / "made")
        assert not (tmp_path / "made").exists()
    with pytest.raises(ConfigError, match="unknown kind 'helix'; known: openevolve"):
        adapted("helix", empty, tmp_path / "made")
    source = write(tmp_path / "source", OPENEVOLVE)
    with pytest.raises(ConfigError, match="not empty"):
        adapted("openevolve", source, empty)
    with pytest.raises(ConfigError, match="lies in the folder"):
        adapted("openevolve", source, source / "made")
    write(tmp_path / "taken", {**OPENEVOLVE, "strop_adapter/x.py": ""})
    with pytest.raises(ConfigError, match="has a folder strop_adapter"):
        adapted("openevolve", tmp_path / "taken", tmp_path / "made")


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    source = write(tmp_path / "source", {**OPENEVOLVE, "data/small.txt": "1\n"})
    write(tmp_path / "private", {"key.txt": "secret\n"})
    (source / "near.txt").symlink_to("data/small.txt")
    assert (adapted("openevolve", source, tmp_path / "near") / "near.txt").read_text() == "1\n"
    for name, target in (
        ("far.txt", "../private/key.txt"),
        ("data/far.txt", str(tmp_path / "private/key.txt")),
    ):
        (source / name).symlink_to(target)
        said = f"{name}: leads out of the folder, to {tmp_path}/private/key.txt; put a copy"
        with pytest.raises(ConfigError, match=re.escape(said)):
            adapted("openevolve", source, tmp_path / "made")
        assert not (tmp_path / "made").exists()
        (source / name).unlink()
    # Through a link that git keeps, a second one leads out.
    (source / "hidden").symlink_to("../private")
    write(source, {".gitignore": "hidden\n"})
    (source / "around.txt").symlink_to("hidden/key.txt")
    with pytest.raises(ConfigError, match="around.txt: leads out of the folder"):
        adapted("openevolve", source, tmp_path / "made")


def test_settings_of_openevolve_are_kept_or_named(tmp_path: Path) -> None:
    made = make(tmp_path, "openevolve")
    job = load_job(made)
    assert job.budget.evaluations == 12 and job.sandbox.timeout_s == 90
    assert job.goal.startswith("Place six points") and "EVOLVE-BLOCK" in job.goal
    head = (made / "strop.toml").read_text(encoding="utf-8").splitlines()[:3]
    assert head[2] == "# Not used of config.yaml: llm, prompt.num_top_programs."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "not valid YAML"),
        ("- 1", "a mapping of settings"),
        ("evaluator: 3", "evaluator: a mapping"),
        ("max_iterations: 0", "max_iterations: a whole number of at least 1 is expected, not 0; change it"),
        ("max_iterations: 1.5", "max_iterations: a whole number of at least 1 is expected, not 1.5"),
        ("max_iterations: true", "max_iterations: a whole number of at least 1 is expected, not True"),
        (
            "max_iterations: '${N}'",
            r"max_iterations: a whole number of at least 1 is expected, not '\$\{N\}'",
        ),
        ("evaluator: {timeout: 0}", "evaluator.timeout: a number of seconds above 0 is expected, not 0"),
        ("evaluator: {timeout: .inf}", "evaluator.timeout: a number of seconds above 0 is expected, not inf"),
    ],
)
def test_a_broken_config_is_named(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=rf"config\.yaml: .*{said}"):
        make(tmp_path, "openevolve", {"config.yaml": text})


def test_whatever_a_setting_is_called_the_job_can_be_read(tmp_path: Path) -> None:
    text = '"bell\\a": 1\n"line\\nbreak": 2\n"\\u0085": 3\nmax_iterations: null\nevaluator: {timeout: 1.5}\n'
    made = make(tmp_path, "openevolve", {"config.yaml": text})
    job = load_job(made)
    assert (job.sandbox.timeout_s, job.budget.evaluations) == (
        1.5,
        Job.model_fields["budget"].default.evaluations,
    )
    assert r"bell\x07, line break, " in (made / "strop.toml").read_text(encoding="utf-8")


def test_an_openevolve_evaluator_runs_unchanged(tmp_path: Path) -> None:
    made = make(tmp_path, "openevolve")
    assert run(load_job(made).commands.test, made).stdout.startswith("ok 1 -")
    seed = score(made)
    assert 0 < seed < 0.9  # and not the 77 that the evaluator prints
    write(made, {"initial_program.py": GAPS_GOOD})
    assert score(made) == pytest.approx(1)


def test_stages_go_on_by_their_thresholds(tmp_path: Path) -> None:
    write(tmp_path / "source", CASCADE)
    made = adapted("openevolve", tmp_path / "source", tmp_path / "made")
    # 0.75 passes the first threshold; the mean of numbers, NaN left out: (0.75 + 3 + 0.5) / 3.
    assert score(made) == pytest.approx((0.75 + 3 + 0.5) / 3)
    write(made, {"initial_program.py": CASCADE["initial_program.py"].replace("3", "1")})
    assert score(made) == pytest.approx((0.25 + 0.5) / 2)


def test_features_are_no_part_of_a_score(tmp_path: Path) -> None:
    evaluator = 'def evaluate(path):\n    return {"accuracy": 0.9, "complexity": 340, "diversity": 7}\n'
    source = write(tmp_path / "source", {**OPENEVOLVE, "evaluator.py": evaluator})
    for config, expected in (
        (CONFIG, (0.9 + 7) / 2),  # complexity alone is named
        ("max_iterations: 3\n", 0.9),
        ("database: {feature_dimensions: [accuracy]}\n", (340 + 7) / 2),
        ("database: {feature_dimensions: []}\n", (0.9 + 340 + 7) / 3),
    ):
        write(source, {"config.yaml": config})
        made = adapted("openevolve", source, tmp_path / f"made-{expected:.2f}")
        assert score(made) == pytest.approx(expected)
    (source / "config.yaml").unlink()
    assert score(adapted("openevolve", source, tmp_path / "made")) == 0.9


def test_a_program_in_another_encoding_is_refused(tmp_path: Path) -> None:
    source = write(tmp_path / "source", OPENEVOLVE)
    (source / "initial_program.py").write_bytes("# coding: latin-1\n# für\n".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"initial_program.py: not UTF-8: .*; save it in that encoding"):
        adapted("openevolve", source, tmp_path / "made")


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        ('{"combined_score": float("nan")}', "no finite number"),
        ('{"combined_score": float("inf")}', "no finite number"),
        ('{"combined_score": [1.0, 2.0]}', "no finite number"),
        ('{"combined_score": 0.0, "error": "broken"}', "the evaluator says: broken"),
        ('{"combined_score": 5.0, "timeout": True}', "the evaluator says: timeout"),
        ('{"note": "no number"}', "no finite number"),
        ("None", "returned NoneType"),
        ("1 / 0", "ZeroDivisionError"),
        ("__import__('sys').exit(0)", "ended with exit code 1"),
        ("__import__('os')._exit(0)", "ended before the evaluator did"),
    ],
)
def test_what_is_no_score_fails(returned: str, said: str, tmp_path: Path) -> None:
    made = make(tmp_path, "openevolve", {"evaluator.py": f"def evaluate(path):\n    return {returned}\n"})
    done = run(load_job(made).commands.benchmark, made)
    assert done.returncode == 1 and said in done.stderr and "METRIC combined_score" not in done.stdout


def test_a_number_that_compares_as_it_likes_is_what_it_holds(tmp_path: Path) -> None:
    evaluator = """\
class Large(float):
    def __float__(self):
        return 1e9

    def __repr__(self):
        return "1e9"


def evaluate(path):
    return {"combined_score": Large(2.5)}
"""
    assert score(make(tmp_path, "openevolve", {"evaluator.py": evaluator})) == 2.5


SEED = OPENEVOLVE["initial_program.py"]


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (GAPS_GOOD.replace("[0, 1]", "[0, 1], evenly"), ""),
        (SEED.replace("import random", "import random, math"), "before the first EVOLVE block"),
        (SEED.replace("count=6", "count=7"), "after the last EVOLVE block"),
        (SEED.replace("# EVOLVE-BLOCK-END", "# end"), "after the last EVOLVE block"),
        (SEED.replace("    rng", "rng"), "doesn't parse"),
        ("", "before the first EVOLVE block"),
    ],
)
def test_only_marked_regions_may_change(program: str, said: str, tmp_path: Path) -> None:
    made = make(tmp_path, "openevolve")
    write(made, {"initial_program.py": program})
    done = run(load_job(made).commands.test, made)
    assert done.returncode == bool(said) and said in done.stderr


def test_a_shinka_evaluator_runs_unchanged(tmp_path: Path) -> None:
    made = make(tmp_path, "shinkaevolve")
    assert score(made) == pytest.approx(1 / (1 + 67 + 68 + 68))
    write(made, {"initial.py": SHINKA["initial.py"].replace("target // 3", "target")})
    assert score(made) == 1
    write(made, {"initial.py": SHINKA["initial.py"].replace("target // 3", "-target")})
    done = run(load_job(made).commands.benchmark, made)
    assert (
        done.returncode == 1 and "calls the program incorrect: Validation failed: out of range" in done.stderr
    )


def test_an_installed_tool_goes_before_its_stand_in(tmp_path: Path) -> None:
    evaluator = "import openevolve\nfrom openevolve.utils.code_utils import apply_diff\n\n\n"
    evaluator += "def evaluate(path):\n    return {'combined_score': apply_diff(openevolve.PART)}\n"
    made = make(tmp_path, "openevolve", {"evaluator.py": evaluator})
    command = load_job(made).commands.benchmark
    alone = run(command, made)
    assert alone.returncode == 1 and "No module named 'openevolve.utils'" in alone.stderr
    write(
        tmp_path / "installed" / "openevolve",
        {
            "__init__.py": "PART = 20\n",
            "utils/__init__.py": "",
            "utils/code_utils.py": "def apply_diff(part):\n    return part + 1\n",
        },
    )
    done = run(command, made, more={"PYTHONPATH": str(tmp_path / "installed")})
    assert done.stdout.endswith("METRIC combined_score=21.0\n"), done.stderr


def test_a_shinka_evaluator_may_be_a_script(tmp_path: Path) -> None:
    script = """\
import argparse, json, os, sys
if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--program_path")
    parser.add_argument("--results_dir")
    given = parser.parse_args()
    size = os.path.getsize(given.program_path)
    for name, data in (("metrics", {"combined_score": size}), ("correct", {"correct": True, "error": ""})):
        with open(os.path.join(given.results_dir, name + ".json"), "w") as file:
            json.dump(data, file)
    sys.exit(0)
"""
    made = make(tmp_path, "shinkaevolve", {"evaluate.py": script})
    assert score(made) == len(SHINKA["initial.py"])
    write(made, {"evaluate.py": "pass\n"})
    assert "wrote no correct.json" in run(load_job(made).commands.benchmark, made).stderr


def test_a_decorated_first_method_of_an_algotune_task_stays() -> None:
    text = ALGOTUNE["pairs.py"]
    start = text.index("class Pairs")
    body = text.index("\n", start) + 1
    helper = "    @staticmethod\n    def helper(x):\n        return x + 1\n\n"
    names: dict[str, object] = {}
    exec(compile(solver_text(text[:body] + helper + text[body:], "Pairs"), "solver.py", "exec"), names)
    assert names["Solver"]().helper(1) == 2  # type: ignore[operator]


def test_the_seed_of_an_algotune_task_is_its_own_solve() -> None:
    text = solver_text(ALGOTUNE["pairs.py"], "Pairs")
    names: dict[str, object] = {}
    exec(compile(text, "solver.py", "exec"), names)
    solver = names["Solver"]()  # type: ignore[operator]
    assert solver.solve({"numbers": [1, 2, 5], "sum": 7}) == (2, 5)
    assert not hasattr(solver, "is_solution") and "AlgoTune" not in text and solver.most == 1_000_000


def answered(folder: Path, seed: int) -> subprocess.CompletedProcess[str]:
    """Have the worker answer the problems of a seed."""
    job = load_job(folder)
    assert job.calls is not None
    inputs = run(job.calls.inputs.replace("{seed}", str(seed)), folder).stdout.splitlines()
    requests = "".join(f'{{"nonce": "n{at}", "input": {line}}}\n' for at, line in enumerate(inputs))
    return run(job.calls.command, folder, requests)


def judged(folder: Path, seed: int, lines: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Have replies judged, as strop hands them to the command."""
    file = folder.parent / "received"
    file.write_text("\n".join(lines), encoding="utf-8")
    command = load_job(folder).commands.evaluate.replace("{seed}", str(seed))
    return run(command, folder, more={"STROP_OUTPUT": str(file)})


def received(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return a worker's replies without their nonces, in the form in which strop keeps them."""
    assert done.returncode == 0, done.stderr
    replies = [json.loads(line) for line in done.stdout.splitlines()[1:]]
    assert [reply.pop("nonce") for reply in replies] == [f"n{at}" for at in range(len(replies))]
    return [json.dumps(reply, sort_keys=True) for reply in replies]


def test_solutions_are_judged_by_the_tasks_own_judge(tmp_path: Path) -> None:
    made = make(tmp_path, "algotune", size=30, count=2)
    assert run(load_job(made).commands.test, made).stdout.startswith("ok 1 -")
    answers = received(answered(made, 5))
    assert judged(made, 5, answers).returncode == 0
    assert judged(made, 5, answers[2:3]).returncode == 0  # a first call in a new process
    assert "is_solution says no" in judged(made, 6, answers).stderr
    for lines, said in (
        ([*answers[:2], answers[1], answers[3]], "answer 3 is for problem 1"),
        ([answers[1], answers[0], *answers[2:]], "answer 1 is for problem 1"),
        (answers[:3], "3 answers to 4 problems"),
        ([*answers, answers[0]], "5 answers to 4 problems"),
        ([], "0 answers to 4 problems"),
        (["{}"], "can't be read"),
        (['{"output": {"number": 0, "solution": {"array": ["|O", [1], ""]}}}'], "no array of |O"),
        (['{"output": {"number": true, "solution": 1}}'], "is for problem True"),
        (['{"output": {"number": 4, "solution": 1}}'], "is for problem 4"),
    ):
        done = judged(made, 5, lines)
        assert done.returncode == 1 and said in done.stderr
    alone = run(load_job(made).commands.evaluate.replace("{seed}", "5"), made, more={"STROP_OUTPUT": ""})
    assert alone.returncode == 1 and "STROP_OUTPUT is not set" in alone.stderr


def test_nothing_that_the_solver_can_write_is_judged(tmp_path: Path) -> None:
    made = make(tmp_path, "algotune", size=30, count=1)
    job = load_job(made)
    assert job.verify.outputs == () and not job.verify.same_results
    before = sorted(path for path in made.rglob("*") if path.is_file())
    once = "class Solver:\n    first = None\n\n    def solve(self, problem):\n"
    once += "        self.first = self.first or self.search(problem)\n        return self.first\n\n"
    once += "    def search(self, problem):\n        numbers = problem['numbers']\n"
    once += "        return next((a, b) for a in numbers for b in numbers if a + b == problem['sum'])\n"
    write(made, {"solver.py": once})
    answers = received(answered(made, 5))
    assert sorted(path for path in made.rglob("*") if path.is_file()) == before
    write(made, {"solutions.jsonl": json.dumps(json.loads(answers[0])["output"]) + "\n"})
    done = judged(made, 5, answers)
    assert done.returncode == 1 and "problem 1 of seed 5: is_solution says no" in done.stderr


def test_the_candidates_own_judge_counts_for_nothing(tmp_path: Path) -> None:
    made = make(tmp_path, "algotune", size=30, count=1)
    lying = "class Solver:\n    def solve(self, problem):\n        return 0, 0\n"
    lying += "\n    def is_solution(self, *_):\n        return True\n"
    write(made, {"solver.py": lying})
    assert "is_solution says no" in judged(made, 5, received(answered(made, 5))).stderr
    assert run(load_job(made).commands.test, made).returncode == 1


def test_arrays_go_through(tmp_path: Path) -> None:
    task = ALGOTUNE["pairs.py"].replace("[rng.randrange(self.most) for _ in range(n)]", "np.arange(n) * 1.5j")
    task = task.replace("numbers[-1] + numbers[-2]}", '(numbers.sum(), {3}, b"x", float("nan"))}')
    task = task.replace("import random", "import random\n\nimport numpy as np")
    task = (
        task[: task.index("        for a in")]
        + '        return problem["numbers"].copy(), problem["sum"]\n\n'
    )
    task += "    def is_solution(self, problem, solution):\n"
    task += '        same = (solution[0] == problem["numbers"]).all() and solution[0].dtype == complex\n'
    task += '        return same and repr(solution[1]) == repr(problem["sum"])\n'
    made = make(tmp_path, "algotune", {"pairs.py": task}, size=3, count=1)
    done = judged(made, 2, received(answered(made, 2)))
    assert done.returncode == 0, done.stderr


def test_a_script_names_its_metric(tmp_path: Path) -> None:
    job = load_job(make(tmp_path, "shell"))
    assert job.objective.name == "steps" and job.objective.direction == "minimize"
    assert job.commands.benchmark == "sh metric.sh" and job.commands.test == "sh checks.sh"
    assert job.target.exclude == ("checks.sh", "metric.sh", "strop_adapter/**")
    job = load_job(
        adapted(
            "shell", tmp_path / "source", tmp_path / "other",
            Options(command="python work.py", metric="x", maximize=True, effect=0.5),
        )
    )  # fmt: skip
    assert job.objective.direction == "maximize" and job.objective.minimum_effect == 0.5
    assert "work.py" in job.target.exclude
    write(tmp_path / "source", {"metric.sh": "echo nothing\n"})
    with pytest.raises(ConfigError, match="no METRIC name= in metric.sh"):
        adapted("shell", tmp_path / "source", tmp_path / "third")


def test_any_command_is_taken_or_refused_in_a_sentence(tmp_path: Path) -> None:
    source = write(tmp_path / "source", SHELL)
    with pytest.raises(
        ConfigError, match='command "python -c \'x" is no shell command: No closing quotation'
    ):
        adapted("shell", source, tmp_path / "made", Options(command="python -c 'x"))
    long = f"python -c {'x' * 300}"
    with pytest.raises(ConfigError, match="no METRIC name= in python -c xxx.*; give the metric's name"):
        adapted("shell", source, tmp_path / "made", Options(command=long))
    assert load_job(adapted("shell", source, tmp_path / "made", Options(command=long, metric="x")))
    # A file is known by its name, however the command writes it, and only where it is the folder's own.
    job = load_job(adapted("shell", source, tmp_path / "other", Options(command="/bin/sh ./metric.sh")))
    assert job.objective.name == "steps"
    assert job.target.exclude == ("checks.sh", "metric.sh", "strop_adapter/**")


@pytest.mark.parametrize("kind", ["shell", "pytest-benchmark", "hyperfine"])
def test_what_strop_adds_is_no_target(kind: str, tmp_path: Path) -> None:
    made = make(tmp_path, kind, clock="tool", files=("**",))
    assert "strop_adapter/metric.py" not in TargetFiles(load_job(made).target)
    assert "work.py" in TargetFiles(load_job(made).target)


def reading(job: Job) -> str:
    """Return the part of a benchmark command that reads the JSON file."""
    return job.commands.benchmark.rpartition(" && ")[2]


def test_a_json_file_gives_the_metric(tmp_path: Path) -> None:
    made = make(tmp_path, "pytest-benchmark")
    job = load_job(made)
    assert job.objective.name == "median_s"
    assert "--benchmark-json=adapter-results.json test_sums.py::test_total" in job.commands.benchmark
    write(made, {"adapter-results.json": BENCHMARKS["times.json"]})
    assert run(reading(job), made).stdout.startswith("METRIC median_s=0.004")  # of 0.002 and 0.008
    for text, said in (
        ('{"benchmarks": []}', "'test_sums.py::test_total' is None"),
        (BENCHMARKS["times.json"].replace("0.002", "NaN"), "no time in s"),
        (BENCHMARKS["times.json"].replace("0.002", "-1"), "no time in s"),
        ("[]", "is no result of pytest-benchmark"),
        ("{", "is no result of pytest-benchmark"),
    ):
        write(made, {"adapter-results.json": text})
        done = run(reading(job), made)
        assert done.returncode == 1 and said in done.stderr and not done.stdout


def test_the_same_command_runs_under_strops_clock_where_it_can(tmp_path: Path) -> None:
    assert load_job(make(tmp_path, "hyperfine")).commands.benchmark == "python count.py"
    by_tool = load_job(
        adapted("hyperfine", tmp_path / "source", tmp_path / "tool", Options(clock="tool", statistic="min"))
    )
    assert by_tool.objective.name == "min_s" and by_tool.verify.self_reported
    write(tmp_path / "tool", {"adapter-results.json": HYPERFINE["times.json"]})
    assert run(reading(by_tool), tmp_path / "tool").stdout == "METRIC min_s=0.019\n"
    write(tmp_path / "tests", BENCHMARKS)
    once = load_job(
        adapted("pytest-benchmark", tmp_path / "tests", tmp_path / "once", Options(clock="strop"))
    )
    assert once.objective.name == "time" and not once.verify.self_reported
    two = json.dumps({"results": [{"command": name, "mean": 1} for name in ("a", "b")]})
    write(tmp_path / "source", {"times.json": two})
    with pytest.raises(ConfigError, match="2 commands; give one: 'a', 'b'"):
        adapted("hyperfine", tmp_path / "source", tmp_path / "third")


def test_what_prints_the_metric_is_closed_where_something_else_is_left(tmp_path: Path) -> None:
    files = {
        "metric.sh": "#!/bin/bash\nset -euo pipefail\npython bench.py\n",
        "bench.py": "import work\n\nprint(f'METRIC steps={work.steps()}')\n",
        "work.py": "def steps():\n    return 40\n",
    }
    source = write(tmp_path / "s", files)
    # The metric's name is in a file that the script runs, so it has to be said.
    adapted("shell", source, tmp_path / "a", Options(metric="steps"))
    job = load_job(tmp_path / "a")
    assert job.commands.benchmark == "bash metric.sh"
    assert job.target.exclude == ("bench.py", "metric.sh", "strop_adapter/**")
    (source / "work.py").unlink()
    adapted("shell", source, tmp_path / "b", Options(metric="steps"))
    assert "bench.py" not in load_job(tmp_path / "b").target.exclude


COMPILED_FOLDER = {
    "count.c": "int main(void) { return 0; }\n",
    "lib/more.c": "int more;\n",
    "times.json": json.dumps({"results": [{"command": "./count", "mean": 0.02}]}),
}


def test_what_has_to_be_built_is_built_or_warned_of(tmp_path: Path) -> None:
    source = write(tmp_path / "source", COMPILED_FOLDER)
    (warning,) = warnings_of(adapted("hyperfine", source, tmp_path / "bare"))
    assert (
        warning.startswith("WARNING: no command builds count.c and 1 more: unless") and "--build" in warning
    )
    made = adapted("hyperfine", source, tmp_path / "made", Options(build="cc -o count count.c", clock="tool"))
    assert load_job(made).commands.build == "cc -o count count.c" and warnings_of(made) == []
    # What candidates can't edit needs no building.
    assert warnings_of(adapted("hyperfine", source, tmp_path / "other", Options(files=("*.py",)))) == []


@pytest.mark.parametrize("kind", ["shell", "pytest-benchmark"])
def test_each_kind_that_runs_a_command_takes_a_build_command(kind: str, tmp_path: Path) -> None:
    made = make(tmp_path, kind, {"fast.rs": "// a part\n"}, build="cargo build")
    assert load_job(made).commands.build == "cargo build" and warnings_of(made) == []
    assert len(warnings_of(adapted(kind, tmp_path / "source", tmp_path / "bare"))) == 1


def test_a_build_command_that_would_be_left_aside_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="build: openevolve folders build what they need themselves"):
        make(tmp_path, "openevolve", build="make")


NEEDING = {
    "evaluator.py": "import os\nimport numpy as np\nfrom helpers.draw import plot\n"
    "try:\n    import cupy\nexcept ImportError:\n    cupy = None\n"
    "from contextlib import suppress\nwith suppress(ImportError):\n    import jax\n\n"
    "def evaluate(path):\n    import sklearn.linear_model\n    return {'combined_score': 1.0}\n",
    "initial_program.py": "from typing import TYPE_CHECKING\n"
    "if TYPE_CHECKING:\n    import torch\nimport tools\n",
    "helpers/__init__.py": "",
    "helpers/draw.py": "import yaml\nfrom . import colours\n",
    "helpers/colours.py": "from PIL import Image\n",
    "tools.py": "from . import helpers\nfrom openevolve.evaluation_result import EvaluationResult\n"
    "import scipy.optimize as so\n",
    "unused.py": "import pandas\n",
}


def test_what_a_folder_imports_is_installed(tmp_path: Path) -> None:
    made = make(tmp_path, "openevolve", NEEDING)
    assert load_job(made).commands.setup == ("python -m pip install numpy pillow pyyaml scikit-learn scipy",)
    assert (
        "There is no requirements.txt: setup installs what evaluator.py" in (made / "strop.toml").read_text()
    )


NESTED = {
    "evaluator.py": "import os\nimport sys\n\n"
    "sys.path.insert(0, os.path.join(os.path.dirname(__file__), 'lib'))\n"
    "import scoring\nimport rules.first\n\ndef evaluate(path):\n    return {'combined_score': 1.0}\n",
    "lib/scoring.py": "import scipy\nimport weights\n",
    "lib/rules/first.py": "import numpy\n",
    "lib/weights/table.csv": "1\n",
}


def test_a_name_that_the_folder_has_anywhere_is_nobody_elses_package(tmp_path: Path) -> None:
    assert load_job(make(tmp_path, "openevolve", NESTED)).commands.setup == (
        "python -m pip install numpy scipy",
    )


@pytest.mark.parametrize(
    ("changed", "options", "setup"),
    [
        ({}, {}, ()),
        ({**NEEDING, "requirements.txt": "numpy"}, {}, ("python -m pip install -r requirements.txt",)),
        (NEEDING, {"setup": ("pip install numpy==2.0",)}, ("pip install numpy==2.0",)),
    ],
)
def test_a_folder_or_its_user_says_what_to_install(
    tmp_path: Path, changed: Mapping[str, str], options: Mapping[str, object], setup: tuple[str, ...]
) -> None:
    assert load_job(make(tmp_path, "openevolve", changed, **options)).commands.setup == setup


def test_an_empty_setup_command_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="setup: a command is empty"):
        make(tmp_path, "shell", setup=(" ",))
