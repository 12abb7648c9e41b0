"""The evaluator on real repositories: seeds, tolerances, policies, qualities, calls."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from strop.candidate import BASELINE, Candidate, FileEdit
from strop.errors import ConfigError
from strop.extension import EnvironmentSpec
from strop.job import Metric, parse_job
from strop.sandbox.backends import open_backend
from strop.sandbox.baseline import Baseline, fits_one_cpu
from strop.sandbox.checks import Checks
from strop.sandbox.driving import Inputs
from strop.sandbox.evaluator import Evaluator
from strop.sandbox.measure.pairs import measure_pairs
from strop.sandbox.snapshot import Snapshot
from strop.sandbox.stages import BenchmarkRun, StageFailure, Stages
from strop.trial import Failure, Trial, TrialState, Verdict

pytestmark = pytest.mark.slow

CODE = """\
def work(number):
    total = 0
    for i in range(60_000):
        total += i % 7
    return number * 3 + total * 0
"""
FASTER = CODE.replace("60_000", "6_000")
BENCH = """\
import sys
from kernel import work
seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
print([work(seed + n) for n in range(8)])
"""


class Place:
    """A repository, its evaluator, and a counter of trials."""

    def __init__(self, folder: Path, files: dict[str, str], **job: Any) -> None:
        root = folder / "repository"
        root.mkdir()
        for name, text in files.items():
            (root / name).write_text(text, encoding="utf-8")
        data = {
            "target": {"files": ["kernel.py"]},
            "sandbox": {"backend": "process"},
            "verify": {"behaviour": False, **job.pop("verify", {})},
            **job,
        }
        self.job = parse_job(data, "strop.toml")
        study = folder / "study"
        study.mkdir()
        snapshot = Snapshot.take(root, study, self.job.target)
        backend = open_backend("process", report=lambda text: None)
        self.stages = stages = Stages(
            self.job, snapshot, backend, backend.prepare(EnvironmentSpec()), label="test"
        )
        self.evaluator = Evaluator(stages, folder=study / "trials", seed=0)
        _, self.baseline = self.evaluator.baseline(_row(0, BASELINE))

    def evaluate(self, candidate: Candidate) -> Trial:
        return self.evaluator.evaluate(candidate, _row(1, candidate), self.baseline)


def _row(number: int, candidate: Candidate) -> Trial:
    return Trial(number, candidate.id, candidate.author, TrialState.RUNNING)


def edited(text: str) -> Candidate:
    return Candidate((FileEdit("kernel.py", text),), author="test")


def command(**commands: str) -> dict[str, Any]:
    return {"commands": {"benchmark": "python bench.py {seed}", **commands}}


def test_a_candidate_that_is_wrong_on_unseen_seeds_is_not_claimed(tmp_path: Path) -> None:
    place = Place(tmp_path, {"kernel.py": CODE, "bench.py": BENCH}, **command())
    wrong = edited(FASTER.replace("number * 3", "(number * 3 if number < 10_500 else 0)"))
    trial = place.evaluate(wrong)
    assert trial.verdict is Verdict.PROMISING, trial.reason
    found = place.evaluator.confirm(wrong, place.baseline, pairs=7, label="c")
    assert not found.claimed
    assert "inputs that the search has not seen" in found.reason
    assert len(set(found.seeds)) == 7

    right = edited(FASTER)
    found = place.evaluator.confirm(right, place.baseline, pairs=7, label="d")
    assert found.claimed and found.verified_by == "output only, on held-out seeds"
    assert {c.metric for c in found.comparisons} == {"cpu_time", "wall_time", "peak_memory"}


def test_a_result_that_is_written_down_is_not_claimed(tmp_path: Path) -> None:
    files = {"kernel.py": CODE, "bench.py": BENCH}
    place = Place(tmp_path, files, commands={"benchmark": "python bench.py 70000"})
    known = "    if 70_000 <= number < 70_008:\n        return 210_003 + 3 * (number - 70_001)\n"
    found = place.evaluator.confirm(
        edited(CODE.replace("    total = 0\n", known + "    total = 0\n")), place.baseline, pairs=7, label="c"
    )
    assert not found.claimed and "kernel.py:3 adds a constant that the benchmark prints" in found.reason
    assert place.evaluator.confirm(edited(FASTER), place.baseline, pairs=7, label="d").claimed


def test_numbers_may_differ_within_the_jobs_tolerance(tmp_path: Path) -> None:
    files = {"kernel.py": CODE, "bench.py": BENCH}
    off = edited(FASTER.replace("number * 3", "number * 3.0000001"))
    exact = Place(tmp_path / "a", files, **command()) if (tmp_path / "a").mkdir() is None else None
    assert exact is not None
    trial = exact.evaluate(off)
    assert trial.stage == "verify" and trial.failure is Failure.ERROR
    assert "expected" in trial.feedback and "got" in trial.feedback
    (tmp_path / "b").mkdir()
    loose = Place(tmp_path / "b", files, verify={"relative_tolerance": 1e-6}, **command())
    assert loose.evaluate(off).verdict is Verdict.PROMISING


def test_what_no_candidate_may_do_is_a_policy_violation(tmp_path: Path) -> None:
    place = Place(tmp_path, {"kernel.py": CODE, "bench.py": BENCH}, **command())
    cheat = edited("import time\ntime.perf_counter = lambda: 0.0\n" + FASTER)
    trial = place.evaluate(cheat)
    assert trial.stage == "gate" and trial.failure is Failure.POLICY
    assert "kernel.py:2" in trial.reason


def test_limits_give_typed_failures(tmp_path: Path) -> None:
    place = Place(tmp_path, {"kernel.py": CODE, "bench.py": BENCH}, **command())
    endless = edited("while True:\n    print('x' * 100_000)\n")
    assert place.evaluate(endless).failure is Failure.OUTPUT_LIMIT


def test_qualities_are_claimed_by_difference_on_sealed_data(tmp_path: Path) -> None:
    code = "def accuracy(seed):\n    return 0.8 + (seed * 37 % 100) / 5000\n"
    bench = (
        "import sys\nfrom kernel import accuracy\n"
        "lower = 0.02 if sys.argv[2] == 'test' else 0\n"
        "print('METRIC accuracy=%.6f' % (accuracy(int(sys.argv[1])) - lower))\n"
    )
    metric = {"name": "accuracy", "direction": "maximize", "compare": "difference", "minimum_effect": 0.01}
    place = Place(
        tmp_path,
        {"kernel.py": code, "bench.py": bench},
        commands={"benchmark": "python bench.py {seed} {split}"},
        metrics=[metric],
        verify={"self_reported": True},
    )
    better = edited(code.replace("0.8 +", "0.83 +"))
    trial = place.evaluate(better)
    assert trial.verdict is Verdict.PROMISING, trial.reason
    found = place.evaluator.confirm(better, place.baseline, pairs=10, label="c")
    assert found.claimed, found.reason
    assert found.comparisons[0].difference == pytest.approx((0.03, 0.03, 0.03))
    assert max(found.comparisons[0].candidate) < 0.83  # the test split, 0.02 lower
    choice = place.evaluator.confirm(better, place.baseline, pairs=8, label="choice", held_out=False)
    assert min(choice.comparisons[0].candidate) >= 0.83 and choice.seeds == ()
    assert "held-out" in found.verified_by and "held-out" not in choice.verified_by
    little = edited(code.replace("0.8 +", "0.805 +"))
    assert not place.evaluator.confirm(little, place.baseline, pairs=10, label="d").claimed


SUMS = {
    "kernel.py": "def values():\n    return [1, 2, 3]\n",
    "bench.py": "from kernel import values\nopen('answer', 'w').write(' '.join(map(str, values())))\n",
    "judge.py": "import os\nprint('METRIC total=%d' % sum(map(int, open('answer').read().split())))\n",
}


def test_a_judged_value_without_noise_takes_few_runs(tmp_path: Path) -> None:
    place = Place(
        tmp_path,
        SUMS,
        commands={"benchmark": "python bench.py", "evaluate": "python judge.py"},
        metrics=[{"name": "total", "direction": "maximize"}],
        verify={"outputs": ["answer"]},
        minimum_effect=1e-6,
    )
    assert place.baseline.calibration.exact
    better = edited("def values():\n    return [1, 2, 4]\n")
    trial = place.evaluate(better)
    assert trial.verdict is Verdict.PROMISING and trial.objective is not None
    assert trial.objective.pairs == 2
    assert place.evaluate(edited("def values():\n    return [3, 2, 1]\n")).verdict is Verdict.UNDECIDED
    # The unchanged program ran at another moment: of its times nothing is said.
    assert [comparison.metric for comparison in trial.comparisons] == ["total"]
    plan = place.baseline.plan(place.job, 7 / 6)
    assert plan.pairs == 8
    found = place.evaluator.confirm(better, place.baseline, pairs=plan, label="c")
    assert found.claimed and found.comparisons[0].ratio == pytest.approx(7 / 6)


def test_a_judged_value_beside_a_time_is_measured_in_pairs(tmp_path: Path) -> None:
    place = Place(
        tmp_path,
        SUMS,
        commands={"benchmark": "python bench.py", "evaluate": "python judge.py"},
        metrics=[{"name": "total", "direction": "maximize"}, {"name": "wall_time"}],
        verify={"outputs": ["answer"]},
    )
    assert not place.baseline.calibration.exact


def test_a_value_that_hangs_on_the_hash_seed_is_noise(tmp_path: Path) -> None:
    """Both sides of a pair share the seed: only pairs that don't tell what an order of a set is worth."""
    files = {
        "kernel.py": "def first():\n    return int(next(iter({str(n) for n in range(1, 40)})))\n",
        "bench.py": "from kernel import first\nopen('value', 'w').write('METRIC value=%d' % first())\n",
    }
    place = Place(
        tmp_path,
        files,
        commands={"benchmark": "python bench.py", "evaluate": "cat value"},
        metrics=[{"name": "value"}],
        verify={"outputs": ["value"]},
    )
    assert place.baseline.calibration.sd > 0.1 and not place.baseline.calibration.exact
    same = edited(files["kernel.py"] + "# the same\n")
    assert not place.evaluator.confirm(same, place.baseline, pairs=8, label="c").claimed


