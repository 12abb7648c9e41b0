"""Is a job sound? What `strop check` tries before anything is spent on it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from strop.candidate import BASELINE, Candidate, FileEdit
from strop.errors import ConfigError
from strop.events import Listener, silent
from strop.job import Job
from strop.report.words import duration
from strop.running_workplace import Workplace, backend_of, build_workplace, close_backend
from strop.sandbox.comparing import hearsay, limit_by_hearsay
from strop.sandbox.evaluator import Baseline
from strop.sandbox.measure.planning import MOST_PAIRS
from strop.sandbox.workspace import Snapshot
from strop.trial import Trial, TrialState, Verdict

__all__ = ["CheckRow", "check_job"]

CONFIRMATION_PAIRS = 24
"""Pairs for which the smallest effect that can be seen is told."""

NOISY = 0.15
"""A gain that even the longest confirmation can't show: the machine is too noisy to wait for."""


AGAIN = 5
"""Number of the second trial of a candidate that does nothing; the first is 1, broken ones have 2 to 4."""


@dataclass(frozen=True)
class CheckRow:
    """One thing that was checked."""

    name: str
    ok: bool
    detail: str  # one sentence


def check_job(root: Path, job: Job, listener: Listener = silent) -> list[CheckRow]:
    """Check a job on its repository; writes nothing there. Raises `SandboxError`."""
    rows: list[CheckRow] = []
    with tempfile.TemporaryDirectory(prefix="strop-check-") as name:
        folder = Path(name)
        backend = backend_of(job, listener)
        rows.append(
            CheckRow("sandbox", True, f"{backend.name}{'' if backend.isolated else ', not isolated'}")
        )
        (folder / "trials").mkdir()
        snapshot = Snapshot.take(root, folder, job.target)
        rows.append(_target(job, snapshot))
        place = build_workplace(job, snapshot, backend, folder / "trials", "check", listener)
        row = Trial(0, BASELINE.id, BASELINE.author, TrialState.RUNNING)
        try:
            measured, baseline = place.evaluator.baseline(row)
            rows += _of_objective(job, measured)
            rows += _of_baseline(job, baseline)
            rows.append(_nothing(place, baseline))
            rows += _broken(place, baseline)
        except ConfigError as error:
            return [*rows, CheckRow("baseline", False, str(error))]
        finally:
            close_backend(place)
    return rows


def _target(job: Job, snapshot: Snapshot) -> CheckRow:
    if not job.target.files:
        return CheckRow("target", True, f"no code, {len(job.knobs)} knobs")
    count = len(snapshot.texts)
    detail = f"{count} files that candidates may edit: {', '.join(sorted(snapshot.texts)[:4])}"
    if not count:
        detail = f"target.files matches no text file: {', '.join(job.target.files)}"
    return CheckRow("target", count > 0, detail + (", …" if count > 4 else ""))


def _of_objective(job: Job, measured: Trial) -> list[CheckRow]:
    """Whether gains of the objective can be claimed at all."""
    doubt = hearsay(job, measured.comparisons[0]) or limit_by_hearsay(job, measured.comparisons)
    return [CheckRow("objective", False, f"nothing can be claimed: {doubt}")] if doubt else []


def _of_baseline(job: Job, baseline: Baseline) -> list[CheckRow]:
    tests = "no test command: candidates are checked by their output alone"
    if baseline.tests is not None:
        named = "reported by name" if baseline.tests.passed else "only counted"
        tests = f"builds, and {baseline.tests.count} tests pass twice ({named})"
    return [
        CheckRow("baseline", True, tests),
        _of_output(job, baseline),
        *_of_behaviour(job, baseline),
        _noise(job, baseline),
    ]


def _of_output(job: Job, baseline: Baseline) -> CheckRow:
    if not job.compares_results:
        judge = "commands.evaluate judges them" if job.commands.evaluate else "their values are compared"
        return CheckRow("deterministic output", True, f"results may differ: {judge}")
    same = ", ".join(sorted(baseline.fingerprint)) or "nothing"
    weak = "" if baseline.fingerprint else "; verified by tests only (print results, or name verify.outputs)"
    # With tests it is a weaker job, not an unsound one.
    sound = bool(baseline.fingerprint) or baseline.tests is not None
    return CheckRow("deterministic output", sound, f"the same in every run: {same}{weak}")


