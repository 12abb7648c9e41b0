"""A trial as a trace: functions and knobs are parameters, stages operations, what was said is feedback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strop.agents.opto.failures import ExceptionNode
from strop.agents.opto.jobs.evidence import Suspect, TestReferences, blame, slower
from strop.agents.opto.jobs.units import Units
from strop.agents.opto.nodes import MessageNode, Node, ParameterNode
from strop.agents.opto.propagation import Feedback
from strop.candidate import Candidate
from strop.job import Job
from strop.sandbox.outputs import parse_tests
from strop.trial import Trial, TrialState, Verdict

__all__ = ["TrialTrace", "trace_trial"]

MOST_SUSPECTS = 12
LOG_BYTES = 400_000


@dataclass(frozen=True)
class TrialTrace:
    """Who is involved in what a trial came to, and the graph between."""

    suspects: tuple[Suspect, ...]  # the most likely first; empty where nothing names anyone
    feedback: Feedback | None  # on the stage that failed, or on the objective; None: nothing was measured
    parameters: tuple[ParameterNode, ...]  # in the suspects' order, then knobs

    def lines(self) -> list[str]:
        """Return the suspects as lines."""
        return [f"{s.id} ({s.weight:.2f}): {'; '.join(s.why)}" for s in self.suspects]


def trace_trial(
    job: Job,
    texts: Mapping[str, str],
    candidate: Candidate,
    trial: Trial,
    *,
    logs: Path | None = None,
    baseline_profile: Mapping[str, Any] | None = None,
    tests: Mapping[str, str] | None = None,
    passed_before: Sequence[str] = (),
) -> TrialTrace:
    """Return the trace of a trial.

    Args:
        job: The job.
        texts: The candidate's texts of all target files.
        candidate: What was tried.
        trial: What came of it.
        logs: Folder with the logs of its stages.
        baseline_profile: To compare a slower one with.
        tests: Texts of files that tests are in.
        passed_before: Tests that passed in the baseline.
    """
    units = Units(texts)
    suspects = _suspects(units, trial, logs, baseline_profile or {}, tests or {}, passed_before)
    known = [suspect for suspect in suspects if suspect.id in units.by_id][:MOST_SUSPECTS]
    parameters: list[ParameterNode] = []
    for suspect in known:
        unit = units.by_id[suspect.id]
        node = ParameterNode(
            unit.source, name=_stem(unit.id), description=f"{unit.id}: {'; '.join(suspect.why)}"
        )
        parameters.append(node)
    knobs = _knobs(job, candidate)
    feedback = _graph(trial, parameters, knobs)
    return TrialTrace(tuple(known), feedback, (*parameters, *knobs))


def _suspects(
    units: Units,
    trial: Trial,
    logs: Path | None,
    before: Mapping[str, Any],
    tests: Mapping[str, str],
    passed_before: Sequence[str],
) -> list[Suspect]:
    if trial.state is TrialState.FAILED:
        log = "\n".join([_log(trial, logs), trial.reason, trial.feedback])
        report = parse_tests(_log(trial, logs))
        failed = sorted(report.failed | (set(passed_before) - report.passed if report.passed else set()))
        references = TestReferences.read(tests.values())
        return blame(units, log, failed=failed, passed=sorted(report.passed), tests=references)
    objective = trial.objective
    if objective is None:
        return []
    found = slower(trial.profile, before, objective.ratio)
    if found:
        return found
    hot = trial.profile.get("hot") or before.get("hot") or ()
    return [
        Suspect(str(row["fn"]), float(row["self_pct"]) / 100, (f"takes {row['self_pct']} % of the time",))
        for row in hot
    ]


def _log(trial: Trial, logs: Path | None) -> str:
    if logs is None:
        return ""
    found = []
    for stage in trial.stages:
        file = logs / stage.log if stage.log else None
        if file is not None and not stage.ok and file.is_file():
            found.append(file.read_bytes()[-LOG_BYTES:].decode("utf-8", "replace"))
    return "\n".join(found)


def _stem(unit_id: str) -> str:
    return unit_id.rpartition(":")[2].replace(".", "_").strip("<>")


def _knobs(job: Job, candidate: Candidate) -> list[ParameterNode]:
    values = candidate.values
    return [
        ParameterNode(values.get(knob.name, knob.default), name=knob.name, description=knob.doc or "a knob")
        for knob in job.knobs
    ]


def _named(taken: Mapping[str, Node], nodes: Sequence[ParameterNode]) -> dict[str, Node]:
    """Return nodes by their stems, those of one name (main in two files) told apart by a number."""
    found: dict[str, Node] = {}
    for one in nodes:
        name, number = one.stem, 2
        while name in found or name in taken:
            name, number = f"{one.stem}_{number}", number + 1
        found[name] = one
    return found


def _graph(trial: Trial, units: Sequence[ParameterNode], knobs: Sequence[ParameterNode]) -> Feedback | None:
    """Chain the stages: what is suspected goes into the one that failed, or is measured."""
    last: Node | None = None
    # What the proxy or a lower rung dropped was measured there alone.
    names = {stage.name for stage in trial.stages}
    measured = next((name for name in ("measure", "rungs") if name in names), "proxy")
    for stage in trial.stages:
        ends = not stage.ok or stage.name == measured
        inputs: dict[str, Node] = {"before": last} if last is not None else {}
        if ends:
            inputs |= _named(inputs, units)
        if stage.name in ("build", "test", "proxy", "rungs", "measure"):
            inputs |= _named(inputs, knobs)
        description = f"[{stage.name}] Stage {stage.name} of the trial."
        if not stage.ok:
            last = ExceptionNode(stage.detail or trial.reason, inputs=inputs, description=description)
            return last.backward(trial.feedback or trial.reason)
        last = MessageNode(stage.detail or "ok", inputs=inputs, description=description)
    objective = trial.objective
    if last is None:
        return None
    if objective is None:
        return last.backward(trial.feedback) if trial.verdict is Verdict.WORSE else None
    output = MessageNode(
        objective.words,
        inputs={"before": last},
        description=f"[metric] {objective.metric} against the baseline, more is better.",
        name=objective.metric,
    )
    return output.backward(trial.feedback or "measured")