@pytest.mark.parametrize("value", ["1e200", "1e-320"])
def test_a_value_that_no_statistics_can_take_is_the_candidates_fault(tmp_path: Path, value: str) -> None:
    place = Place(
        tmp_path,
        {"kernel.py": "LOSS = '0.5'\n", "bench.py": "import kernel\nprint('METRIC loss=' + kernel.LOSS)\n"},
        commands={"benchmark": "python bench.py"},
        metrics=[{"name": "loss", "compare": "difference", "minimum_effect": 0.01}],
    )
    trial = place.evaluate(edited(f"LOSS = '{value}'\n"))
    assert trial.stage in ("verify", "measure") and "values that can be compared" in trial.reason


def test_small_effects_are_for_judged_values_alone() -> None:
    commands = {"benchmark": "python bench.py", "evaluate": "python judge.py"}
    with pytest.raises(ConfigError, match="minimum_effect: 1e-06 is below the noise of machines"):
        parse_job({"target": {"files": ["a.py"]}, "commands": commands, "minimum_effect": 1e-6}, "strop.toml")


GUESSES = {
    "kernel.py": "def guess(number):\n    return 'even' if number % 3 == 0 else 'odd'\n",
    "bench.py": "import sys\nfrom kernel import guess\n"
    "lines = [guess(n) for n in range(int(sys.argv[1]) % 7, 60)]\n"
    "print('guessed', lines.count('even'))\nopen('guesses', 'w').write(' '.join(lines))\n",
    "judge.py": "import sys\nguesses = open('guesses').read().split()\nstart = int(sys.argv[1]) % 7\n"
    "if len(guesses) != 60 - start:\n    sys.exit('a guess for every number')\n"
    "right = sum(g == ('even' if n % 2 == 0 else 'odd') for n, g in enumerate(guesses, start))\n"
    "print('METRIC accuracy=%.6f' % (right / len(guesses)))\n",
}


