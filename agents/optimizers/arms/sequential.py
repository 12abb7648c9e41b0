"""Sequential refinement: one chain, each proposal made from the best so far or the one that just failed."""

from __future__ import annotations

from strop.agents.optimizers.arms.arm import Question
from strop.agents.optimizers.arms.lessons import outcome_of
from strop.agents.optimizers.arms.tries import Tries, Try, baseline_try
from strop.agents.templates import render
from strop.agents.view import View

__all__ = ["Sequential"]

REPAIRS = 2
"""Failures in a row of which the last is mended; after one more the chain goes back to its best."""

MOST_TRIES = 60
"""Lines of the history; a longer one leaves out its middle."""


class Sequential:
    """The full history, and one candidate at a time."""

    reasks = 1
    patience = 4
    temperature: float | None = None

    def __init__(self, view: View) -> None:
        self._view = view

    def question(self, tries: Tries, turn: int) -> Question | None:
        """Return what comes next in the chain, None while the last link isn't known."""
        every = tries.all()
        if any(one.trial is None for one in every):
            return None
        start = self.start(every, tries.best())
        mended = start.failed
        preface = render(
            "arms/sequential",
            self._view.prompts,
            history=_history(every),
            failed=mended,
            feedback=start.trial.feedback or start.trial.reason if mended and start.trial else "",
            best=outcome_of(start) if start.gain is not None else "",
        )
        return Question(start.candidate, preface, ("arms/sequential",))

    @staticmethod
    def start(every: list[Try], best: Try | None) -> Try:
        """Return what the next proposal is made from."""
        failures = 0
        for one in reversed(every):
            if not one.failed:
                break
            failures += 1
        if 0 < failures <= REPAIRS:
            return every[-1]
        return best or baseline_try()


def _history(every: list[Try]) -> list[str]:
    lines = [f"{number}. {_said(one)}" for number, one in enumerate(every, 1)]
    if len(lines) <= MOST_TRIES:
        return lines
    half = MOST_TRIES // 2
    return [*lines[:half], f"… {len(lines) - 2 * half} others …", *lines[-half:]]


def _said(one: Try) -> str:
    return f"{' '.join(one.candidate.rationale.split())[:200]} -> {outcome_of(one)}"
