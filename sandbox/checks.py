"""What a candidate has to pass before it is measured: the gate, build, tests, output, recorded behaviour."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from strop.candidate import Candidate
from strop.sandbox.baseline import Baseline
from strop.sandbox.behaviour.equality import Tolerance, difference
from strop.sandbox.behaviour.recording import Recording, record
from strop.sandbox.behaviour.replaying import Mismatch, Replayed, compared, replay
from strop.sandbox.driving import Inputs, filled
from strop.sandbox.gate import Finding, inspect
from strop.sandbox.measure.quiet import background
from strop.sandbox.outputs import same_output
from strop.sandbox.stage_log import StageLog
from strop.sandbox.stages import BenchmarkRun, Built, StageFailure, Stages
from strop.trial import Failure

__all__ = ["RECORDING", "Checks", "same_replies"]

RECORDING = "behaviour.json"
MOST_NAMED = 6  # functions that a failed test's feedback names
CANDIDATE_SLACK = 5.0  # a candidate this many times slower than the baseline is stopped, not waited for


class Checks:
    """The checks of one job; keeps what they compare with."""

    def __init__(self, stages: Stages, folder: Path, inputs: list[Inputs]) -> None:
        """`folder` keeps the recording; `inputs` are those of the search, the first for the quick check."""
        self.job = stages.job
        self._stages = stages
        self._folder = folder
        self._inputs = inputs
        self._references: dict[tuple[Stages, Inputs], BenchmarkRun] = {}
        self._recording: Recording | None = None
        self._compared: dict[str, Replayed] = {}  # by candidate

    def know(self, run: BenchmarkRun) -> None:
        """Take a run of the unchanged program as the reference for its inputs."""
        self._references.setdefault((self._stages, run.inputs), run)

    def timeout(self, baseline: Baseline) -> float:
        """Return a candidate's deadline for one run, in seconds; one that aims at no time may be slow."""
        objective = self.job.objective
        results = baseline.calibration.exact or self.job.judges_results or objective.compare == "difference"
        if results or objective.name == "peak_memory":
            return self.job.sandbox.timeout_s
        usual_s = baseline.wall_s + baseline.before_s
        return min(self.job.sandbox.timeout_s, usual_s * CANDIDATE_SLACK + 5.0)

    def record(self, found: dict[str, Any]) -> tuple[str, bytes]:
        """Record calls of the target's functions in the unchanged program."""
        benchmark = "" if self.job.service else filled(self.job.commands.benchmark, self._inputs[0])
        commands = [command for command in (self.job.commands.test, benchmark) if command]
        most = self.job.verify.behaviour_calls
        with background():
            self._recording = record(self._stages, self._stages.pristine, commands, most=most)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._recording.save(self._folder / RECORDING)
        count, skipped = len(self._recording.calls), dict(self._recording.skipped)
        found["behaviour"] = {"calls": count, "skipped": skipped}
        return f"{count} calls recorded, {len(skipped)} functions can't be", b""

    def passed(
        self, candidate: Candidate, baseline: Baseline, log: StageLog, inputs: Inputs | None = None
    ) -> Built:
        """Pass a candidate through the gate, build, test and verify it; raises `StageFailure`.

        `inputs` are those of the check of its output, by default the first of the search; there the lowest
        rung is enough, since every pair of the last one is checked as well.
        """
        built: list[Built] = []

        def gate() -> tuple[str, bytes]:
            notes = self.gate(candidate)
            return "; ".join(finding.message for finding in notes), b""

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
            stages = self._stages if inputs else self._stages.quick
            run = self._once(stages, built[0], inputs or self._inputs[0], self.timeout(baseline))
            self.same_outputs(run, self._reference(stages, run.inputs), baseline)
            return f"by {baseline.verified_by}", run.result.stdout

        if candidate.edits:
            log.run("gate", gate)
        log.run("build", build)
        replays = bool(candidate.edits and baseline.behaviour.get("calls"))
        try:
            if self.job.commands.test:
                log.run("test", test)
            log.run("verify", verify)
        except StageFailure as failure:
            if replays:
                self._name_the_cause(failure, built[0])
            raise
        if replays:
            log.run("behaviour", lambda: self._replayed(built[0]))
        return built[0]

    def gate(self, candidate: Candidate, results: Iterable[bytes] = ()) -> list[Finding]:
        """Return the gate's notes; raises `StageFailure` for what no candidate may do.

        `results`: what the unchanged program's benchmark gives.
        """
        snapshot = self._stages.snapshot
        allow = self.job.verify.allow
        findings = inspect(
            candidate, snapshot.texts, allow=allow, others=snapshot.paths, results=tuple(results)
        )
        refused = [finding for finding in findings if finding.refuse]
        if refused:
            reasons = [f"{f.path}:{f.line}: {f.message} ({f.rule})" for f in refused]
            raise StageFailure("gate", reasons[0], feedback="\n".join(reasons[:8]), failure=Failure.POLICY)
        return findings

    def _once(self, stages: Stages, built: Built, inputs: Inputs, timeout_s: float | None) -> BenchmarkRun:
        if self.job.calls is not None:
            stages.requests(inputs)
        with background(), stages.sandbox() as sandbox:
            sandbox.put(built.tree)
            return stages.benchmark(built, sandbox, hash_seed=1, inputs=inputs, timeout_s=timeout_s)

    def _reference(self, stages: Stages, inputs: Inputs) -> BenchmarkRun:
        """Return a run of the unchanged program on some inputs, made once."""
        key = stages, inputs
        if key not in self._references:
            self._references[key] = self._once(stages, self._stages.pristine, inputs, None)
        return self._references[key]

    def same_outputs(self, run: BenchmarkRun, reference: BenchmarkRun, baseline: Baseline) -> None:
        """Compare a run's outputs with those of the unchanged program on the same inputs.

        Raises `StageFailure` where they differ by more than the job tolerates.
        """
        verify = self.job.verify
        both = [(name, reference.outputs, run.outputs) for name in baseline.fingerprint]
        # Under callgrind the unchanged program, too, may print other last digits: another processor.
        counted = [name for name in baseline.fingerprint if name in reference.counted_outputs]
        both += [(name, reference.counted_outputs, run.counted_outputs) for name in counted]
        for name, expected, outputs in both:
            wanted, found = expected.get(name), outputs.get(name)
            if wanted is None and found is None:
                continue  # neither printed anything, which some inputs give
            if wanted is not None and found is not None:
                tolerances = {"relative": verify.relative_tolerance, "absolute": verify.absolute_tolerance}
                if same_output(found, wanted, **tolerances):
                    continue
                # What a Python function returns is compared as values, too: arrays are no text.
                typed = name == "replies" and self.job.calls is not None and self.job.calls.function
                if typed and same_replies(found, wanted, Tolerance(**tolerances)):
                    continue
            what = {"output": "what the benchmark printed", "replies": "a reply"}.get(name, name)
            shown = _first_difference(found or b"", wanted or b"") if name in ("output", "replies") else ""
            reason = f"{what} differs from the baseline's"
            if outputs is run.counted_outputs:
                reason += " where its instructions are counted"
            if run.inputs not in self._inputs:
                reason += " on inputs that the search has not seen"
            raise StageFailure(
                "verify",
                reason,
                feedback=f"{reason}: the change is not equivalent.\n{shown}".strip(),
                log=found or b"",
            )

    def _name_the_cause(self, failure: StageFailure, built: Built) -> None:
        """Add to a failure which functions do something else on recorded calls: tests seldom say it."""
        try:
            with background():
                wrong = replay(self._stages, built, self._recorded())
        except StageFailure:
            return  # the replay failed, too, and says less than the stage itself
        first: dict[str, Mismatch] = {}
        for mismatch in wrong:
            first.setdefault(mismatch.function, mismatch)
        lines = [
            f"{m.function} behaves differently on a recorded call ({m.what}): "
            f"expected {m.expected}, got {m.got}"
            for m in list(first.values())[:MOST_NAMED]
        ]
        failure.feedback = "\n".join([failure.feedback, *lines])

    def verified_by(self, candidate: Candidate, baseline: Baseline) -> str:
        """Return what a candidate that passed was held to, in words."""
        if not candidate.edits or (seen := self._compared.get(candidate.id)) is None:
            return baseline.verified_by
        if not seen.compared:
            return baseline.verified("")
        return baseline.verified("recorded behaviour in part" if seen.gone else "recorded behaviour")

    def _replayed(self, built: Built) -> tuple[str, bytes]:
        recording = self._recorded()
        with background():
            seen = compared(self._stages, built, recording)
        self._compared[built.candidate.id] = seen
        wrong = seen.mismatches
        if wrong:
            first = wrong[0]
            reason = f"{first.function} behaves differently on a recorded call ({first.what})"
            lines = [
                f"{m.function}, call {m.call}: {m.what}: expected {m.expected}, got {m.got}"
                for m in wrong[:5]
            ]
            raise StageFailure("behaviour", reason, feedback="\n".join([reason, *lines]))
        detail = f"{seen.compared} of {len(recording.calls)} recorded calls give the same"
        if seen.gone:
            function, why = next(iter(seen.gone.items()))
            detail += f"; not compared: {function} ({why})" + (", and others" if len(seen.gone) > 1 else "")
        return detail, b""

    def _recorded(self) -> Recording:
        if self._recording is None:
            self._recording = Recording.load(self._folder / RECORDING)
        return self._recording


def same_replies(found: bytes, wanted: bytes, tolerance: Tolerance) -> bool:
    """Return whether replies of a Python function, one JSON object a line, hold the same values."""
    lines, expected = found.split(b"\n"), wanted.split(b"\n")
    if len(lines) != len(expected):
        return False
    for one, other in zip(lines, expected, strict=True):
        if one == other:
            continue
        try:
            got, had = json.loads(one), json.loads(other)
        except (ValueError, RecursionError):
            return False
        if not isinstance(got, dict) or not isinstance(had, dict) or got.keys() != had.keys():
            return False
        if any(difference(had[key], got[key], tolerance) is not None for key in had):
            return False
    return True


def _first_difference(found: bytes, wanted: bytes) -> str:
    """Return the first line that differs, of both."""
    ours = found.decode("utf-8", "replace").splitlines()
    theirs = wanted.decode("utf-8", "replace").splitlines()
    for number, (a, b) in enumerate(itertools.zip_longest(ours, theirs, fillvalue=""), start=1):
        if a != b:
            return f"line {number}: expected {b[:300]!r}, got {a[:300]!r}"
    return ""
