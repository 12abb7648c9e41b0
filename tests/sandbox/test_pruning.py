"""Pruning at lower rungs: the rules on numbers alone, and a ladder over sandboxes in memory."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from strop.candidate import Candidate
from strop.errors import ConfigError
from strop.extension import Environment, ExecResult, SandboxSpec
from strop.job import Job, json_schema, parse_job
from strop.sandbox.baseline import Baseline
from strop.sandbox.evaluator import Evaluator
from strop.sandbox.measure import quiet
from strop.sandbox.measure.planning import Calibration
from strop.sandbox.pruning import Past, hopeless, hyperband_rule, median_rule, wilcoxon_rule
from strop.sandbox.stages import Stages
from strop.sandbox.workspace import Snapshot
from strop.testing.sandboxes import FakeBackend, FakeSandbox, exited
from strop.trial import Trial, TrialState, Verdict

PRUNERS = ("median", "hyperband", "wilcoxon")


def past(*values: float, rung: int = 1) -> list[Past]:
    """Return earlier trials with six equal runs at a rung each, and as much at the last one."""
    return [Past({rung: (value,) * 6}, value) for value in values]


# --- the rules ----------------------------------------------------------------------------------


def test_the_median_is_enough_and_less_is_not() -> None:
    assert not median_rule(3.0, [1.0, 2.0, 4.0, 9.0])
    said = median_rule(2.9, [1.0, 2.0, 4.0, 9.0])
    assert said == "median of earlier trials 3.0 (of 4), here 2.9"
    assert median_rule(-0.6, [-0.5, -0.5, -0.5], lambda value: f"loss {-value}").endswith("here loss 0.6")


@pytest.mark.parametrize(
    ("value", "earlier", "goes_on"),
    [
        (5.0, [1, 2, 3, 4], True),
        (3.5, [1, 2, 3, 4], True),  # the second of five, and a third of five is two
        (2.5, [1, 2, 3, 4], False),
        (6.5, [1, 2, 3, 4, 5, 6, 7, 8], True),  # the third of nine
        (5.5, [1, 2, 3, 4, 5, 6, 7, 8], False),
        (1.0, [1, 1, 1, 1, 1], True),  # nobody was better
    ],
)
def test_the_best_third_goes_on(value: float, earlier: list[float], goes_on: bool) -> None:
    said = hyperband_rule(value, earlier)
    assert (said == "") is goes_on
    if said:
        assert "go on" in said and f"of {len(earlier) + 1}" in said


def test_what_is_worse_on_every_seed_is_shown_to_be_worse() -> None:
    best = (0.9, 0.7, 0.8, 0.6, 0.85, 0.75)
    said = wilcoxon_rule([value - 0.01 * n for n, value in enumerate(best, start=1)], best)
    assert "on 6 of 6 runs" in said and "p = 0.016" in said
    assert not wilcoxon_rule([value + 0.01 for value in best], best)
    assert not wilcoxon_rule(best, best)
    # Seeds differ by more than candidates do: what is paired by seed sees it, and by the mean nobody would.
    mixed = [best[0] + 0.05, *(value - 0.01 for value in best[1:])]
    assert not wilcoxon_rule(mixed, best)
    with_ties = [value - 0.01 for value in best]
    assert wilcoxon_rule(with_ties, best)
    assert not wilcoxon_rule(best[:4], [value + 0.1 for value in best[:4]])  # four never show it


@pytest.mark.parametrize("pruner", PRUNERS)
def test_nothing_is_dropped_before_four_earlier_trials_at_that_rung(pruner: str) -> None:
    low = [0.1] * 6
    assert not hopeless(pruner, 1, low, past(1, 2, 3))
    assert hopeless(pruner, 1, low, past(1, 2, 3, 4))
    # Trials at other rungs are no earlier trials of this one.
    assert not hopeless(pruner, 1, low, past(1, 2, 3) + past(4, 5, 6, rung=4))
    assert not hopeless(pruner, 4, low, past(1, 2, 3, 4))
    assert not hopeless(pruner, 1, (), past(1, 2, 3, 4))


def test_wilcoxon_compares_with_the_best_at_the_last_rung() -> None:
    slow_starter = Past({1: (0.2,) * 6}, 9.0)
    fast_starters = [Past({1: (0.8,) * 6}, 1.0)] * 4
    dropped = Past({1: (0.9,) * 6}, None)
    assert not hopeless("wilcoxon", 1, [0.3] * 6, [slow_starter, *fast_starters, dropped])
    assert hopeless("wilcoxon", 1, [0.1] * 6, [slow_starter, *fast_starters, dropped])
    assert not hopeless("wilcoxon", 1, [0.1] * 6, [dropped] * 5)  # none is finished


# --- the job ------------------------------------------------------------------------------------

QUALITY = {"name": "loss", "compare": "difference", "minimum_effect": 0.01}
KNOB = {"name": "rate", "type": "float", "low": 0.0, "high": 1.0, "default": 0.5}


def data(**fidelity: Any) -> dict[str, Any]:
    """Return the tables of a job with rungs 1, 4 and 16."""
    return {
        "commands": {"benchmark": "train {fidelity} {seed}"},
        "metrics": [QUALITY],
        "knobs": [KNOB],
        "fidelity": {"rungs": [1, 4, 16], **fidelity},
    }


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"fidelity": {"rungs": [4]}}, ["at least two", "[4]"]),
        ({"fidelity": {"rungs": [1, 4, 4]}}, ["that rise", "[1, 4, 4]"]),
        ({"fidelity": {"rungs": [16, 4, 1]}}, ["that rise"]),
        ({"fidelity": {"rungs": [0, 4]}}, ["from 1 up"]),
        ({"fidelity": {"rungs": [1, 2.5]}}, ["fidelity.rungs.1", "2.5"]),
        ({"fidelity": {"rungs": [True, 4]}}, ["fidelity.rungs.0"]),
        ({"fidelity": {}}, ["fidelity.rungs is missing"]),
        ({"fidelity": {"rungs": [1, 2], "pruner": "best"}}, ["fidelity.pruner", "wilcoxon", "'best'"]),
        ({"fidelity": {"rungs": [1, 2], "rung": 1}}, ["'fidelity.rung'", "allowed here: pruner, rungs"]),
        ({"commands": {"benchmark": "train {seed}"}}, ["commands.benchmark: {fidelity} is missing"]),
        ({"fidelity": None}, ["commands.benchmark: {fidelity}", "[fidelity] is missing"]),
        (
            {"fidelity": None, "commands": {"benchmark": "train", "evaluate": "judge {fidelity}"}},
            ["commands.evaluate: {fidelity}"],
        ),
        (
            {"commands": {"benchmark": "t {fidelity}", "proxy": "t 1"}, "metrics": [{"name": "time"}]},
            ["[fidelity] and commands.proxy"],
        ),
        (
            {"commands": {}, "calls": {"command": "worker", "inputs": "inputs"}},
            ["[fidelity]", "without [calls]"],
        ),
        ({"knobs": [{**KNOB, "name": "fidelity"}]}, ["{fidelity} stands for something else"]),
        (
            {"commands": {"benchmark": "t {fidelity}"}, "fidelity": {"rungs": [1, 2], "pruner": "wilcoxon"}},
            ["fidelity.pruner", "{seed}", "median or hyperband"],
        ),
    ],
)
def test_wrong_rungs_are_explained(change: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_job({**data(), **change}, "strop.toml")
    for word in ["strop.toml", *words]:
        assert word in str(caught.value)


def test_rungs_are_in_the_schema_and_survive_a_study() -> None:
    job = parse_job(data(pruner="hyperband"), "strop.toml")
    assert job.fidelity is not None and job.fidelity.lower == (1, 4)
    assert Job.model_validate_json(job.model_dump_json()) == job
    schema = json_schema()
    assert "fidelity" in schema["properties"] and "rungs" in schema["$defs"]["Fidelity"]["properties"]


def test_a_trial_keeps_its_values_at_rungs() -> None:
    trial = Trial(3, "c", "gp", TrialState.COMPLETE, rungs={1: (0.5, 0.25), 4: (0.75, 1.0)})
    again = Trial.from_json(json.loads(json.dumps(trial.to_json())))
    assert again.rungs == trial.rungs and again == trial
    old = {key: value for key, value in trial.to_json().items() if key != "rungs"}
    assert Trial.from_json(old).rungs == {}


# --- the ladder, in memory ----------------------------------------------------------------------


class InSet(FakeSandbox):
    """A sandbox in memory that can be one of the open ones."""

    __hash__ = object.__hash__


class InMemory(FakeBackend):
    """Starts such sandboxes."""

    def start(self, spec: SandboxSpec) -> FakeSandbox:
        return InSet(self.script, spec.limits, spec.environment.env)


class Place:
    """An evaluator over a backend in memory, whose training gets better with rounds and with its rate."""

    def __init__(self, folder: Path, tables: dict[str, Any]) -> None:
        root, self.study = folder / "repository", folder / "study"
        root.mkdir(parents=True)
        self.study.mkdir()
        (root / "train.py").write_text("pass\n", encoding="utf-8")
        self.job = parse_job({**tables, "sandbox": {"profilers": False}}, "strop.toml")
        self.ran: list[int] = []  # rungs, in order
        snapshot = Snapshot.take(root, self.study, self.job.target)
        backend = InMemory(self.play)
        self.stages = Stages(self.job, snapshot, backend, Environment("fake", "", "", {}), label="test")
        self.evaluator = self.fresh()
        self.baseline = Baseline(None, {}, Calibration.from_log_ratios([0.01, -0.01, 0.02]), 1.0, {})

    def fresh(self) -> Evaluator:
        """Return the evaluator of a new process."""
        return Evaluator(self.stages, folder=self.study / "trials", seed=0)

    def play(self, sandbox: FakeSandbox, command: str, env: Mapping[str, str]) -> ExecResult:
        """Run a training of so many rounds, on a seed."""
        words = command.split()
        if words[0] != "train":  # a profiler, which has nothing to say here
            return exited(1)
        self.ran.append(int(words[1]))
        rate, seed = float(env["RATE"]), int(words[2]) if len(words) > 2 else 0
        loss = 1 - rate + 1 / int(words[1]) + seed % 7 / 100
        return exited(0, f"METRIC loss={loss}\n", wall_s=(2 - rate) * int(words[1]) / 10)

    def evaluate(self, number: int, rate: float) -> Trial:
        candidate = Candidate(knobs=(("rate", rate),), author="test")
        row = Trial(number, candidate.id, "test", TrialState.RUNNING, candidate.values)
        return self.evaluator.evaluate(candidate, row, self.baseline)


@pytest.fixture(autouse=True)
def own_lock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is timed here, so nobody has to be silent."""
    monkeypatch.setattr(quiet._machine, "_folder", tmp_path)


