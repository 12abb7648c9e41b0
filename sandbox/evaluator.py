"""The evaluator: takes a candidate through its stages and returns a trial.

It makes the three kinds of statements that strop knows: the baseline (with its A/A noise), a search
verdict ("promising", from sequential looks), and a confirmation (a fixed number of fresh pairs, on
inputs that no trial has seen).
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from strop.candidate import BASELINE, Candidate
from strop.errors import ConfigError
from strop.events import Listener, silent
from strop.sandbox.baseline import Baseline, further_pairs
from strop.sandbox.calibrating import Calibrator, take
from strop.sandbox.checks import Checks
from strop.sandbox.comparing import (
    cache_label,
    compare,
    describe,
    gains_less,
    interval_of,
    label_of_one_instance,
    labels,
    limit_by_hearsay,
    looked_up,
    no_claim,
    objection,
    over_limit,
)
from strop.sandbox.drawn_inputs import DrawnInputs
from strop.sandbox.driving import Inputs, inputs_differ, inputs_vary
from strop.sandbox.extra_metrics import check_objective
from strop.sandbox.growth import growth
from strop.sandbox.looks import EXACT_LOOKS, decided, noise_beside, search_plan
from strop.sandbox.measure.pairs import Pair, measure_pairs
from strop.sandbox.measure.planning import MOST_PAIRS, Plan
from strop.sandbox.measure.quiet import background
from strop.sandbox.measure.several import confidence_for
from strop.sandbox.measure.verdict import claims
from strop.sandbox.profilers.packages import Packages
from strop.sandbox.profiling import profile
from strop.sandbox.proxy import on_proxy
from strop.sandbox.pruning import Ladder
from strop.sandbox.stage_log import StageLog
from strop.sandbox.stages import BenchmarkRun, Built, StageFailure, Stages
from strop.trial import Comparison, Confirmation, Trial, TrialState, Verdict

__all__ = ["Baseline", "Evaluator"]

COLD_PAIRS = 12


class Evaluator:
    """Evaluates candidates of one job; the only one who calls anything faster."""

    def __init__(self, stages: Stages, *, folder: Path, seed: int, listener: Listener = silent) -> None:
        """`folder` is where each trial keeps its logs, by number."""
        self.job = stages.job
        self._stages = stages
        self._folder = folder
        self._listener = listener
        self.inputs = DrawnInputs(self.job, seed)
        self._packages = Packages(stages.backend, stages.environment) if self.job.sandbox.profilers else None
        self._checks = Checks(stages, folder / "0", self.inputs.searched)
        proxy = self.job.commands.proxy
        self._proxy = stages.with_benchmark(proxy) if proxy else None
        self._known: dict[Inputs, BenchmarkRun] = {}  # of the unchanged program, where its value is exact
        self._profiles: dict[str, Mapping[str, Any]] = {}  # by candidate
        self._ladder = Ladder(stages, self.inputs.searched) if self.job.fidelity else None

    # --- baseline -------------------------------------------------------------------------

    def baseline(self, trial: Trial) -> tuple[Trial, Baseline]:
        """Measure the unchanged program; raises `ConfigError` where it doesn't build, pass or run."""
        check_objective(self.job)
        log = StageLog(self._folder / str(trial.number), trial.number, self._listener)
        calibrator = Calibrator(self._stages, self._checks, self._pairs, self.inputs.search)
        try:
            found = calibrator.measure(log)
            log.run("profile", lambda: self._profile(self._pristine, found, level=2))
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
            comparisons=tuple(calibrator.comparisons),
            verified_by=baseline.verified_by,
            profile=baseline.profile,
            seconds=sum(stage.seconds for stage in log.stages),
        )
        return finished, baseline

    @property
    def _pristine(self) -> Built:
        return self._stages.pristine

    # --- search ---------------------------------------------------------------------------

    def remember(self, trials: Iterable[Trial]) -> None:
        """Know profiles and lower rungs of earlier trials, also of those of processes before this one."""
        trials = list(trials)
        self._profiles |= {trial.candidate: trial.profile for trial in trials if trial.profile}
        if self._ladder is not None:
            self._ladder.know(trials)

    def evaluate(self, candidate: Candidate, trial: Trial, baseline: Baseline) -> Trial:
        """Take a candidate through all stages; a failed one is a FAILED trial, never an exception.

        Raises `SandboxError` where the provider is at fault.
        """
        start = time.monotonic()
        log = StageLog(self._folder / str(trial.number), trial.number, self._listener)
        found: dict[str, Any] = {"profile": {}}
        try:
            built = self._checks.passed(candidate, baseline, log)
            if self._proxy is not None:
                log.run("proxy", lambda: self._proxy_verdict(built, baseline, trial, found))
            if (ladder := self._ladder) is not None:
                limit_s, number = self._checks.timeout(baseline), trial.number
                log.run("rungs", lambda: ladder.climb(built, baseline, number, found, timeout_s=limit_s))
            if "verdict" not in found:
                log.run("measure", lambda: self._search_verdict(built, baseline, trial, found))
            # Of a slower one the profile says where the time went, which its author wants to know.
            # One that looks slower is looked into, too, where noise left it undecided.
            slower = found["verdict"] is Verdict.UNDECIDED and found["comparisons"][0].ratio < 1
            level = {Verdict.PROMISING: 2, Verdict.WORSE: 1}.get(found["verdict"], int(slower))
            if level and "pruned" not in found:  # that takes the whole benchmark
                known = (self._profiles[one] for one in candidate.parents if one in self._profiles)
                parent = next(known, baseline.profile)
                limit_s = self._checks.timeout(baseline)
                log.run(
                    "profile",
                    lambda: self._profile(built, found, level=level, parent=parent, timeout_s=limit_s),
                )
                self._profiles[candidate.id] = found["profile"]
        except StageFailure as failure:
            return replace(
                trial,
                state=TrialState.FAILED,
                stage=failure.stage,
                reason=failure.reason,
                failure=failure.failure,
                feedback=failure.feedback,
                stages=tuple(log.stages),
                seconds=time.monotonic() - start,
            )
        finished = replace(
            trial,
            state=TrialState.COMPLETE,
            reason=found.get("pruned") or found.get("doubt", ""),
            rungs=found.get("rungs", {}),
            verdict=found["verdict"],
            comparisons=tuple(found["comparisons"]),
            feedback=found["feedback"],
            stages=tuple(log.stages),
            verified_by=self._checks.verified_by(candidate, baseline),
            labels=found["labels"],
            profile=found["profile"],
            seconds=time.monotonic() - start,
        )
        self.remember([finished])
        return finished

    def _proxy_verdict(
        self, built: Built, baseline: Baseline, trial: Trial, found: dict[str, Any]
    ) -> tuple[str, bytes]:
        """Drop a candidate that is clearly slower on the cheaper benchmark."""
        assert self._proxy is not None
        seen = on_proxy(
            self._proxy,
            self._pristine,
            built,
            baseline,
            inputs=self.inputs.search(),
            timeout_s=self._checks.timeout(baseline),
        )
        if not seen.comparisons:
            return seen.words, b""
        found |= {"verdict": Verdict.WORSE, "comparisons": seen.comparisons, "labels": ()}
        found["feedback"] = seen.words
        return seen.words, b""

    def _search_verdict(
        self, built: Built, baseline: Baseline, trial: Trial, found: dict[str, Any]
    ) -> tuple[str, bytes]:
        inputs = self.inputs.search()
        source = self._pairs(self._pristine, built, inputs, self._checks.timeout(baseline), baseline)
        pairs, verdict = self._looks(source, baseline)
        comparisons, doubt, broken = self._looked_at(pairs, verdict, baseline)
        plan = search_plan(self.job, baseline)
        if verdict is Verdict.PROMISING and (doubt or broken) and len(pairs) < plan.looks[-1]:
            # Of a few pairs it may be chance.
            pairs += take(source, plan.looks[-1] - len(pairs))
            verdict = decided(self.job, pairs, len(plan.looks) - 1, plan, baseline) or Verdict.UNDECIDED
            comparisons, doubt, broken = self._looked_at(pairs, verdict, baseline)
        if broken:
            raise StageFailure("measure", broken)
        found |= {"comparisons": comparisons, "labels": labels(comparisons), "doubt": doubt}
        found["verdict"] = Verdict.WORSE if doubt else verdict
        words = [f"{describe(found['comparisons'][0])}: {found['verdict'].value}", doubt, *found["labels"]]
        found["feedback"] = "; ".join(word for word in words if word)
        return found["feedback"], pairs[-1].second.result.stdout

    def _looked_at(
        self, pairs: Sequence[Pair], verdict: Verdict, baseline: Baseline
    ) -> tuple[list[Comparison], str, str]:
        """Return the comparisons of some pairs, a doubt about their gain, and which limit they break."""
        comparisons = compare(pairs, self.job, baseline.clock, calibration=noise_beside(self.job, baseline))
        doubt = ""
        if verdict is Verdict.PROMISING:
            doubt = objection(pairs, comparisons, served=self.job.service is not None)
        return comparisons, doubt, over_limit(self.job, comparisons)

    def _looks(self, source: Iterator[Pair], baseline: Baseline) -> tuple[list[Pair], Verdict]:
        pairs: list[Pair] = []
        plan = search_plan(self.job, baseline)
        for look, count in enumerate(plan.looks):
            pairs += take(source, count - len(pairs))
            verdict = decided(self.job, pairs, look, plan, baseline)
            if verdict is not None:
                return pairs, verdict
        return pairs, Verdict.UNDECIDED

    def measure_again(
        self, candidate: Candidate, baseline: Baseline, *, pairs: int, label: str
    ) -> Comparison | str:
        """Return what a candidate gains, from so many fresh pairs on the inputs of the search.

        A sentence where it fails. This decides nothing: it is for choosing what is confirmed.
        """
        log = StageLog(self._folder / label, -1, self._listener)
        try:
            built = self._checks.passed(candidate, baseline, log)
            timeout_s = self._checks.timeout(baseline)
            source = self._pairs(self._pristine, built, self.inputs.search(), timeout_s, baseline)
            pairs = min(pairs, EXACT_LOOKS[0]) if baseline.calibration.exact else pairs
            return compare(take(source, pairs), self.job, baseline.clock)[0]
        except StageFailure as failure:
            return f"fails at stage {failure.stage} when measured again: {failure.reason}"

    # --- confirmation ---------------------------------------------------------------------

    def confirm(
        self,
        candidate: Candidate,
        baseline: Baseline,
        *,
        pairs: int | Plan,
        against: Candidate = BASELINE,
        label: str,
        claims_made: int = 1,
        held_out: bool = True,
    ) -> Confirmation:
        """Measure a candidate anew with a fixed number of pairs; `label` names its logs.

        A `Plan` may ask for more pairs once, by the spread of the first ones alone. Tests, output and
        behaviour are checked again, on seeds that no trial has seen.
        `claims_made`: how many claims are published together; each is made at a higher confidence.
        `held_out`: False takes the inputs of the search, for what is a choice and no claim: what chose
        on the inputs of the claim would make it look better than it is.
        A failure is a confirmation that claims nothing.
        """
        log = StageLog(self._folder / label, -1, self._listener)
        confidence = confidence_for(claims_made)
        plan = pairs if isinstance(pairs, Plan) else Plan(pairs)
        count = max(plan.pairs, MOST_PAIRS)
        searched = list(itertools.islice(self.inputs.search(), count))
        taken_from = self.inputs.held_out(count) if held_out else searched
        drawn = tuple(inputs.seed for inputs in taken_from) if held_out and inputs_vary(self.job) else ()
        seeds = drawn[: plan.pairs]
        seeds_told = ", on held-out seeds" if seeds else ""
        verified = baseline.verified_by + seeds_told
        try:
            built = self._checks.passed(candidate, baseline, log, taken_from[0])
            verified = self._checks.verified_by(candidate, baseline) + seeds_told
            reference = self._pristine if against.id == BASELINE.id else self._stages.build(against)
            source = self._pairs(reference, built, taken_from, self._checks.timeout(baseline), baseline)
            taken = take(source, plan.pairs)
            taken += take(source, further_pairs(plan, taken, baseline.resolved(self.job.objective)))
            seeds = drawn[: len(taken)]
            comparisons = compare(taken, self.job, baseline.clock, confidence=confidence)
            reason = over_limit(self.job, comparisons) or no_claim(self.job, taken, comparisons, confidence)
            reason = reason or limit_by_hearsay(self.job, comparisons)
            if not reason and not self.job.judges_results:  # judged numbers are answers, whoever found them
                told, other = taken[0].first, inputs_differ(self.job)
                results = () if other else (*told.outputs.values(), told.result.stdout)
                reason = looked_up(self._checks.gate(candidate, results), seeded=other)
            warm = () if reason else self._cache_labels(candidate, built, baseline, taken)
        except StageFailure as failure:
            reason = f"fails at stage {failure.stage} when measured anew: {failure.reason}"
            return Confirmation(candidate.id, against.id, False, (), verified, reason, (), confidence, seeds)
        return Confirmation(
            candidate.id,
            against.id,
            not reason,
            tuple(comparisons),
            verified,
            reason,
            (*labels(comparisons), *label_of_one_instance(self.job), *warm),
            confidence,
            seeds,
        )

    def _cache_labels(
        self, candidate: Candidate, built: Built, baseline: Baseline, warm: Sequence[Pair]
    ) -> tuple[str, ...]:
        """Return the label of a gain that lives on inputs that repeat, or on calls before the timed one."""
        findings = self._checks.gate(candidate)
        if self.job.calls is None:
            return cache_label(findings)
        # What is kept from call to call has many disguises; the clock sees through all of them.
        inputs = self.inputs.held_out(COLD_PAIRS)
        timeout_s = self._checks.timeout(baseline)
        source = self._pairs(self._pristine, built, inputs, timeout_s, baseline, cold=True)
        pairs = take(source, COLD_PAIRS)
        cold = compare(pairs, self.job, baseline.clock)[0]
        if claims(interval_of(cold), self.job.minimum_effect):
            return ()
        caches = [f"{f.path}:{f.line}" for f in findings if f.rule == "cache"]
        counted = max(1, len(self._stages.requests(inputs[0])) - self.job.calls.warmups)
        if not caches and not gains_less(pairs, warm, cold.metric, counted):
            return ()
        memoisation = (
            f"memoisation: {caches[0] if caches else 'something'} keeps results, and without calls before it "
            f"one call gains nothing ({cold.ratio:.2f} [{cold.low:.2f}, {cold.high:.2f}])"
        )
        return (memoisation,)

    # --- pieces ---------------------------------------------------------------------------

    def _pairs(
        self,
        reference: Built,
        judged: Built,
        inputs: Any,
        timeout_s: float,
        baseline: Baseline | None = None,
        *,
        cold: bool = False,
        timed: bool = True,
        apart: bool = False,
        pace_weight: float | None = None,
    ) -> Iterator[Pair]:
        check, exact = None, baseline is not None and baseline.calibration.exact
        if baseline is not None:
            pace_weight = baseline.pace_weight
            check = lambda run, other: self._checks.same_outputs(run, other, baseline)  # noqa: E731
        return measure_pairs(
            self._stages,
            reference,
            judged,
            inputs=inputs,
            timeout_s=timeout_s,
            check=check,
            cold=cold,
            timed=timed,
            apart=apart,
            pace_weight=pace_weight,
            known=self._known if exact and reference is self._pristine else None,
        )

    def _profile(
        self,
        built: Built,
        found: dict[str, Any],
        *,
        level: int = 1,
        parent: Mapping[str, Any] | None = None,
        timeout_s: float | None = None,
    ) -> tuple[str, bytes]:
        with background():
            found["profile"] = profile(
                self._stages, built, level=level, parent=parent, packages=self._packages
            )
        if level > 1 and (grown := growth(self._stages, built, timeout_s)):
            found["profile"] = {**found["profile"], "scaling": grown}
        return str(found["profile"].get("unavailable", "")), b""
