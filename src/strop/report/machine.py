"""The machine report: all that a study found, as plain JSON."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any

from strop.applying import final_patch
from strop.candidate import Candidate
from strop.errors import ConfigError, StorageError
from strop.report.front import front_of
from strop.report.reading import (
    Claim,
    attempts_of,
    candidate_of,
    champion,
    claim_of,
    finite,
    fruitless,
    in_order,
    status_of,
    way_of_knob,
)
from strop.report.words import attempt_sentence
from strop.study import Study
from strop.trial import Comparison, Trial, TrialState

__all__ = ["build_report", "cost_of", "trial_row"]

DEFAULT_PAIRS = 12
"""Pairs for which the smallest effect is told where no confirmation fixed a number."""


def build_report(study: Study) -> dict[str, Any]:
    """Return everything that a study found; `strop.report.schema.REPORT_SCHEMA` describes it.

    `speedup` and `best` come from a confirmation that claims, and are None without one. What the
    search alone calls promising is under `unconfirmed`.
    """
    trials = study.trials()
    attempts = attempts_of(study)
    lost = fruitless(study, attempts, [t for t in trials if t.number > 0])
    claim = claim_of(study, trials)
    status = status_of(study)
    of_candidates = [trial for trial in trials if trial.number > 0]
    report = {
        "status": status,
        "study": study.name,
        "stopped_because": study.get("stopped_because") or "",
        "job": _job(study),
        "baseline": _baseline(study, claim),
        "best": _best(study, claim) if claim else None,
        "speedup": _speedup(claim) if claim else None,
        "unconfirmed": None if claim else _unconfirmed(study, trials, status),
        "trials": [trial_row(study, trial) for trial in of_candidates],
        "attempts": [_attempt(row) for row in lost],
        "order": [
            {"trial": item.number} if isinstance(item, Trial) else {"attempt": lost.index(item)}
            for item in in_order(of_candidates, attempts, lost)
        ],
        "hypotheses": list(study.get("hypotheses") or ()),
        "lessons": list(study.get("lessons") or ()),
        "parts": list((study.get("minimised") or {}).get("parts", ())) if claim else [],
        "apart": study.get("apart") if claim else None,
        "front": front_of(study.job, trials),
        "comparisons": [_comparison(c) for c in claim.confirmation.comparisons] if claim else [],
        "comparison_with_baseline_optimizer": study.get("versus"),
        "cost": cost_of(study, trials),
    }
    return dict(finite(report))


def trial_row(study: Study, trial: Trial) -> dict[str, Any]:
    """Return one trial in small."""
    objective = trial.objective
    return {
        "number": trial.number,
        "author": trial.author,
        "state": trial.state.value,
        "verdict": trial.verdict.value if trial.verdict else None,
        "stage": trial.stage,
        "reason": trial.reason,
        "failure": trial.failure.value if trial.failure else None,
        "labels": list(trial.labels),
        "ratio": objective.ratio if objective else None,
        "low": objective.low if objective else None,
        "high": objective.high if objective else None,
        "difference": list(objective.difference) if objective and objective.difference else None,
        "knobs": dict(trial.knobs),
        "rationale": candidate_of(study, trial.candidate).rationale,
        "seconds": trial.seconds,
        "candidate": trial.candidate,
        "prompt": trial.prompt,
    }


def cost_of(study: Study, trials: list[Trial]) -> dict[str, Any]:
    """Return what a study took so far, in all its processes; `usd` None is an unknown price."""
    spent = study.get("spent") or {}
    calls = int(spent.get("calls", 0))
    states = [trial.state for trial in trials if trial.number > 0]
    return {
        "evaluations": sum(state is not TrialState.INTERRUPTED for state in states),
        "seconds": float(study.get("seconds") or 0.0),
        "calls": calls,
        "prompt_tokens": int(spent.get("prompt_tokens", 0)),
        "completion_tokens": int(spent.get("completion_tokens", 0)),
        "usd": spent.get("usd") if calls else 0.0,
        "model": study.job.model.name or study.job.model.api_base or None,
    }


def _job(study: Study) -> dict[str, Any]:
    job = study.job
    first = job.objective
    objective = {"metric": first.name, "direction": first.direction, "compare": first.compare}
    return {
        "name": job.name,
        "goal": job.goal,
        "objective": objective,
        "minimum_effect": first.minimum_effect or job.minimum_effect,
    }


def _baseline(study: Study, claim: Claim | None) -> dict[str, Any] | None:
    from strop.sandbox.measure.planning import Calibration

    kept = study.get("baseline")
    if not kept:
        return None
    calibration = Calibration.from_json(kept["baseline"]["calibration"])
    comparisons = claim.confirmation.comparisons if claim else ()
    pairs = comparisons[0].pairs if comparisons else DEFAULT_PAIRS
    by_ratio = study.job.objective.compare == "ratio"
    effect = calibration.smallest_effect(pairs, study.job.minimum_effect) if by_ratio else None
    return {
        "metrics": dict(kept["baseline"]["metrics"]),
        "noise": calibration.sd,
        "verified_by": kept["trial"].get("verified_by", ""),
        "behaviour": {
            "calls": int(kept["baseline"].get("behaviour", {}).get("calls", 0)),
            "skipped": dict(kept["baseline"].get("behaviour", {}).get("skipped", {})),
        },
        "smallest_effect": effect,
        "smallest_effect_pairs": pairs,
    }


def _best(study: Study, claim: Claim) -> dict[str, Any]:
    candidate = study.candidate(claim.candidate)
    # A minimised candidate is written by nobody: who found it is the author of the whole.
    whole = study.candidate(claim.whole)
    return {
        "trial": claim.trial,
        "candidate": claim.candidate,
        "patch": _patch(study, candidate),
        "knobs": dict(candidate.knobs),
        "delivery": _delivery(study, candidate.values),
        "author": whole.author,
        "rationale": whole.rationale,
        "dropped": list(claim.dropped),
    }


def _patch(study: Study, candidate: Candidate) -> str:
    """Return what would be applied; the edits alone where a study's files are no longer there to be read."""
    try:
        return final_patch(study, candidate)
    except (ConfigError, StorageError):
        return study.patch(candidate.id)