def test_a_hopeless_candidate_costs_its_low_rungs_alone(tmp_path: Path) -> None:
    place = Place(tmp_path / "p", data())
    for number, rate in enumerate((0.6, 0.7, 0.8, 0.9), start=1):
        trial = place.evaluate(number, rate)
        assert trial.verdict is Verdict.PROMISING and not trial.reason  # none before four
        assert list(trial.rungs) == [1, 4] and len(trial.rungs[1]) == 3
        assert [stage.name for stage in trial.stages][:4] == ["build", "verify", "rungs", "measure"]
    place.ran.clear()
    trial = place.evaluate(5, 0.2)
    assert trial.state is TrialState.COMPLETE and trial.verdict is Verdict.WORSE
    assert trial.feedback == trial.reason
    assert trial.feedback.startswith("pruned at rung 1 of 16: median of earlier trials loss 1.")
    assert not trial.comparisons and not trial.profile and list(trial.rungs) == [1]
    assert [stage.name for stage in trial.stages] == ["build", "verify", "rungs"]
    assert set(place.ran) == {1}  # its check, too
    good = place.evaluate(6, 0.95)
    assert good.verdict is Verdict.PROMISING and good.comparisons[0].difference is not None
    assert good.comparisons[0].difference[0] == pytest.approx(0.45)  # at the last rung, against the default


