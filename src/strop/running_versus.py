"""Two winners head to head: the agents' and that of the optimizer that had the same budget beside."""

from __future__ import annotations

import json
from typing import Any

from strop.candidate import Candidate
from strop.running_workplace import Workplace
from strop.sandbox.evaluator import Baseline
from strop.study import Study
from strop.trial import Comparison, Confirmation

__all__ = ["head_to_head"]


def head_to_head(
    study: Study, other: Study, place: Workplace, name: str, *, claims_made: int
) -> dict[str, Any]:
    """Measure the winner of a study and that of the optimizer `name` against each other.

    Returns plain JSON types: `optimizer`, `study`, `other` (that one's own claim), `winner`, and where both
    claimed something, `ratio` with its interval. `claims_made`: how many claims are published together.
    """
    ours, theirs = _winner(study), _winner(other)
    result: dict[str, Any] = {"optimizer": name, "study": other.name, "other": _speedup(other)}
    if ours is None or theirs is None or ours.id == theirs.id:
        nobody = {(True, True): "neither found a confirmed gain", (False, True): "only the agents did",
                  (True, False): f"only {name} did"}.get((ours is None, theirs is None))  # fmt: skip
        return {**result, "winner": nobody or "the same candidate", "ratio": None}
    baseline = Baseline.from_json(study.get("baseline")["baseline"])
    pairs = baseline.plan(study.job, 1.1)
    found = place.evaluator.confirm(
        ours, baseline, pairs=pairs, against=theirs, label=f"versus-{name}", claims_made=claims_made
    )
    if not found.comparisons:
        return {**result, "winner": "not measured", "ratio": None, "reason": found.reason}
    c = found.comparisons[0]
    equal, low, high = (0.0, *c.difference[1:]) if c.difference else (1.0, c.low, c.high)
    winner = "ours" if low > equal else name if high < equal else "no difference shown"
    measured = {"ratio": c.ratio, "low": c.low, "high": c.high, "pairs": c.pairs}
    return {**result, "winner": winner, **measured, **_difference(c)}


def _winner(study: Study) -> Candidate | None:
    confirmation = study.get("confirmation")
    if not confirmation or not confirmation["claimed"]:
        return None
    kept = (study.get("minimised") or {}).get("candidate") or confirmation["candidate"]
    return study.candidate(kept)


def _difference(comparison: Comparison) -> dict[str, Any]:
    return {"difference": list(comparison.difference) if comparison.difference else None}


def _speedup(study: Study) -> dict[str, Any] | None:
    data = (study.get("minimised") or {}).get("confirmation") or study.get("confirmation")
    if not data or not data["claimed"]:
        return None
    c = Confirmation.from_json(json.loads(json.dumps(data))).comparisons[0]
    return {"ratio": c.ratio, "low": c.low, "high": c.high, **_difference(c)}
