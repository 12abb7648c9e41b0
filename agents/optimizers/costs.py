"""What a trial's gain counts for those who search: all of them learn from the same number."""

from __future__ import annotations

import math

from strop.trial import Trial, TrialState, Verdict

__all__ = ["cost_of"]


def cost_of(trial: Trial) -> float | None:
    """Return what a trial lost against the baseline, below 0 where it gained; None: it failed.

    A gain that the evaluator objects to (the work was moved, or is on no account) is a failure: as the best
    value seen, it would draw all of the search to it.
    """
    objective = trial.objective
    if trial.state is not TrialState.COMPLETE or objective is None or not math.isfinite(objective.gain):
        return None
    if trial.verdict is Verdict.WORSE and objective.gain > 0:
        return None
    return -objective.gain
