"""What a study may still spend; asked before anything is started."""

from __future__ import annotations

import time
from typing import Any

from strop.agents.models.ledger import Ledger
from strop.job import Budget
from strop.study import Study
from strop.trial import TrialState

__all__ = ["BudgetGuard"]


class BudgetGuard:
    """Counts trials from the study's rows and minutes over all its processes."""

    def __init__(self, study: Study, budget: Budget, ledger: Ledger | None) -> None:
        self._study = study
        self._budget = budget
        self.ledger = ledger
        self._before = float(study.get("seconds", 0.0))
        self._start = time.monotonic()

    @property
    def seconds(self) -> float:
        """Wall time that the study took so far, in all processes."""
        return self._before + time.monotonic() - self._start

    def cost(self) -> dict[str, Any] | None:
        """Return what the model cost so far as plain JSON types, None without a model."""
        spent = getattr(self.ledger, "spent", None)
        if spent is None:
            return None
        return {
            "calls": spent.calls,
            "prompt_tokens": spent.prompt_tokens,
            "completion_tokens": spent.completion_tokens,
            "usd": spent.usd,
            "estimated": spent.estimated,
        }

    def keep(self) -> None:
        """Write the time down, so that the next process goes on counting."""
        self._study.set("seconds", round(self.seconds, 1))

    def evaluations(self) -> int:
        """Return how many trials took a place in the budget; interrupted ones gave theirs back."""
        return sum(t.number > 0 and t.state is not TrialState.INTERRUPTED for t in self._study.trials())

    def time_over(self) -> str:
        """Return that the minutes are over, empty while they are not."""
        if self._budget.minutes is not None and self.seconds >= self._budget.minutes * 60:
            return f"{self._budget.minutes:g} minutes are over"
        return ""

    def evaluations_left(self) -> int:
        """Return how many more trials may start now."""
        if self.time_over():
            return 0
        if self._budget.evaluations is None:
            return 1 << 30
        return max(0, self._budget.evaluations - self.evaluations())

    def spent(self) -> str:
        """Return which budget forbids further trials, empty where none does."""
        if over := self.time_over():
            return over
        if self._budget.evaluations is not None and self.evaluations() >= self._budget.evaluations:
            return f"{self._budget.evaluations} evaluations are spent"
        return ""
