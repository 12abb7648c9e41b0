"""The evaluator: takes a candidate through its stages and returns a trial.

It makes the three kinds of statements that strop knows: the baseline (with its A/A noise), a search
verdict ("promising", from sequential looks), and a confirmation (a fixed number of fresh pairs).
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from strop.candidate import BASELINE, Candidate
from strop.errors import ConfigError
from strop.events import Event, Listener, silent
from strop.job import Metric
from strop.sandbox.measure.intervals import Interval, interval
from strop.sandbox.measure.pairs import Pair, log_ratios, measure_pairs
from strop.sandbox.measure.planning import Calibration
from strop.sandbox.measure.verdict import SearchPlan, claims, decide
from strop.sandbox.outputs import TestReport
from strop.sandbox.profiling import profile
from strop.sandbox.stages import BenchmarkRun, Built, StageFailure, Stages
from strop.trial import Comparison, Confirmation, StageResult, Trial, TrialState, Verdict

__all__ = ["Baseline", "Evaluator"]

CALIBRATION_PAIRS = 6
CANDIDATE_SLACK = 5.0  # a candidate this many times slower than the baseline is stopped, not waited for


@dataclass(frozen=True)
class Baseline:
    """What the evaluator knows of the unchanged program."""

    tests: TestReport | None
    fingerprint: Mapping[str, str]  # the outputs that were the same in every run
    calibration: Calibration  # of the objective
    wall_s: float  # longest run of the benchmark
    metrics: Mapping[str, float]  # medians
    profile: Mapping[str, Any] = field(default_factory=dict)

    @property
    def verified_by(self) -> str:
        """What a candidate is held to."""
        ways = ["tests"] if self.tests is not None else []
        if "output" in self.fingerprint:
            ways.append("output")
        if any(name != "output" for name in self.fingerprint):
            ways.append("output files")
        return f"{ways[0]} only" if len(ways) == 1 else " and ".join(ways) or "nothing"

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
            "metrics": dict(self.metrics),
            "profile": dict(self.profile),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Baseline:
        """Return the baseline that `to_json` described."""
        tests = None
        if data["tests"] is not None:
            tests = TestReport(frozenset(data["tests"]["passed"]), frozenset(), data["tests"]["count"])
        return cls(**{**data, "tests": tests, "calibration": Calibration.from_json(data["calibration"])})


class _Log:
    """Collects the stages of one trial and keeps their logs in its folder."""

    def __init__(self, folder: Path, number: int, listener: Listener) -> None:
        self.stages: list[StageResult] = []
        self._folder = folder
        self._number = number
        self._listener = listener

    def run(self, name: str, work: Callable[[], tuple[str, bytes]]) -> None:
        """Run a stage that returns (detail, log)."""
        self._listener(Event("stage", {"trial": self._number, "stage": name}))
        start = time.monotonic()
        try:
            detail, log = work()
        except StageFailure as failure:
            seconds = time.monotonic() - start
            self.stages.append(
                StageResult(name, False, seconds, failure.reason, self._keep(name, failure.log))
            )
            raise
        self.stages.append(StageResult(name, True, time.monotonic() - start, detail, self._keep(name, log)))

    def _keep(self, name: str, log: bytes) -> str:
        if not log.strip():
            return ""
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / f"{name}.log").write_bytes(log)
        return f"{name}.log"


class Evaluator:
    """Evaluates candidates of one job; the only one who calls anything faster."""

    def __init__(self, stages: Stages, *, folder: Path, seed: int, listener: Listener = silent) -> None:
        """`folder` is where each trial keeps its logs, by number."""
        self.job = stages.job
        self._stages = stages
        self._folder = folder
        self._seed = seed
        self._listener = listener
        self._baseline_tree: Built | None = None

    # --- baseline -------------------------------------------------------------------------

    def baseline(self, trial: Trial) -> tuple[Trial, Baseline]:
        """Measure the unchanged program; raises `ConfigError` where it doesn't build, pass or run."""
        log = _Log(self._folder / str(trial.number), trial.number, self._listener)
        found: dict[str, Any] = {"tests": None}
        try:
            log.run("build", self._build_baseline)
            if self.job.commands.test:
                log.run("test", lambda: self._baseline_tests(found))
            log.run("measure", lambda: self._calibrate(found))
            log.run("profile", lambda: self._profile(self._pristine, found))
        except StageFailure as failure:
            logs = self._folder / str(trial.number)
            raise ConfigError(
                f"the job's baseline fails at stage {failure.stage}: {failure.feedback}\n"
                f"strop changes nothing before the unchanged program works; logs: {logs}"
            ) from None
        baseline = Baseline(**found)
        finished = replace(
            trial,
            state=TrialState.COMPLETE,
            stages=tuple(log.stages),
            comparisons=tuple(self._aa),
            verified_by=baseline.verified_by,
            profile=baseline.profile,
            seconds=sum(stage.seconds for stage in log.stages),
        )
        return finished, baseline

    def _build_baseline(self) -> tuple[str, bytes]:
        self._baseline_tree = self._stages.build(BASELINE)
        return "", self._baseline_tree.log

    @property
    def _pristine(self) -> Built:
        if self._baseline_tree is None:
            self._baseline_tree = self._stages.build(BASELINE)
        return self._baseline_tree

    def _baseline_tests(self, found: dict[str, Any]) -> tuple[str, bytes]:
        """Run the tests twice: what passes only sometimes is asked of nobody."""
        first, log = self._stages.test(self._pristine)
        second, _ = self._stages.test(self._pristine)
        passed = first.passed & second.passed
        found["tests"] = TestReport(passed, frozenset(), min(first.count, second.count))
        return f"{found['tests'].count or 'unnamed'} tests passed, twice", log

    def _calibrate(self, found: dict[str, Any]) -> tuple[str, bytes]:
        pairs = self._take(
            self._pairs(self._pristine, self._pristine, "aa", self.job.sandbox.timeout_s), None
        )
        runs = [run for pair in pairs for run in (pair.first, pair.second)]
        same = {
            key: value
            for key, value in runs[0].fingerprint.items()
            if all(run.fingerprint.get(key) == value for run in runs)
        }
        self._aa = self._compare(pairs)
        found["fingerprint"] = same
        found["calibration"] = Calibration.from_log_ratios(log_ratios(pairs, self.job.objective))
        found["wall_s"] = max(run.result.wall_s for run in runs)
        found["metrics"] = {m.name: _median([run.metrics[m.name] for run in runs]) for m in self.job.metrics}
        noise = found["calibration"].sd
        return f"A/A noise {noise:.1%} per pair, {len(pairs)} pairs", runs[0].result.stdout

    # --- search ---------------------------------------------------------------------------

    def evaluate(self, candidate: Candidate, trial: Trial, baseline: Baseline) -> Trial:
        """Take a candidate through all stages; a failed one is a FAILED trial, never an exception.

        Raises `SandboxError` where the provider is at fault.
        """
        start = time.monotonic()
        log = _Log(self._folder / str(trial.number), trial.number, self._listener)
        found: dict[str, Any] = {"profile": {}}
        try:
            built = self._checked(candidate, baseline, log)
            log.run("measure", lambda: self._search_verdict(built, baseline, trial, found))
            if found["verdict"] is Verdict.PROMISING:
                log.run("profile", lambda: self._profile(built, found))
        except StageFailure as failure:
            return replace(
                trial,
                state=TrialState.FAILED,
                stage=failure.stage,
                reason=failure.reason,
                feedback=failure.feedback,
                stages=tuple(log.stages),
                seconds=time.monotonic() - start,
            )
        comparison = found["comparisons"][0]
        return replace(
            trial,
            state=TrialState.COMPLETE,
            verdict=found["verdict"],
            comparisons=tuple(found["comparisons"]),
            feedback=_describe(comparison, found["verdict"]),
            stages=tuple(log.stages),
            verified_by=baseline.verified_by,
            profile=found["profile"],
            seconds=time.monotonic() - start,
        )

    def _checked(self, candidate: Candidate, baseline: Baseline, log: _Log) -> Built:
        """Apply, build, test and verify a candidate; raises `StageFailure`."""
        built: list[Built] = []

        def build() -> tuple[str, bytes]:
            built.append(self._stages.build(candidate))
            return "", built[0].log

        def test() -> tuple[str, bytes]:
            report, output = self._stages.test(built[0])
            missing = report.missing(baseline.tests) if baseline.tests else ()
            if missing:
                raise StageFailure(
                    "test",
                    f"{len(missing)} tests that passed in the baseline are not reported passed: "
                    f"{', '.join(missing[:5])}",
                    log=output,
                )
            return f"{report.count or 'unnamed'} tests passed", output

        def verify() -> tuple[str, bytes]:
            with self._stages.sandbox() as sandbox:
                sandbox.put(built[0].tree)
                run = self._stages.benchmark(
                    built[0], sandbox, hash_seed=1, timeout_s=self._timeout(baseline), pristine=self._pristine
                )
            self._check_output(run, baseline)
            return f"by {baseline.verified_by}", run.result.stdout

        log.run("build", build)
        if self.job.commands.test:
            log.run("test", test)
        log.run("verify", verify)
        return built[0]

    def _check_output(self, run: BenchmarkRun, baseline: Baseline) -> None:
        wrong = [key for key, value in baseline.fingerprint.items() if run.fingerprint.get(key) != value]
        if wrong:
            what = "what the benchmark printed" if wrong[0] == "output" else wrong[0]
            shown = run.result.stdout[-600:].decode("utf-8", "replace") if wrong[0] == "output" else ""
            reason = f"{what} differs from the baseline's"
            raise StageFailure(
                "verify",
                reason,
                feedback=f"{reason}: the change is not equivalent.\n{shown}".strip(),
                log=run.result.stdout,
            )

    def _search_verdict(
        self, built: Built, baseline: Baseline, trial: Trial, found: dict[str, Any]
    ) -> tuple[str, bytes]:
        pairs: list[Pair] = []
        verdict: Verdict | None = None
        source = self._pairs(
            self._pristine, built, f"trial {trial.number}", self._timeout(baseline), baseline
        )
        plan = SearchPlan(minimum_effect=self.job.minimum_effect)
        for look, count in enumerate(plan.looks):
            pairs += self._take(source, count - len(pairs))
            verdict = decide(log_ratios(pairs, self.job.objective), baseline.calibration, look, plan)
            if verdict is not None:
                break
        found["verdict"] = verdict or Verdict.UNDECIDED
        found["comparisons"] = self._compare(pairs, baseline.calibration)
        return _describe(found["comparisons"][0], found["verdict"]), pairs[-1].second.result.stdout

    # --- confirmation ---------------------------------------------------------------------

    def confirm(
        self,
        candidate: Candidate,
        baseline: Baseline,
        *,
        pairs: int,
        against: Candidate = BASELINE,
        label: str,
    ) -> Confirmation:
        """Measure a candidate anew with a fixed number of pairs; `label` seeds order and hash seeds.

        Tests and output are checked again. A failure is a confirmation that claims nothing.
        """
        log = _Log(self._folder / label, -1, self._listener)
        verified = baseline.verified_by
        try:
            built = self._checked(candidate, baseline, log)
            reference = self._pristine if against.id == BASELINE.id else self._stages.build(against)
            source = self._pairs(reference, built, label, self._timeout(baseline), baseline)
            comparisons = self._compare(self._take(source, pairs))
        except StageFailure as failure:
            reason = f"fails at stage {failure.stage} when measured anew: {failure.reason}"
            return Confirmation(candidate.id, against.id, False, (), verified, reason)
        claimed = claims(_interval_of(comparisons[0]), self.job.minimum_effect)
        reason = ""
        if not claimed:
            reason = (
                f"the lower bound of the 95 % interval, {comparisons[0].low:.3f}, is not above "
                f"{1 + self.job.minimum_effect:.3f}"
            )
        return Confirmation(candidate.id, against.id, claimed, tuple(comparisons), verified, reason)

    # --- pieces ---------------------------------------------------------------------------

    def _pairs(
        self, reference: Built, judged: Built, label: str, timeout_s: float, baseline: Baseline | None = None
    ) -> Any:
        check = None
        if baseline is not None:
            check = lambda run: self._check_output(run, baseline)  # noqa: E731
        return measure_pairs(
            self._stages,
            reference,
            judged,
            rng=random.Random(f"{self._seed} {label}"),
            timeout_s=timeout_s,
            pristine=self._pristine,
            check=check,
        )

    def _take(self, source: Any, count: int | None) -> list[Pair]:
        return [next(source) for _ in range(CALIBRATION_PAIRS if count is None else count)]

    def _timeout(self, baseline: Baseline) -> float:
        return min(self.job.sandbox.timeout_s, baseline.wall_s * CANDIDATE_SLACK + 5.0)

    def _compare(self, pairs: list[Pair], calibration: Calibration | None = None) -> list[Comparison]:
        return [self._comparison(pairs, metric, calibration) for metric in self.job.metrics]

    def _comparison(self, pairs: list[Pair], metric: Metric, calibration: Calibration | None) -> Comparison:
        try:
            ratios = log_ratios(pairs, metric)
        except ValueError as error:
            raise StageFailure("measure", str(error)) from None
        sd = calibration.sd if calibration and metric == self.job.objective else 0.0
        found = interval(ratios, prior_sd=sd)
        source = "measured" if metric.measured else "self-reported"
        if not metric.measured and self.job.commands.evaluate:
            source = "verified"
        return Comparison(
            metric.name,
            found.ratio,
            found.low,
            found.high,
            len(pairs),
            source,
            tuple(pair.first.metrics[metric.name] for pair in pairs),
            tuple(pair.second.metrics[metric.name] for pair in pairs),
        )

    def _profile(self, built: Built, found: dict[str, Any]) -> tuple[str, bytes]:
        found["profile"] = profile(self._stages, built)
        return str(found["profile"].get("unavailable", "")), b""


def _interval_of(comparison: Comparison) -> Interval:
    return Interval(comparison.ratio, comparison.low, comparison.high, comparison.pairs)


def _describe(comparison: Comparison, verdict: Verdict) -> str:
    return (
        f"{comparison.metric}: ratio to the baseline {comparison.ratio:.3f} "
        f"[{comparison.low:.3f}, {comparison.high:.3f}] from {comparison.pairs} pairs: {verdict.value}"
    )


def _median(values: list[float]) -> float:
    import statistics

    return statistics.median(values)
