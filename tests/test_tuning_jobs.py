"""Jobs of knobs, end to end: conditions, constraints, crashes, and code together with knobs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import strop
from strop.cli import main
from strop.report.text import apart_lines
from strop.testing.repositories import commit
from strop.trial import TrialState, Verdict

pytestmark = pytest.mark.slow

# Work that is counted, not timed: the knobs say how much, and a judge reads it from a file.
BENCH = """\
import os

def knob(name, default):
    return type(default)(os.environ.get(name, default))

mode = knob("MODE", "scan")
batch = knob("BATCH", 4)
level = knob("LEVEL", 3)
if batch * level > 200:
    raise MemoryError("too much at once")
work = {"scan": 300_000, "hash": 120_000 + 8_000 * abs(level - 6)}[mode] + 4_000 * abs(batch - 32)
open("work", "w").write(str(work))
"""
JUDGE = "print('METRIC work=' + open('work').read(20))\n"
COUNTED = """
[verify]
outputs = ["work"]

[[metrics]]
name = "work"
"""
KNOBS = """
[[knobs]]
name = "MODE"
type = "categorical"
choices = ["scan", "hash"]
default = "scan"

[[knobs]]
name = "BATCH"
type = "int"
low = 1
high = 64
default = 4

[[knobs]]
name = "LEVEL"
type = "int"
low = 1
high = 9
default = 3
"""


def write(folder: Path, knobs: str, files: dict[str, str], *, head: str = "", target: str = "") -> Path:
    folder.mkdir()
    evaluate = 'evaluate = "python judge.py"\n' if "judge.py" in files else ""
    job = f'{head}name = "tuned"\n{target}[commands]\nbenchmark = "python bench.py"\n{evaluate}{knobs}'
    for path, text in {**files, "strop.toml": job, ".gitignore": ".strop/\n"}.items():
        (folder / path).write_text(text, encoding="utf-8")
    import subprocess

    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    commit(folder, "first")
    return folder


def optimized(folder: Path, *, evaluations: int, **options: Any) -> strop.StudyResult:
    budget = strop.Budget(evaluations=evaluations)
    return strop.optimize(folder, budget=budget, sandbox="process", **options)


def test_a_condition_and_a_constraint_are_kept_and_the_best_is_found(tmp_path: Path) -> None:
    knobs = KNOBS + 'only_if = {MODE = ["hash"]}\n' + COUNTED
    head = 'constraints = ["BATCH * LEVEL <= 200"]\n'
    repository = write(tmp_path / "r", knobs, {"bench.py": BENCH, "judge.py": JUDGE}, head=head)
    found = optimized(repository, evaluations=8, optimizers=["gp"])
    trials = [trial for trial in found.study.trials() if trial.number]
    assert len(trials) == 8
    assert all(trial.state is TrialState.COMPLETE for trial in trials)  # none broke the constraint
    for trial in trials:
        assert "LEVEL" not in trial.knobs or trial.knobs.get("MODE") == "hash", trial.knobs
    assert found.status == "improved" and found.best is not None
    assert found.best.values["MODE"] == "hash"
    worth = {row["part"]: row for row in found.report["parts"]}
    if worth:  # none where the winner is of one part: it is worth the whole
        assert worth["MODE=hash"]["kept"] and worth["MODE=hash"]["ratio"] > 1


def test_a_third_of_the_space_crashes_and_the_search_learns_it(tmp_path: Path) -> None:
    files = {"bench.py": BENCH, "judge.py": JUDGE}
    found = optimized(write(tmp_path / "r", KNOBS + COUNTED, files), evaluations=10, optimizers=["gp"])
    trials = [trial for trial in found.study.trials() if trial.number]
    crashed = [trial.state is TrialState.FAILED for trial in trials]
    assert any(crashed) and sum(crashed[-5:]) <= 2, crashed
    failed = next(trial for trial in trials if trial.state is TrialState.FAILED)
    assert "MemoryError" in failed.feedback
    assert found.status == "improved" and found.best is not None and found.best.values["MODE"] == "hash"


CODE = """\
import os

SIZE = int(os.environ.get("SIZE", "1"))


