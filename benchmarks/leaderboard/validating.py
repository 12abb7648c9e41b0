"""Is a task sound? What `strop bench validate` proves before a task counts."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from strop.benchmarks.leaderboard.columns import interval
from strop.benchmarks.leaderboard.judging import Judge, judge_of
from strop.benchmarks.leaderboard.probes import Probe, overlay, probes_of
from strop.benchmarks.leaderboard.tasks import Task
from strop.candidate import BASELINE
from strop.errors import ConfigError
from strop.sandbox.comparing import hearsay
from strop.sandbox.driving import Inputs, uses_seed
from strop.sandbox.measure.pairs import measure_pairs
from strop.sandbox.outputs import comparable
from strop.sandbox.profilers.scaling import scaling_exponent
from strop.sandbox.stages import BenchmarkRun, StageFailure, Stages
from strop.trial import TrialState, Verdict

__all__ = ["Check", "validate_task"]

INSTANCES = (11, 12)  # seeds of two instances that have to differ
GROSS = 1.5
"""How far the measured gain of the known good version may lie below what the card states: machines differ."""

STATED = 1e-5
"""How far, as a part of it, the seed's value on a fixed problem may lie off what the card states."""


@dataclass(frozen=True)
class Check:
    """One thing that was proved, or not."""

    name: str
    ok: bool
    detail: str

    def to_json(self) -> dict[str, Any]:
        """Return the check as plain JSON types."""
        return asdict(self)


def validate_task(task: Task, *, sandbox: str | None = None, fail_fast: bool = False) -> list[Check]:
    """Return what was proved of a task; it is sound where all of it is ok.

    Args:
        task: The task.
        sandbox: Where commands run; default: as its job says.
        fail_fast: End at the first fault.

    Raises:
        SandboxError: A provider failed.
    """
    card = task.card
    if card is None:
        said = "a repository without task.toml: nothing says what is known of it (README.md of the tasks)"
        return [Check("card", False, said)]
    checks = [Check("card", True, f"{card.title}; {card.licence}")]
    try:
        # Memory of which seed draws what is of no use here: any will do.
        settings = {"sandbox.profilers": False}  # they would only cost time here
        with judge_of(task, sandbox=sandbox, seed=1, settings=settings) as judge:
            for check in _checked(task, judge):
                checks.append(check)
                if fail_fast and not check.ok:
                    break
    except (ConfigError, StageFailure) as error:
        checks.append(Check("seed solution", False, str(error).splitlines()[0]))
    return checks


def _checked(task: Task, judge: Judge) -> Iterator[Check]:
    yield _seed(task, judge)
    yield _instances(task, judge)
    yield _nothing(judge)
    yield _good(task, judge)
    mutable = _takes_containers(judge)
    texts = judge.place.snapshot.texts
    assert task.card is not None
    path = task.card.hot.partition(":")[0]
    if path and path not in texts:
        yield Check("probes", False, f"task.toml: hot: {path} is no file that candidates may edit")
        return
    job = judge.place.job
    judged = not job.compares_results
    try:
        made = list(probes_of(task, texts, mutable=mutable, judged=judged, metrics=job.metrics))
    except ValueError as error:
        yield Check("probes", False, f"task.toml: hot: {task.card.hot}: {error}")
        return
    for probe in made:
        yield _refused(judge, probe)
    if len(task.card.sizes) > 1:
        yield _scaling(task, judge)