def test_a_quality_is_verified_by_the_evaluate_command_or_not_claimed(tmp_path: Path) -> None:
    metric = {"name": "accuracy", "direction": "maximize", "compare": "difference", "minimum_effect": 0.01}
    better = edited("def guess(number):\n    return 'even' if number % 2 == 0 else 'odd'\n")
    liar = edited(GUESSES["kernel.py"] + "print('METRIC accuracy=1')\n")
    place = Place(
        tmp_path,
        GUESSES,
        commands={"benchmark": "python bench.py {seed}", "evaluate": "python judge.py {seed}"},
        metrics=[metric],
        verify={"outputs": ["guesses"], "behaviour": True},
    )
    # What is judged may change: no output, no recorded call has to stay the same.
    assert place.baseline.verified_by == "the evaluate command only"
    trial = place.evaluate(better)
    assert trial.verdict is Verdict.PROMISING and trial.comparisons[0].source == "verified", trial.reason
    assert place.evaluator.confirm(better, place.baseline, pairs=10, label="c").claimed
    assert place.evaluate(liar).verdict is not Verdict.PROMISING
    few = edited("def guess(number):\n    return ''\n")
    assert place.evaluate(few).reason.startswith("the evaluate command refused")

    (tmp_path / "printed").mkdir()
    bench = "import sys\nfrom kernel import guess\nprint('METRIC accuracy=0.5')\n"
    printed = Place(
        tmp_path / "printed",
        {"kernel.py": GUESSES["kernel.py"], "bench.py": bench},
        commands={"benchmark": "python bench.py {seed}"},
        metrics=[metric],
    )
    liar = edited("def guess(number):\n    return ''\n\n\nprint('METRIC accuracy=0.9')\n")
    found = printed.evaluator.confirm(liar, printed.baseline, pairs=10, label="c")
    assert not found.claimed and "accuracy is self-reported" in found.reason