def work():
    return sum(len(range(9_000)) for _ in range(40 // SIZE + SIZE))
"""
WORK = "from kernel import work\n\nopen('work', 'w').write(str(work()))\n"


def test_the_gains_of_code_and_of_knobs_are_told_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    knobs = '\n[[knobs]]\nname = "SIZE"\ntype = "int"\nlow = 1\nhigh = 12\ndefault = 1\n'
    files = {"bench.py": WORK, "judge.py": JUDGE, "kernel.py": CODE}
    repository = write(tmp_path / "r", knobs + COUNTED, files, target='[target]\nfiles = ["kernel.py"]\n')

    class Coder:
        name = "sum_once"

        def act(self, view: Any) -> Any:
            if view.parent.edits:
                return None
            text = view.texts["kernel.py"].replace("range(9_000)", "range(3_000)")
            return view.candidate({"kernel.py": text}, rationale="a third of the numbers")

    found = optimized(repository, evaluations=8, agents=[Coder()], optimizers=["sum_once", "gp"])
    assert found.status == "improved" and found.speedup is not None and found.best is not None
    assert found.best.patch and found.best.values["SIZE"] > 2
    apart = found.report["apart"]
    assert set(apart) == {"code", "knobs"}
    for part in apart.values():
        assert 1 < part["low"] <= part["ratio"] < float(found.speedup), apart
    assert main(["report", "-C", str(repository)]) == 0
    assert "By its code alone: " in capsys.readouterr().out


TRADE = """\
import os

size = int(os.environ.get("TABLE", "1"))
table = bytearray(size * 2_000_000)
total = 0
for number in range(600_000 // size):
    total += number & 7
print("done")
"""


def test_time_against_memory_gives_a_front_and_a_limit_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    knobs = """
[[metrics]]
name = "cpu_time"

[[metrics]]
name = "peak_memory"
limit = 60_000_000

[[knobs]]
name = "TABLE"
type = "int"
low = 1
high = 60
default = 1
"""
    repository = write(tmp_path / "r", knobs, {"bench.py": TRADE})
    found = optimized(repository, evaluations=8, optimizers=["gp"])
    trials = [trial for trial in found.study.trials() if trial.number]
    broken = [trial for trial in trials if trial.state is TrialState.FAILED]
    assert broken and all("its limit is at most 6e+07" in trial.reason for trial in broken)
    front = found.report["front"]
    assert front["metrics"] == ["cpu_time", "peak_memory"] and front["trials"][-1]["trial"] == 0
    gains = [row["gains"] for row in front["trials"]]
    assert [g["cpu_time"] for g in gains] == sorted((g["cpu_time"] for g in gains), reverse=True)
    assert [g["peak_memory"] for g in gains] == sorted(g["peak_memory"] for g in gains)
    assert found.best is not None and int(str(found.best.values["TABLE"])) <= 30
    assert main(["report", "-C", str(repository)]) == 0
    if len(front["trials"]) > 2:
        assert "No other trial beats these in all metrics" in capsys.readouterr().out
    capsys.readouterr()
    assert main(["report", "-C", str(repository), "--weights", "cpu_time=1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["trial"] == front["trials"][0]["trial"]


BLOCKS = """\
BLOCK = 1


def work():
    return sum(len(range(600)) for _ in range(600))
"""


def test_literals_of_new_code_are_tuned_in_an_inner_loop(tmp_path: Path) -> None:
    files = {"bench.py": WORK, "judge.py": JUDGE, "kernel.py": BLOCKS}
    repository = write(tmp_path / "r", COUNTED, files, target='[target]\nfiles = ["kernel.py"]\n')

    class Coder:
        name = "blocks"

        def act(self, view: Any) -> Any:
            if view.parent.edits:
                return None
            text = view.texts["kernel.py"].replace("BLOCK = 1", "BLOCK = 2  # strop: int 1..16")
            text = text.replace("in range(600))", "in range(200 + 40 * abs(BLOCK - 9)))")
            return view.candidate({"kernel.py": text}, rationale="in blocks")

    found = optimized(repository, evaluations=10, agents=[Coder()])
    trials = [trial for trial in found.study.trials() if trial.number]
    inner = [trial for trial in trials if trial.author == "literals"]
    assert 1 <= len(inner) <= 3  # three of ten evaluations at most
    assert found.status == "improved" and found.best is not None
    best = max(inner, key=lambda trial: trial.objective.ratio if trial.objective else 0.0)
    block = found.study.candidate(best.candidate).text_of("kernel.py", {})
    assert block is not None and "BLOCK = 2 " not in block
    first = next(trial for trial in trials if trial.author == "blocks")
    assert first.objective is not None and best.objective is not None
    assert best.objective.ratio > first.objective.ratio
    # The code counts as it was written; what was chosen for it since, as a gain over that.
    apart = found.report["apart"]
    assert set(apart) == {"code", "literals"} and all(part["low"] > 1 for part in apart.values()), apart
    assert apart["code"]["ratio"] < float(found.speedup or 0)
    assert any(line.startswith("By the tuning of its literals: ") for line in apart_lines(found.report))


def test_a_proxy_drops_what_is_clearly_slower_and_a_race_chooses(tmp_path: Path) -> None:
    bench = """\
import os, sys

size = int(os.environ.get("SIZE", "4"))
rounds = int(sys.argv[1])
total = 0
for number in range(rounds * (4 + abs(size - 12))):
    total += number & 7
print("done")
"""
    knobs = '\n[[knobs]]\nname = "SIZE"\ntype = "int"\nlow = 1\nhigh = 60\ndefault = 4\n'
    repository = write(tmp_path / "r", knobs, {"bench.py": bench})
    job = (repository / "strop.toml").read_text(encoding="utf-8")
    commands = 'benchmark = "python bench.py 90000"\nproxy = "python bench.py 30000"\n'
    job = job.replace('benchmark = "python bench.py"\n', commands)
    (repository / "strop.toml").write_text(job, encoding="utf-8")
    commit(repository, "a proxy")
    found = optimized(repository, evaluations=8, optimizers=["gp"])
    trials = [trial for trial in found.study.trials() if trial.number]
    dropped = [t for t in trials if "measure" not in [stage.name for stage in t.stages]]
    assert dropped
    for trial in dropped:
        assert trial.verdict is Verdict.WORSE and "worse on the proxy" in trial.feedback
        assert abs(int(str(trial.knobs["SIZE"])) - 12) > 8  # slower than the default is
    assert found.status == "improved" and found.best is not None
    assert abs(int(str(found.best.values["SIZE"])) - 12) < 8
    promising = [(t.number, t.objective) for t in trials if t.verdict is Verdict.PROMISING and t.objective]
    number, best = max(promising, key=lambda pair: pair[1].low)
    rivals = {n for n, o in promising if n != number and max(o.high, o.ratio) >= best.ratio}
    rows = found.study.get("race") or []
    assert len(rows) == (1 + min(2, len(rivals)) if rivals else 0)
    assert {row["trial"] for row in rows} <= {number, *rivals}
    if rows:  # the confirmed one leads, over the pairs of the search and of the race
        first = max(rows, key=lambda row: row["ratio"])
        confirmed = found.study.get("confirmation")["candidate"]
        assert confirmed == next(t.candidate for t in trials if t.number == first["trial"])
        assert first["pairs"] == 4 + next(o.pairs for n, o in promising if n == first["trial"])
    assert main(["show", str(dropped[0].number), "-C", str(repository), "--trace"]) == 0


TRAINING = """\
import os, sys

epochs, seed = int(sys.argv[1]), int(sys.argv[2])
rate = float(os.environ.get("RATE", "0.1"))
loss = (rate - 0.7) ** 2 + 0.5 / epochs + seed % 5 / 1000
print(f"METRIC loss={loss:.6f}")
"""
RATE = """
[[metrics]]
name = "loss"
compare = "difference"
minimum_effect = 0.01

[[knobs]]
name = "RATE"
type = "float"
low = 0.0
high = 1.0
default = 0.1

[verify]
self_reported = true

[fidelity]
rungs = [1, 4, 16]
"""


def test_trainings_are_pruned_at_low_rungs_and_the_best_is_confirmed_at_the_last(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = write(tmp_path / "r", RATE, {"bench.py": TRAINING})
    job = (repository / "strop.toml").read_text(encoding="utf-8")
    job = job.replace("python bench.py", "python bench.py {fidelity} {seed}")
    (repository / "strop.toml").write_text(job, encoding="utf-8")
    commit(repository, "rungs")
    found = optimized(repository, evaluations=12, optimizers=["random"])
    trials = [trial for trial in found.study.trials() if trial.number]
    assert len(trials) == 12 and all(trial.state is TrialState.COMPLETE for trial in trials)
    assert all(len(trial.rungs[1]) == 3 for trial in trials)  # kept, for whoever goes on with the study
    pruned = [trial for trial in trials if trial.reason]
    assert pruned and min(trial.number for trial in pruned) > 4
    for trial in pruned:
        assert trial.verdict is Verdict.WORSE and not trial.comparisons
        rung = max(trial.rungs)
        said = f"pruned at rung {rung} of 16: median of earlier trials loss "
        assert rung in (1, 4) and trial.feedback.startswith(said)
        assert not {"measure", "profile"} & {stage.name for stage in trial.stages}
    measured = [trial for trial in trials if not trial.reason]
    closest = min(trials, key=lambda trial: abs(float(trial.knobs["RATE"]) - 0.7))
    assert closest in measured and found.status == "improved" and found.best is not None
    assert found.report["comparisons"][0]["metric"] == "loss"
    # At the last rung the default's loss is 0.39, and at the first 0.86.
    assert found.study.get("baseline")["baseline"]["metrics"]["loss"] == pytest.approx(0.393, abs=0.01)
    assert main(["show", str(pruned[0].number), "-C", str(repository)]) == 0
    assert "worse: pruned at rung " in capsys.readouterr().out
    assert main(["show", str(pruned[0].number), "-C", str(repository), "--trace"]) == 0
    assert main(["report", "-C", str(repository)]) == 0