def test_a_later_rung_drops_what_starts_fast_and_stays_behind(tmp_path: Path) -> None:
    place = Place(tmp_path / "p", data())
    earlier = [Trial(n, str(n), "test", TrialState.COMPLETE) for n in range(1, 5)]
    place.evaluator.remember(
        replace(trial, rungs={1: (-9.0,) * 3, 4: (-0.1,) * 3}, verdict=Verdict.UNDECIDED) for trial in earlier
    )
    trial = place.evaluate(5, 0.9)
    assert trial.feedback.startswith("pruned at rung 4 of 16: median of earlier trials loss 0.1 (of 4), here")
    assert set(place.ran) == {1, 4}


def test_earlier_values_survive_a_resume_and_failures_are_none(tmp_path: Path) -> None:
    place = Place(tmp_path / "p", data())
    trials = [place.evaluate(number, 0.9) for number in range(1, 5)]
    kept = [Trial.from_json(json.loads(json.dumps(trial.to_json()))) for trial in trials]
    place.evaluator = place.fresh()
    assert not place.evaluate(5, 0.2).reason  # it knows of nothing
    place.evaluator = place.fresh()
    place.evaluator.remember(replace(trial, state=TrialState.FAILED) for trial in kept)
    assert not place.evaluate(5, 0.2).reason
    place.evaluator = place.fresh()
    place.evaluator.remember(kept)
    assert "pruned at rung 1 of 16" in place.evaluate(5, 0.2).reason