PATHS = {
    # The cheapest of several equal ways: each of them is right.
    "kernel.py": "def best(costs):\n    for _ in range(3_000_000):\n        pass\n"
    "    return max(i for i, c in enumerate(costs) if c == min(costs))\n",
    "bench.py": "from kernel import best\n"
    "where = best([3, 1, 1, 2])\nprint(where)\nopen('where', 'w').write(str(where))\n",
    "judge.py": "import sys\nsys.exit(open('where').read() not in ('1', '2'))\n",
}


def test_a_time_may_come_with_other_results_where_a_judge_takes_them(tmp_path: Path) -> None:
    place = Place(
        tmp_path,
        PATHS,
        commands={"benchmark": "python bench.py", "evaluate": "python judge.py"},
        verify={"outputs": ["where"], "same_results": False, "behaviour": True},
    )
    assert place.baseline.verified_by == "the evaluate command only"
    first = edited("def best(costs):\n    return costs.index(min(costs))\n")
    trial = place.evaluate(first)
    assert trial.verdict is Verdict.PROMISING, trial.reason
    wrong = place.evaluate(edited("def best(costs):\n    return 0\n"))
    assert wrong.reason.startswith("the evaluate command refused")
    with pytest.raises(ConfigError, match="same_results = false lets results differ, so commands.evaluate"):
        job = {
            "target": {"files": ["a.py"]},
            "commands": {"benchmark": "x"},
            "verify": {"same_results": False},
        }
        parse_job(job, "strop.toml")


def test_chance_draws_layouts_and_orders(tmp_path: Path) -> None:
    """A side that is lucky with where its data lie would be so in all of its runs."""
    bench = "import os, time\nprint(len(os.environ.get('STROP_LAYOUT', '')), time.monotonic_ns())\n"
    place = Place(tmp_path, {"kernel.py": "", "bench.py": bench}, **command(benchmark="python bench.py"))
    base, stages = place.stages.pristine, place.stages
    drawn = list(measure_pairs(stages, base, base, inputs=[Inputs()] * 12, timeout_s=20))
    seen = [tuple(tuple(map(int, side.result.stdout.split())) for side in (p.first, p.second)) for p in drawn]
    lengths = [length for sides in seen for length, _ in sides]
    assert len(set(lengths)) > 12 and max(lengths) < 4096
    assert {first[1] < second[1] for first, second in seen} == {True, False}
    assert [pair.judged_first for pair in drawn] == [second[1] < first[1] for first, second in seen]


def test_one_process_is_timed_on_one_cpu_and_its_pace_known(tmp_path: Path) -> None:
    code = "import os\nsum(range(5_000_000))\nprint(len(os.sched_getaffinity(0)))\n"
    place = Place(tmp_path, {"kernel.py": "", "bench.py": code}, **command(benchmark="python bench.py"))
    assert place.baseline.clock == "cpu_time" and place.baseline.pace_weight > 0
    assert Baseline.from_json(place.baseline.to_json()) == place.baseline
    base, stages = place.stages.pristine, place.stages
    for weight in (0.0, None):
        (pair,) = measure_pairs(stages, base, base, inputs=[Inputs()], timeout_s=20, pace_weight=weight)
        for side in (pair.first, pair.second):
            assert (side.pace > 0) == (weight is not None)
            assert int(side.result.stdout) == (1 if weight is not None else len(os.sched_getaffinity(0)))