def _seed(task: Task, judge: Judge) -> Check:
    """Whether the value comes from outside of the program, and the seed works and scores as stated."""
    baseline, job = judge.baseline, judge.place.job
    metric = baseline.resolved(job.objective)
    doubt = hearsay(job, judge.measured.comparisons[0])
    if doubt or job.verify.self_reported:
        return Check(
            "seed solution", False, doubt or "verify.self_reported: values are the candidate's own word"
        )
    if baseline.tests is None:
        return Check("seed solution", False, "commands.test: a task has tests")
    if not baseline.fingerprint and job.compares_results:
        return Check(
            "seed solution",
            False,
            "its output differs from run to run, so that no candidate's can be held to it",
        )
    value = baseline.metrics[metric.name]
    stated = task.card.seed_value if task.card else None
    if stated is not None and not math.isclose(value, stated, rel_tol=STATED):
        return Check("seed solution", False, f"{metric.name} is {value:.7g}, but task.toml states {stated:g}")
    tests, noise = baseline.tests.count or "unnamed", f"A/A noise {baseline.calibration.sd:.1%}"
    alone = "quality alone" if job.judges_results else "nothing, commands.evaluate says what is right"
    compared = ", ".join(sorted(baseline.fingerprint)) or alone
    said = f"{tests} tests pass; {metric.name} {value:.4g}; {noise}; compared: {compared}"
    return Check("seed solution", True, said)


def _instances(task: Task, judge: Judge) -> Check:
    """Whether other seeds are other instances, with other values."""
    if task.card is not None and task.card.fixed:
        first, second = (_said(judge, _run(judge.place.stages, 1)) for _ in range(2))
        same = first == second
        return Check("instances", True, "one fixed problem" + ("" if same else "; the seed's answers differ"))
    if not uses_seed(judge.place.job):
        return Check(
            "instances", False, "no {seed} in the benchmark or inputs command: there is one instance alone"
        )
    stages, job = judge.place.stages, judge.place.job
    runs = [_run(stages, seed) for seed in INSTANCES]
    if _said(judge, runs[0]) == _said(judge, runs[1]):
        return Check("instances", False, f"seeds {INSTANCES[0]} and {INSTANCES[1]} give the same output")
    if not job.compares_results and not job.judges_results:
        # Of a time alone, with results that may be others each time: a run needn't repeat its own.
        return Check("instances", True, "seeds differ")
    if _said(judge, runs[0]) != _said(judge, _run(stages, INSTANCES[0])):
        return Check("instances", False, "one seed gives another output the second time")
    return Check("instances", True, "seeds differ in their output, and repeat it")


def _said(judge: Judge, run: BenchmarkRun) -> tuple[object, ...]:
    """Return all that a run came to: what is compared, what is judged, and how it was judged.

    Where results are not compared nothing keeps replies or what was printed: there it is what was asked, and
    the printed text as it is.
    """
    job = judge.place.job
    if job.compares_results:
        return (dict(run.outputs),)
    if job.judges_results:
        return dict(run.results), run.metrics[job.objective.name]
    asked = judge.place.stages.requests(run.inputs) if job.calls is not None else []
    return dict(run.results), comparable(run.result.stdout, job.verify.ignore, job.metrics), asked


def _run(stages: Stages, seed: int) -> BenchmarkRun:
    pairs = measure_pairs(
        stages, stages.pristine, stages.pristine,
        rng=random.Random(seed), inputs=[Inputs(seed)], timeout_s=stages.job.sandbox.timeout_s,
        timed=not stages.job.judges_results,
    )  # fmt: skip
    return next(iter(pairs)).second


def _nothing(judge: Judge) -> Check:
    """Whether a candidate that does nothing equals the seed."""
    trial = judge.evaluate(BASELINE)
    if trial.state is not TrialState.COMPLETE:
        return Check("doing nothing", False, f"fails at {trial.stage}: {trial.reason}")
    if trial.verdict is Verdict.UNDECIDED:
        return Check("doing nothing", True, trial.feedback)
    # A verdict of the search may be wrong by chance; what counts is whether a gain or a loss is claimed.
    found = judge.confirm(BASELINE)
    first = found.comparisons[0] if found.comparisons else None
    ok = first is not None and not found.claimed and first.high > 1 / (1 + judge.place.job.minimum_effect)
    shown = interval(first.ratio, first.low, first.high) if first else found.reason
    return Check("doing nothing", ok, f"{shown} times the seed, in a confirmation")


