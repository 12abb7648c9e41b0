"""The baseline's measurement: does the unchanged program work, and how noisy is it beside itself?"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from strop.job import Metric
from strop.sandbox.baseline import choose_clock, fits_one_cpu, resolved, same_outputs
from strop.sandbox.behaviour.recording import recordable
from strop.sandbox.checks import Checks
from strop.sandbox.comparing import compare
from strop.sandbox.driving import Inputs, uses_seed
from strop.sandbox.measure.pace import fitted_weight
from strop.sandbox.measure.pairs import Pair, differences, log_ratios
from strop.sandbox.measure.planning import Calibration
from strop.sandbox.outputs import TestReport
from strop.sandbox.stage_log import StageLog
from strop.sandbox.stages import BenchmarkRun, Built, StageFailure, Stages
from strop.trial import Comparison

__all__ = ["Calibrator", "take"]

CALIBRATION_PAIRS = 8
FIRST_PAIRS = 2  # on all CPUs: does the program use more than one?
EXACT_PAIRS = 3  # where the value of the unchanged program may turn out to have no noise


class Calibrator:
    """Measures the unchanged program of one job, once."""

    def __init__(
        self,
        stages: Stages,
        checks: Checks,
        pairs: Callable[..., Iterator[Pair]],
        inputs: Callable[[], Iterator[Inputs]],
    ) -> None:
        """`pairs` compares two trees on inputs, and `inputs` are those of the search."""
        self.comparisons: list[Comparison] = []  # of the unchanged program with itself
        self._stages, self._checks, self._pairs, self._inputs = stages, checks, pairs, inputs
        self._job = job = stages.job
        # A second metric that is a time, or memory, still has to be measured beside the unchanged program.
        self._judged = job.judges_results and not any(metric.measured for metric in job.metrics)

    def measure(self, log: StageLog) -> dict[str, Any]:
        """Return what a baseline consists of, but for its profile; raises `StageFailure`."""
        job = self._job
        found: dict[str, Any] = {"tests": None, "evaluated": bool(job.commands.evaluate)}
        log.run("build", lambda: ("", self._pristine.log))
        if job.commands.test:
            log.run("test", lambda: self._tests(found))
        log.run("measure", lambda: self._calibrate(found))
        if job.verify.behaviour and job.compares_results and recordable(self._stages):
            log.run("record", lambda: self._checks.record(found))
        return found

    @property
    def _pristine(self) -> Built:
        return self._stages.pristine

    def _tests(self, found: dict[str, Any]) -> tuple[str, bytes]:
        """Run the tests twice: what passes only sometimes is asked of nobody."""
        first, log = self._stages.test(self._pristine)
        second, _ = self._stages.test(self._pristine)
        passed = first.passed & second.passed
        found["tests"] = TestReport(passed, frozenset(), min(first.count, second.count))
        return f"{found['tests'].count or 'unnamed'} tests passed, twice", log

    def _calibrate(self, found: dict[str, Any]) -> tuple[str, bytes]:
        pairs, clock, weight = self._aa_pairs()
        runs = _runs(pairs)
        for run in runs:
            self._checks.know(run)
        found["clock"] = clock
        objective = resolved(self._job.objective, clock)
        self.comparisons = compare(pairs, self._job, clock)
        found["pace_weight"] = weight
        found["fingerprint"] = same_outputs(runs)
        found["calibration"] = self._calibration(pairs, objective)
        found["wall_s"] = max(run.result.wall_s for run in runs)
        found["before_s"] = max(run.before_s for run in runs)
        names = {metric.name for metric in self._job.metrics} - {"time"} | {"wall_time", "cpu_time"}
        found["metrics"] = {
            name: statistics.median([run.metrics[name] for run in runs]) for name in sorted(names)
        }
        noise = found["calibration"].sd
        unit = "" if objective.compare == "difference" else f"{noise:.1%}"
        where = "" if weight is None else " on one CPU, its pace taken out"
        return (
            f"A/A noise of {objective.name} {unit or f'{noise:.3g}'} per pair, {len(pairs)} pairs{where}",
            runs[0].result.stdout,
        )

    def _aa_pairs(self) -> tuple[list[Pair], str, float | None]:
        """Compare the unchanged program with itself; a judged value that has no noise needs no silence."""
        timeout_s = self._job.sandbox.timeout_s
        if self._judged:
            inputs, count = self._inputs(), CALIBRATION_PAIRS if uses_seed(self._job) else EXACT_PAIRS
            source = self._pairs(self._pristine, self._pristine, inputs, timeout_s, timed=False, apart=True)
            pairs = take(source, count)
            if self._same(pairs):
                return pairs, choose_clock(_runs(pairs)), None
        # A value that hangs on the order of a set is noise, too, and no pair with one hash seed shows it.
        anywhere = self._with_itself(timeout_s)
        pairs = take(anywhere, FIRST_PAIRS)
        clock = choose_clock(_runs(pairs))
        if fits_one_cpu(self._job, clock):
            pairs = take(self._with_itself(timeout_s, pace_weight=0.0), CALIBRATION_PAIRS)
            times = log_ratios(pairs, Metric(name="cpu_time"), influenced=True)
            weight = fitted_weight(times, [pair.log_paces for pair in pairs])
            return [replace(pair, pace_weight=weight) for pair in pairs], clock, weight
        pairs += take(anywhere, CALIBRATION_PAIRS - FIRST_PAIRS)
        return pairs, choose_clock(_runs(pairs)), None

    def _with_itself(self, timeout_s: float, *, pace_weight: float | None = None) -> Iterator[Pair]:
        inputs, apart = self._inputs(), self._judged
        return self._pairs(
            self._pristine, self._pristine, inputs, timeout_s, apart=apart, pace_weight=pace_weight
        )

    def _same(self, pairs: Sequence[Pair]) -> bool:
        """Return whether the objective hangs on nothing but the inputs."""
        name = self._job.objective.name
        values: dict[Inputs, set[float]] = {}
        for run in (run for pair in pairs for run in (pair.first, pair.second)):
            values.setdefault(run.inputs, set()).add(run.metrics[name])
        return all(len(seen) == 1 for seen in values.values())

    def _calibration(self, pairs: Sequence[Pair], objective: Metric) -> Calibration:
        by_difference = objective.compare == "difference"
        try:
            found = differences(pairs, objective) if by_difference else log_ratios(pairs, objective)
        except ValueError as error:
            raise StageFailure("measure", str(error)) from None
        if self._judged and self._same(pairs):
            return Calibration.without_noise(len(found))
        return Calibration.from_differences(found) if by_difference else Calibration.from_log_ratios(found)


def _runs(pairs: Sequence[Pair]) -> list[BenchmarkRun]:
    return [run for pair in pairs for run in (pair.first, pair.second)]


def take(source: Iterator[Pair], count: int) -> list[Pair]:
    """Return the next pairs of a series."""
    return [next(source) for _ in range(count)]