@pytest.mark.parametrize(
    ("metrics", "fits"), [(["time"], True), (["time", "wall_time"], False), (["x"], False)]
)
def test_one_cpu_is_for_the_cpu_time_of_one_process(metrics: list[str], fits: bool) -> None:
    job = {
        "target": {"files": ["a.py"]},
        "commands": {"benchmark": "x"},
        "metrics": [{"name": name} for name in metrics],
    }
    assert fits_one_cpu(parse_job(job, "strop.toml"), "cpu_time") == fits
    assert not fits_one_cpu(parse_job(job, "strop.toml"), "wall_time")


def test_what_a_side_left_is_gone_before_the_other_is_timed(tmp_path: Path) -> None:
    mark = f"{uuid4().hex}.txt"  # other processes have sandboxes, too
    bench = f"import glob\nprint(len(glob.glob('../../*/work/{mark}')))\n"
    files = {"kernel.py": "", "bench.py": bench, mark: ""}
    place = Place(tmp_path, files, **command(benchmark="python bench.py"))
    base, stages = place.stages.pristine, place.stages
    for pair in measure_pairs(stages, base, base, inputs=[Inputs()] * 4, timeout_s=20):
        early, late = (pair.second, pair.first) if pair.judged_first else (pair.first, pair.second)
        assert int(late.result.stdout) == int(early.result.stdout) - 1


CALLS = {
    "calls": {
        "function": "kernel:work",
        "inputs": "python -c 'import random; r = random.Random({seed}); "
        "[print([r.randrange(10**6)]) for _ in range(6)]'",
        "warmups": 2,
    },
    "commands": {},
}


def test_calls_are_timed_alone_and_their_replies_compared(tmp_path: Path) -> None:
    place = Place(tmp_path, {"kernel.py": CODE}, **CALLS)
    assert place.baseline.verified_by == "replies only"
    trial = place.evaluate(edited(FASTER))
    assert trial.verdict is Verdict.PROMISING, trial.reason
    assert trial.comparisons[0].ratio > 4  # of a process it would be drowned by its start
    wrong = place.evaluate(edited(FASTER.replace("number * 3", "number * 3 + (number > 500_000)")))
    assert wrong.stage == "verify" and "a reply differs" in wrong.reason


def test_a_judge_sees_the_replies_of_calls(tmp_path: Path) -> None:
    judge = (
        "import json, os, sys\nfor line in open(os.environ['STROP_OUTPUT']):\n"
        "    if json.loads(line)['output'] % 3:\n        sys.exit('no multiple of three: ' + line)\n"
    )
    place = Place(
        tmp_path,
        {"kernel.py": CODE, "judge.py": judge},
        calls=CALLS["calls"],
        commands={"evaluate": "python judge.py"},
        verify={"same_results": False},
    )
    other = place.evaluate(edited(FASTER.replace("number * 3", "number * 6")))
    assert other.verdict is Verdict.PROMISING, other.reason
    lazy = place.evaluate(edited("def work(number):\n    return number * 3 + 1\n"))
    assert lazy.reason.startswith("the evaluate command refused"), lazy


def test_a_gain_that_needs_earlier_calls_is_labelled(tmp_path: Path) -> None:
    """Inputs that repeat: the cache helps from the second time on, and never a single call."""
    calls = {
        **CALLS,
        "calls": {**CALLS["calls"], "inputs": "echo '[1]'; for i in 1 2 3 4 5; do echo '[1]'; done"},
    }
    place = Place(tmp_path, {"kernel.py": CODE}, **calls)
    cached = edited("import functools\n\n\n@functools.lru_cache(maxsize=None)\n" + CODE)
    found = place.evaluator.confirm(cached, place.baseline, pairs=7, label="c")
    assert found.claimed, found.reason
    assert any(label.startswith("memoisation") for label in found.labels), found.labels


def test_work_moved_to_import_is_not_claimed(tmp_path: Path) -> None:
    place = Place(tmp_path, {"kernel.py": CODE}, **CALLS)
    # A start that takes so much longer is seen on a busy machine, too.
    table = edited("TABLE = [sum(i % 7 for i in range(60_000)) for _ in range(80)]\n\n\n" + FASTER)
    found = place.evaluator.confirm(table, place.baseline, pairs=7, label="c")
    assert not found.claimed and "start-up" in found.reason
    # The search has fewer pairs: noise hides it now and then, which costs a confirmation and claims nothing.
    trials = (place.evaluate(table) for _ in range(3))
    assert any(trial.verdict is Verdict.WORSE and "start-up" in trial.reason for trial in trials)


SERVER = """\
import http.server, sys
from kernel import work

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = str(work(7)).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments):
        pass

http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
LOAD = """\
import sys, time, urllib.request
start = time.perf_counter()
for _ in range(10):
    assert urllib.request.urlopen("http://127.0.0.1:" + sys.argv[1]).read() == b"21"
