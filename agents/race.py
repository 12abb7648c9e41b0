"""Racing: the most promising candidates are measured again before one of them is confirmed.

The best of many looks better than it is, and which of several good ones is best is often noise. A few fresh
pairs for each of the first three, on the inputs of the search, are pooled with what the search measured; the
confirmation is then of the one that leads.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from strop.agents.session import Session
from strop.events import Event
from strop.trial import Trial, Verdict

__all__ = ["race"]

MOST_RACERS = 3
RACE_PAIRS = 4


def race(session: Session) -> tuple[Trial, float, int] | None:
    """Return the trial to confirm, the ratio that it is estimated to reach, and the pairs behind that.

    None where no trial deserves a confirmation. A race that was run is kept with the study.
    """
    best = session.view.contender_trial()
    if best is None or best.objective is None:
        return None
    rows: list[dict[str, Any]] = session.study.get("race") or []
    racers = _racers(session, best)
    if not rows and len(racers) > 1:
        names = ", ".join(str(trial.number) for trial in racers)
        session.listener(Event("phase", {"name": f"race of trials {names}"}))
        rows = [_measured(session, trial) for trial in racers]
        session.study.set("race", rows)
        session.guard.keep()
    alive = [row for row in rows if row["ratio"] is not None]
    if not alive:
        return best, best.objective.ratio, best.objective.pairs
    first = max(alive, key=_worth)
    winner = next(trial for trial in session.view.trials() if trial.number == first["trial"])
    return winner, float(first["ratio"]), int(first["pairs"])


def _racers(session: Session, best: Trial) -> list[Trial]:
    """Return the trials that may be the best by what the search knows, at most three, the best one first."""
    assert best.objective is not None
    floor = best.objective.gain
    others = [
        trial
        for trial in session.view.trials()
        if trial.verdict is Verdict.PROMISING
        and trial.objective is not None
        and trial.number != best.number
        and trial.objective.most_gain >= floor
    ]
    others.sort(key=lambda trial: -trial.objective.gain if trial.objective else 0.0)
    return [best, *others[: MOST_RACERS - 1]] if best.verdict is Verdict.PROMISING else [best]


def _measured(session: Session, trial: Trial) -> dict[str, Any]:
    assert trial.objective is not None
    again = session.evaluator.measure_again(
        session.view.candidate(trial.candidate),
        session.baseline,
        pairs=RACE_PAIRS,
        label=f"race-{trial.number}",
    )
    if isinstance(again, str):
        return {"trial": trial.number, "ratio": None, "difference": None, "pairs": 0, "reason": again}
    pairs = trial.objective.pairs + again.pairs
    pooled = sum(c.gain * c.pairs for c in (trial.objective, again)) / pairs
    by_difference = again.difference is not None
    return {
        "trial": trial.number,
        "ratio": again.ratio if by_difference else math.exp(pooled),
        "difference": pooled if by_difference else None,
        "pairs": pairs,
        "reason": "",
    }


def _worth(row: Mapping[str, Any]) -> float:
    return float(row["ratio"] if row["difference"] is None else row["difference"])