def _good(task: Task, judge: Judge) -> Check:
    """Whether the known good version beats the seed, and a control task says that there is none."""
    assert task.card is not None
    stated = task.card.best.ratio
    if task.good is None:
        if task.control and stated == 1:
            return Check("known good version", True, "none: a control task")
        return Check(
            "known good version", False, "good/ is missing (only a control task has none, with ratio 1)"
        )
    if task.control:
        return Check("known good version", False, "a control task has no good/: it holds nothing to gain")
    candidate = overlay(task.good, "known good")
    trial = judge.evaluate(candidate)
    if trial.state is not TrialState.COMPLETE:
        return Check("known good version", False, f"fails at {trial.stage}: {trial.reason}")
    if trial.verdict is not Verdict.PROMISING:
        return Check("known good version", False, f"is not seen to be better: {trial.feedback}")
    found = judge.confirm(candidate, expected=trial.objective.ratio if trial.objective else stated)
    if not found.claimed:
        return Check("known good version", False, f"no claim: {found.reason}")
    first = found.comparisons[0]
    better = "faster" if judge.place.job.objective.measured else "better"
    shown = f"{interval(first.ratio, first.low, first.high)} times {better}"
    if first.high * GROSS < stated:
        return Check("known good version", False, f"{shown}, but task.toml states {stated:g}")
    labels = f"; {'; '.join(found.labels)}" if found.labels else ""
    return Check("known good version", True, f"{shown}; task.toml states {stated:g}{labels}")


def _takes_containers(judge: Judge) -> bool:
    if judge.place.job.calls is None:
        return False
    lines = judge.place.stages.requests(Inputs(INSTANCES[0]))
    inputs = [json.loads(line) for line in lines]
    arguments = [value for one in inputs for value in (one.get("args", []) if isinstance(one, dict) else one)]
    return any(isinstance(value, (list, dict)) and value for value in arguments)


def _refused(judge: Judge, probe: Probe) -> Check:
    """Whether a spoilt version is refused; one that can't be told from the seed must gain nothing."""
    trial = judge.evaluate(probe.candidate)
    if trial.state is TrialState.FAILED:
        return Check(probe.name, True, f"refused at {trial.stage}: {trial.reason}")
    detail = trial.feedback or "measured"
    if probe.certain:
        return Check(probe.name, False, f"passes all checks: {detail}")
    if trial.verdict is Verdict.PROMISING:  # by chance, or does a confirmation claim it, too?
        found = judge.confirm(probe.candidate)
        if found.claimed:
            return Check(probe.name, False, f"gains: {detail}")
        detail = f"not confirmed, {found.reason}; the search saw: {detail}"
    return Check(probe.name, True, f"counts for nothing: {detail}")


def _scaling(task: Task, judge: Judge) -> Check:
    """How the seed's time grows with the size of its instances."""
    assert task.card is not None
    place, points = judge.place, []
    name = judge.baseline.resolved(place.job.objective).name
    for size in task.card.sizes:
        job = place.job
        if job.calls is not None:
            update: dict[str, Any] = {
                "calls": job.calls.model_copy(update={"inputs": f"{job.calls.inputs} {size}"})
            }
        else:
            commands = job.commands.model_copy(update={"benchmark": f"{job.commands.benchmark} {size}"})
            update = {"commands": commands}
        stages = Stages(
            job.model_copy(update=update),
            place.snapshot,
            place.backend,
            place.stages.environment,
            label="scaling",
        )
        points.append((float(size), _run(stages, INSTANCES[0]).metrics[name]))
    found = scaling_exponent(points)
    shown = ", ".join(f"{size:g}: {1000 * value:.3g} ms" for size, value in points)
    return Check(
        "sizes", points[-1][1] > points[0][1], f"time grows as size ** {found.exponent:.2f} ({shown})"
    )