def test_a_trial_that_is_evaluated_again_is_not_its_own_rival(tmp_path: Path) -> None:
    place = Place(tmp_path / "p", data())
    for number in range(1, 5):
        place.evaluate(number, 0.9)
    assert place.evaluate(5, 0.1).reason
    assert "(of 4)" in place.evaluate(5, 0.1).reason


@pytest.mark.parametrize("pruner", PRUNERS)
def test_measured_objectives_are_paired_with_the_unchanged_program(tmp_path: Path, pruner: str) -> None:
    tables = {**data(pruner=pruner), "metrics": [{"name": "wall_time"}]}
    place = Place(tmp_path / "p", tables)
    for number, rate in enumerate((0.6, 0.7, 0.8, 0.9), start=1):
        trial = place.evaluate(number, rate)
        gain = math.log(1.5 / (2 - rate))
        assert trial.rungs[1] == pytest.approx([gain] * (6 if pruner == "wilcoxon" else 3))
    place.ran.clear()
    trial = place.evaluate(5, 0.3)
    assert trial.verdict is Verdict.WORSE and "pruned at rung 1 of 16" in trial.feedback
    assert len(place.ran) == 2 * len(trial.rungs[1]) + 1
    if pruner != "wilcoxon":
        assert "0.882 times the unchanged program" in trial.feedback


def test_without_a_seed_a_quality_is_told_by_one_run(tmp_path: Path) -> None:
    place = Place(tmp_path / "p", {**data(), "commands": {"benchmark": "train {fidelity}"}})
    assert len(place.evaluate(1, 0.9).rungs[1]) == 1


def test_all_else_runs_the_last_rung(tmp_path: Path) -> None:
    place = Place(tmp_path / "p", data())
    assert place.stages.job.commands.benchmark == "train 16 {seed}"
    best = Candidate(knobs=(("rate", 0.9),))
    found = place.evaluator.confirm(best, place.baseline, pairs=8, label="c")
    assert set(place.ran) == {16} and found.comparisons[0].difference is not None
    place.ran.clear()
    again = place.evaluator.measure_again(best, place.baseline, pairs=2, label="again")
    assert not isinstance(again, str) and place.ran[2:] == [16] * 4 and place.ran[:2] == [1, 1]
    plain = parse_job({"commands": {"benchmark": "t"}, "knobs": [KNOB]}, "strop.toml")
    assert plain.fidelity is None