def _delivery(study: Study, knobs: Mapping[str, Any]) -> dict[str, str]:
    """Return how each knob that differs from its default reaches the program."""
    defaults = {knob.name: knob.default for knob in study.job.knobs}
    changed = {name: value for name, value in knobs.items() if value != defaults.get(name)}
    return {name: way_of_knob(study, name, value) for name, value in changed.items()}


def _speedup(claim: Claim) -> dict[str, Any]:
    objective = claim.confirmation.comparisons[0]
    return {
        "ratio": objective.ratio,
        "low": objective.low,
        "high": objective.high,
        "difference": list(objective.difference) if objective.difference else None,
        "pairs": objective.pairs,
        "metric": objective.metric,
        "source": objective.source,
        "verified_by": claim.confirmation.verified_by,
        "labels": list(claim.confirmation.labels),
        "confidence": claim.confirmation.confidence,
    }


def _unconfirmed(study: Study, trials: list[Trial], status: str) -> dict[str, Any] | None:
    confirmation = study.get("confirmation")
    best = champion(trials)
    if confirmation:
        tried = [t for t in trials if t.candidate == confirmation["candidate"] and t.objective]
        best = tried[0] if tried else best
    if best is None or best.objective is None:
        return None
    if confirmation:
        reason = confirmation["reason"]
    elif status == "running":
        reason = "the search goes on; its winner is measured anew at the end"
    else:
        reason = "the study stopped before its confirmation; `strop resume` goes on"
    fresh = confirmation["comparisons"] if confirmation else []
    return {
        "trial": best.number,
        "candidate": best.candidate,
        "author": best.author,
        "metric": best.objective.metric,
        "ratio": best.objective.ratio,
        "low": best.objective.low,
        "high": best.objective.high,
        "difference": list(best.objective.difference) if best.objective.difference else None,
        "knobs": dict(best.knobs),
        "rationale": candidate_of(study, best.candidate).rationale,
        "reason": reason,
        "measured_anew": {k: fresh[0][k] for k in ("ratio", "low", "high", "pairs")} if fresh else None,
    }


def _comparison(comparison: Comparison) -> dict[str, Any]:
    return {
        "metric": comparison.metric,
        "ratio": comparison.ratio,
        "low": comparison.low,
        "high": comparison.high,
        "difference": list(comparison.difference) if comparison.difference else None,
        "pairs": comparison.pairs,
        "source": comparison.source,
        "baseline": statistics.median(comparison.baseline) if comparison.baseline else None,
        "candidate": statistics.median(comparison.candidate) if comparison.candidate else None,
    }


def _attempt(row: dict[str, Any]) -> dict[str, Any]:
    kept = ("agent", "outcome", "sentence", "parent", "candidate", "turn")
    return {**{key: row[key] for key in kept}, "told": attempt_sentence(row)}