def _of_behaviour(job: Job, baseline: Baseline) -> list[CheckRow]:
    """What of the target's functions can be recorded and replayed; that some can't is no fault."""
    if not baseline.behaviour:
        return []
    skipped = baseline.behaviour["skipped"]
    detail = f"{baseline.behaviour['calls']} calls are recorded and replayed on every candidate"
    if skipped:
        some = "; ".join(f"{name}: {reason}" for name, reason in sorted(skipped.items())[:3])
        detail += f"; not of {len(skipped)} functions ({some}{'; …' if len(skipped) > 3 else ''})"
    return [CheckRow("recorded behaviour", True, detail)]


def _noise(job: Job, baseline: Baseline) -> CheckRow:
    """How well this machine can measure this job, and what that costs."""
    calibration, metric = baseline.calibration, baseline.resolved(job.objective)
    if metric.compare == "difference":
        detail = f"{metric.name} differs by {calibration.sd:.3g} between equal programs on the same inputs"
        return CheckRow("A/A noise", True, detail)
    effect = calibration.smallest_effect(CONFIRMATION_PAIRS, job.minimum_effect)
    least = calibration.smallest_effect(MOST_PAIRS, job.minimum_effect)
    cost = 2 * CONFIRMATION_PAIRS * baseline.wall_s
    why = " (one process that computes)" if metric.name == "cpu_time" and job.objective.name == "time" else ""
    detail = (
        f"{metric.name}{why} differs by {calibration.sd:.1%} between equal programs; {CONFIRMATION_PAIRS} "
        f"pairs ({2 * CONFIRMATION_PAIRS} runs, {duration(cost)} of benchmark) can claim gains from "
        f"{effect:.1%}"
    )
    if least > NOISY:
        detail += (
            f", and {MOST_PAIRS} pairs from {least:.1%}: this machine is too noisy for this benchmark; "
            "let the benchmark run longer, or the machine do nothing else"
        )
    elif not calibration.sound:
        detail += "; equal programs differed by more than chance in this calibration"
    return CheckRow("A/A noise", calibration.sound and least <= NOISY, detail)


def _nothing(place: Workplace, baseline: Baseline) -> CheckRow:
    """A candidate that does nothing must not be called better or worse twice: once is chance."""
    found = []
    for number in (1, AGAIN):
        trial = place.evaluator.evaluate(BASELINE, _row(number, BASELINE), baseline)
        found.append(trial)
        if trial.state is not TrialState.COMPLETE or trial.verdict is Verdict.UNDECIDED:
            break
    first, last = found[0], found[-1]
    ok = last.state is TrialState.COMPLETE and (
        last.verdict is Verdict.UNDECIDED or last.verdict is not first.verdict
    )
    detail = last.feedback or last.reason
    if last is not first and first.verdict:
        detail += f"; measured twice, as it was called {first.verdict.value} at first"
    return CheckRow("a candidate that does nothing", ok, detail)


def _broken(place: Workplace, baseline: Baseline) -> list[CheckRow]:
    """A broken program must be rejected: each target file cannot be empty, some of them must matter."""
    texts = place.snapshot.texts
    if not texts:
        return []
    order: Callable[[str], int] = lambda path: -len(texts[path])  # noqa: E731
    for number, path in enumerate(sorted(texts, key=order)[:3], start=2):
        broken = Candidate((FileEdit(path, _break(path)),), author="check")
        trial = place.evaluator.evaluate(broken, _row(number, broken), baseline)
        if trial.state is TrialState.FAILED:
            detail = f"{path} broken on purpose: rejected at stage {trial.stage}"
            return [CheckRow("a broken candidate", True, detail)]
    detail = f"{', '.join(sorted(texts, key=order)[:3])} broken on purpose: nothing noticed it"
    return [CheckRow("a broken candidate", False, detail)]


def _break(path: str) -> str:
    return "raise RuntimeError('broken on purpose')\n" if path.endswith(".py") else "broken on purpose\n"


def _row(number: int, candidate: Candidate) -> Trial:
    return Trial(number, candidate.id, candidate.author, TrialState.RUNNING)
