"""What the evaluator knows of the unchanged program."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from strop.job import Job, Metric
from strop.sandbox.driving import uses_seed
from strop.sandbox.measure.pairs import Pair, log_ratios
from strop.sandbox.measure.planning import MOST_PAIRS, Calibration, Plan, plan_pairs, spread
from strop.sandbox.outputs import TestReport, digest
from strop.sandbox.stages import BenchmarkRun

__all__ = ["Baseline", "choose_clock", "fits_one_cpu", "further_pairs", "resolved", "same_outputs"]

COMPUTES = 0.85
"""Share of a run's wall time on the CPU from which a program computes, in its least disturbed run."""

ONE_PROCESS = 1.15
"""CPU time over wall time up to which a program has one process that computes."""

ONE_CPU = {"time", "cpu_time", "peak_memory", "instructions"}
"""Metrics that are the same on one CPU as on several."""

FOLDS = 20
"""Seeds or folds of the confirmation of a quality (accuracy, loss)."""

EXACT_PAIRS = 8
"""Of a value that has no noise and no instances: enough for an exact interval at 99 %."""


@dataclass(frozen=True)
class Baseline:
    """What the evaluator knows of the unchanged program."""

    tests: TestReport | None
    fingerprint: Mapping[str, str]  # the outputs that were the same in every run of the same inputs
    calibration: Calibration  # of the objective
    wall_s: float  # longest run of the benchmark; of calls, those that count
    metrics: Mapping[str, float]  # medians
    profile: Mapping[str, Any] = field(default_factory=dict)
    before_s: float = 0.0  # of calls: longest wall time until they count, the start included
    clock: str = "wall_time"  # what the metric `time` means in this job
    pace_weight: float | None = None  # by which its time follows its CPU's pace; None: on any CPU
    behaviour: Mapping[str, Any] = field(default_factory=dict)  # of recorded calls: "calls", "skipped"
    evaluated: bool = False  # an evaluate command of the job sees every result

    @property
    def verified_by(self) -> str:
        """What a candidate is held to, in words."""
        return self.verified()

    def verified(self, behaviour: str = "recorded behaviour") -> str:
        """Return what a candidate was held to, where `behaviour` says how much of it was replayed."""
        ways = ["tests"] if self.tests is not None else []
        if "output" in self.fingerprint:
            ways.append("output")
        if "replies" in self.fingerprint:
            ways.append("replies")
        if any(name not in ("output", "replies") for name in self.fingerprint):
            ways.append("output files")
        if self.evaluated:
            ways.append("the evaluate command")
        if self.behaviour.get("calls") and behaviour:
            ways.append(behaviour)
        if len(ways) == 1:
            return f"{ways[0]} only"
        return f"{', '.join(ways[:-1])} and {ways[-1]}" if ways else "nothing"

    def plan(self, job: Job, ratio: float, *, seen: int = 8, candidates: int = 1) -> Plan:
        """Return the pairs of a confirmation, from the noise and the search's estimate.

        Args:
            ratio: What the search estimated.
            seen: Pairs that the estimate comes from.
            candidates: Measured candidates of which this one looked best.
        """
        if job.objective.compare == "difference":
            return Plan(FOLDS)
        if self.calibration.exact and not uses_seed(job):
            return Plan(EXACT_PAIRS)

        def revised(log_ratios: Sequence[float]) -> int:
            return count(spread(log_ratios))

        def count(noise: Calibration) -> int:
            return plan_pairs(noise, job.minimum_effect, ratio, pairs_seen=seen, candidates=candidates)

        return Plan(count(self.calibration), revised)

    def resolved(self, metric: Metric) -> Metric:
        """Return a metric with `time` replaced by the clock that it means here."""
        return resolved(metric, self.clock)

    def to_json(self) -> dict[str, Any]:
        """Return the baseline as plain JSON types."""
        tests = None
        if self.tests is not None:
            tests = {"passed": sorted(self.tests.passed), "count": self.tests.count}
        return {
            "tests": tests,
            "fingerprint": dict(self.fingerprint),
            "calibration": self.calibration.to_json(),
            "wall_s": self.wall_s,
            "before_s": self.before_s,
            "metrics": dict(self.metrics),
            "profile": dict(self.profile),
            "clock": self.clock,
            "pace_weight": self.pace_weight,
            "behaviour": dict(self.behaviour),
            "evaluated": self.evaluated,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Baseline:
        """Return the baseline that `to_json` described."""
        tests = None
        if data["tests"] is not None:
            tests = TestReport(frozenset(data["tests"]["passed"]), frozenset(), data["tests"]["count"])
        return cls(**{**data, "tests": tests, "calibration": Calibration.from_json(data["calibration"])})


def resolved(metric: Metric, clock: str) -> Metric:
    """Return a metric with `time` replaced by a clock's name."""
    return metric.model_copy(update={"name": clock}) if metric.name == "time" else metric


def choose_clock(runs: Sequence[BenchmarkRun]) -> str:
    """Return what `time` means: CPU time for one process that computes, else wall time.

    CPU time doesn't contain waiting for a processor, so on a busy machine it is far less noisy.
    Waiting lowers the share of CPU time in single runs; the largest share is the least disturbed.
    """
    shares = [run.metrics["cpu_time"] / run.metrics["wall_time"] for run in runs if run.metrics["wall_time"]]
    if not shares or statistics.median(shares) > ONE_PROCESS or max(shares) < COMPUTES:
        return "wall_time"
    return "cpu_time"


def fits_one_cpu(job: Job, clock: str) -> bool:
    """Return whether one CPU shows all that is compared: the CPU time of one process, its memory."""
    names = {metric.name for metric in job.metrics}
    return clock == "cpu_time" and job.service is None and names <= ONE_CPU


def same_outputs(runs: Sequence[BenchmarkRun]) -> dict[str, str]:
    """Return the outputs that all runs of the same inputs agree on, with a digest of the first's."""
    by_inputs: dict[Any, list[BenchmarkRun]] = defaultdict(list)
    for run in runs:
        by_inputs[run.inputs].append(run)
    return {
        name: digest(content)
        for name, content in runs[0].outputs.items()
        if all(
            run.outputs.get(name) == group[0].outputs.get(name) and name in run.outputs
            for group in by_inputs.values()
            for run in group
        )
    }


def further_pairs(plan: Plan, pairs: Sequence[Pair], objective: Metric) -> int:
    """Return how many further pairs a plan asks for, now that their noise is seen."""
    if plan.revised is None:
        return 0
    try:
        wanted = plan.revised(log_ratios(pairs, objective))
    except ValueError:  # too few pairs, or a clock too coarse, to tell the noise
        return 0
    return max(0, min(wanted, MOST_PAIRS) - len(pairs))
