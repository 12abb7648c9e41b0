"""What one try teaches, in one sentence made from its trial: no model is asked for it.

In the manner of "Evolution of Thought": later proposals are shown what helped and what did not.
Source: Morris, Jurado, Zutty, "LLM Guided Evolution: The Automation of Models Advancing Models",
arXiv 2403.11446, section 3.2.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from strop.agents.optimizers.arms.tries import Try
from strop.candidate import BASELINE

__all__ = ["Gains", "gains_of", "lesson_of", "losers", "outcome_of", "winners"]

MOST_WINNERS = 4
MOST_LOSERS = 4

Gains = Mapping[str, float]
"""Gain of each measured candidate by its id; the baseline's is 0."""


def gains_of(tries: Sequence[Try]) -> dict[str, float]:
    """Return the gains of all measured candidates by their ids."""
    found = {one.candidate.id: one.gain for one in tries if one.gain is not None}
    return {BASELINE.id: 0.0, **found}


def outcome_of(one: Try) -> str:
    """Return what came of a try."""
    if one.trial is None:
        return "not known yet"
    if one.failed or one.gain is None:
        where = f" at {one.trial.stage}" if one.trial.stage else ""
        return f"failed{where}: {_short(one.trial.reason) or 'no result'}"
    objective = one.trial.objective
    if objective is not None and objective.difference is not None:
        return f"{objective.difference[0]:+.4g} in {objective.metric} against the baseline"
    return f"{math.exp(one.gain):.2f} times the baseline"


def lesson_of(one: Try, gains: Gains) -> str:
    """Return one sentence: what was tried, and by how much it helped or why it did not."""
    what = _short(one.candidate.rationale) or "a change without a reason"
    step = step_of(one, gains)
    if step is None:
        return f"{what}: {outcome_of(one)}"
    if abs(step) <= doubt_of(one):
        return f"{what}: no difference is seen from what it was made from ({outcome_of(one)})"
    better = "better" if step > 0 else "worse"
    objective = one.trial.objective if one.trial else None
    by_difference = objective is not None and objective.difference is not None
    much = f"by {abs(step):.4g}" if by_difference else f"{math.exp(abs(step)):.2f} times"
    return f"{what}: {much} {better} than what it was made from ({outcome_of(one)})"


def step_of(one: Try, gains: Gains) -> float | None:
    """Return the gain over the best of the parents, None for what wasn't measured."""
    if one.gain is None:
        return None
    known = [gains[parent] for parent in one.candidate.parents if parent in gains]
    return one.gain - max(known, default=0.0)


def doubt_of(one: Try) -> float:
    """Return half the width of the interval of a try's gain: a smaller step is none that is seen."""
    objective = one.trial.objective if one.trial else None
    if objective is None:
        return math.inf
    if objective.difference is not None:
        return (objective.difference[2] - objective.difference[1]) / 2
    if not 0 < objective.low <= objective.high < math.inf:
        return math.inf
    return math.log(objective.high / objective.low) / 2


def winners(tries: Sequence[Try], gains: Gains) -> list[str]:
    """Return the lessons of what helped, the largest step first."""
    found = [one for one in tries if _helped(one, gains)]
    found.sort(key=lambda one: (-(step_of(one, gains) or 0.0), one.turn))
    return [lesson_of(one, gains) for one in found[:MOST_WINNERS]]


def losers(tries: Sequence[Try], gains: Gains) -> list[str]:
    """Return the lessons of what failed or did not help, the latest last."""
    lost = [one for one in tries if one.trial is not None and not _helped(one, gains)]
    return [lesson_of(one, gains) for one in lost[-MOST_LOSERS:]]


def _helped(one: Try, gains: Gains) -> bool:
    step = step_of(one, gains)
    return step is not None and step > doubt_of(one)


def _short(text: str) -> str:
    return " ".join(text.split())[:200].rstrip(" .:")