print("METRIC latency=%.6f" % ((time.perf_counter() - start) / 10))
"""


def test_a_service_is_started_loaded_and_stopped(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    ask = f"python -c 'import urllib.request as u; u.urlopen(\"http://127.0.0.1:{port}\")'"
    files = {"kernel.py": CODE, "server.py": SERVER, "load.py": LOAD}
    place = Place(
        tmp_path,
        files,
        service={"start": f"python server.py {port}", "ready": ask},
        commands={"benchmark": f"python load.py {port}"},
        metrics=[{"name": "latency"}],
    )
    trial = place.evaluate(edited(FASTER))
    assert trial.verdict is Verdict.PROMISING, trial.reason
    assert trial.comparisons[0].metric == "latency" and trial.comparisons[0].ratio > 2
    assert trial.comparisons[0].source == "self-reported"  # the process backend keeps nobody apart
    planted = place.evaluate(edited("open('planted.py', 'w').write('')\n" + FASTER))
    assert planted.failure is Failure.POLICY, planted.reason


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="no valgrind here")
def test_a_program_that_does_nothing_where_it_is_counted_is_refused(tmp_path: Path) -> None:
    place = Place(tmp_path, {"kernel.py": CODE, "bench.py": BENCH}, **command())
    base = place.stages
    job = place.job.model_copy(update={"metrics": (Metric(name="instructions"),)})
    stages = Stages(job, base.snapshot, base.backend, base.environment, label="counted")
    aware = "import os\n" + CODE.replace(
        "    total = 0\n",
        '    if any("callgrind" in name for name in os.listdir(".")):\n        return 0\n    total = 0\n',
    )
    honest, faking = (_counted(stages, candidate) for candidate in (BASELINE, edited(aware)))
    assert (
        faking.outputs == honest.outputs and faking.metrics["instructions"] < honest.metrics["instructions"]
    )
    checks = Checks(stages, tmp_path / "checks", [Inputs()])
    checks.same_outputs(honest, honest, place.baseline)
    with pytest.raises(StageFailure, match="differs from the baseline's where its instructions are counted"):
        checks.same_outputs(faking, honest, place.baseline)


def _counted(stages: Stages, candidate: Candidate) -> BenchmarkRun:
    built = stages.build(candidate)
    sandbox = stages.ready(built)
    try:
        return stages.benchmark(built, sandbox, hash_seed=1)
    finally:
        stages.release(sandbox)


def test_a_tree_that_cannot_be_read_is_the_candidates_own_doing(tmp_path: Path) -> None:
    files = {"kernel.py": CODE, "bench.py": BENCH}
    place = Place(tmp_path, files, **command(build="python -c 'import kernel'"))
    deep = FASTER + "\nimport os\nfor n in range(80):\n    os.mkdir('d')\n    os.chdir('d')\n"
    trial = place.evaluate(edited(deep))
    assert (trial.state, trial.stage, trial.failure) == (TrialState.FAILED, "build", Failure.POLICY)
    assert "folders more than 64 deep" in trial.reason
    assert place.evaluate(edited(FASTER)).verdict is Verdict.PROMISING


STATEFUL = """\
class Counter:
    def __init__(self):
        self.total = 0

    def add(self, number):
        for i in range(60_000):
            self.total += i % 7
        self.total = number
        return self.total
"""
COUNTS = "from kernel import Counter\n\nprint([Counter().add(n) for n in range(8)])\n"


def test_behaviour_that_was_not_compared_is_not_said_to_be(tmp_path: Path) -> None:
    files = {"kernel.py": STATEFUL, "bench.py": COUNTS}
    place = Place(tmp_path, files, commands={"benchmark": "python bench.py"}, verify={"behaviour": True})
    assert place.baseline.verified_by == "output and recorded behaviour"
    fast = STATEFUL.replace("60_000", "6_000")
    assert place.evaluate(edited(fast)).verified_by == "output and recorded behaviour"
    other = fast.replace("self.total = 0\n", "self.total = 0\n        self._more = None\n")
    trial = place.evaluate(edited(other))
    told = next(stage.detail for stage in trial.stages if stage.name == "behaviour")
    assert trial.verdict is Verdict.PROMISING and "not compared: kernel.py:Counter" in told
    assert trial.verified_by == "output and recorded behaviour in part"  # what makes an instance still is
