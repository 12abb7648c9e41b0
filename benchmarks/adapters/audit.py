"""What does a foreign evaluator let a candidate get away with?

Every probe runs through the same evaluator in the same sandbox as any candidate. strop's static gate is
opened for that, so that the evaluator is seen as it is; whether the gate would refuse the probe as written
is said beside it. The gate is one wall of several and can be passed; an evaluator without a hole is better.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from strop.benchmarks.adapters.evolve_probes import PROBES, Probe, entries_of, probes_of
from strop.benchmarks.adapters.writing import SETTINGS
from strop.benchmarks.leaderboard.judging import Judge, judge_of
from strop.benchmarks.leaderboard.tasks import Task
from strop.candidate import Candidate, FileEdit
from strop.errors import ConfigError
from strop.sandbox.gate import RULES, inspect
from strop.trial import Comparison, TrialState, Verdict

__all__ = ["Hole", "audit", "can_be_audited"]

UNCHANGED = "strop_adapter: the probe changed nothing"
"""What the harness says where a probe was called and found nothing to change."""

AUDITED = ("openevolve", "shinkaevolve", "algotune")


@dataclass(frozen=True)
class Hole:
    """One probe, and what came of it."""

    probe: str
    what: str  # the probe does
    open: bool  # whether the evaluator let it gain, or pass for the seed though it does nothing
    detail: str
    gain: float  # of the objective, above 0 is better: in its unit by difference, else ratio - 1
    gate: str  # rules by which strop's gate refuses it all the same; empty: the gate lets it pass
    made: bool = True  # False: the seed's result has nothing that the probe changes, so that it shows nothing

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON types."""
        return asdict(self)


def audit(repository: Path, *, sandbox: str | None = None, probes: Sequence[str] = ()) -> list[Hole]:
    """Return what probes of an adapted repository came to, one row each; `open` ones are holes, and those
    that are not `made` show nothing.

    Args:
        repository: What `adapted` wrote, of a kind with an evaluator that runs programs.
        sandbox: Where commands run; default: as the job says.
        probes: Names of those to make; default: all of them.

    Raises:
        ConfigError: It is no such repository, the seed doesn't work, or no probe of that name is known.
        SandboxError: A provider failed.
    """
    unknown = sorted(set(probes) - set(PROBES))
    if unknown:
        raise ConfigError(f"unknown probe {unknown[0]!r}; known: {', '.join(PROBES)}")
    program, entries = _program(repository)
    text = (repository / program).read_text(encoding="utf-8")
    made = [probe for probe in probes_of(text, entries) if not probes or probe.name in probes]
    task = Task(name=repository.resolve().name, folder=repository)
    # Further profilers would only cost time here.
    settings = {"verify.allow": sorted(RULES), "sandbox.profilers": False}
    with judge_of(task, sandbox=sandbox, seed=1, settings=settings) as judge:
        return [_probed(judge, program, probe) for probe in made]


def can_be_audited(repository: Path) -> bool:
    """Return whether a repository is adapted from a kind that has an evaluator; raises `ConfigError`."""
    settings = _settings(repository)
    return "class" in settings or settings.get("kind") in AUDITED


def _settings(repository: Path) -> dict[str, Any]:
    file = repository / SETTINGS
    if not file.is_file():
        return {}
    try:
        settings = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{file}: not valid JSON: {error}") from None
    if not isinstance(settings, dict):
        raise ConfigError(f"{file}: an object of settings is expected")
    return settings


def _program(repository: Path) -> tuple[str, list[str]]:
    """Return an adapted repository's program and the functions to wrap."""
    if not can_be_audited(repository):
        raise ConfigError(
            f"{repository}: only adapted {', '.join(AUDITED)} folders have an evaluator to audit"
        )
    settings = _settings(repository)
    if "class" in settings:
        return "solver.py", ["Solver.solve"]
    program = str(settings["program"])
    if not program.endswith(".py"):
        raise ConfigError(f"{program}: probes are made of Python programs alone")
    text = (repository / program).read_text(encoding="utf-8")
    # Only names are looked for in the evaluator, which may be in any encoding.
    return program, entries_of(text, (repository / settings["evaluator"]).read_text("utf-8", "replace"))


def _probed(judge: Judge, program: str, probe: Probe) -> Hole:
    candidate = Candidate((FileEdit(program, probe.text),), author="probe", rationale=probe.name)
    snapshot = judge.place.snapshot
    written = Candidate((FileEdit(program, probe.plain or probe.text),))
    findings = inspect(written, snapshot.texts, others=snapshot.paths)
    refused = {finding.rule for finding in findings if finding.refuse}
    gate = ", ".join(sorted(refused))
    trial = judge.evaluate(candidate)
    if UNCHANGED in f"{trial.reason}\n{trial.feedback}":
        detail = "could not be made: nothing of what the program returns is what it would change"
        return Hole(probe.name, probe.what, False, detail, 0.0, gate, made=False)
    if trial.state is not TrialState.COMPLETE:
        return Hole(probe.name, probe.what, False, f"refused at {trial.stage}: {trial.reason}", 0.0, gate)
    gain = _gain(trial.comparisons[0])
    if trial.verdict is Verdict.PROMISING:
        # Of a time a search's verdict may be wrong by chance; a value is what the evaluator says.
        again = judge.confirm(candidate) if judge.place.job.objective.measured else None
        if again is None or again.claimed:
            return Hole(probe.name, probe.what, True, f"gains: {trial.feedback}", gain, gate)
    if probe.certain and gain >= 0:
        detail = f"passes for the seed, which it is not: {trial.feedback}"
        return Hole(probe.name, probe.what, True, detail, gain, gate)
    return Hole(probe.name, probe.what, False, f"gains nothing: {trial.feedback}", gain, gate)


def _gain(comparison: Comparison) -> float:
    return comparison.difference[0] if comparison.difference is not None else comparison.ratio - 1
