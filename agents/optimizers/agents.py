"""The agents as an optimizer: coder and tuner propose from the best candidate so far."""

from __future__ import annotations

from typing import Protocol

from strop.agents.view import View
from strop.candidate import BASELINE, Candidate
from strop.errors import BudgetExhausted
from strop.events import Listener, note, silent
from strop.trial import Trial, Verdict

__all__ = ["AgentsOptimizer", "Proposer"]

PATIENCE = 4
"""Turns in a row without a usable answer after which the agents have no more ideas."""


class Proposer(Protocol):
    """An agent that proposes: strop's coder or tuner, or a user's in the place of one."""

    name: str

    def propose(self, view: View, parent: Candidate, *, turn: int) -> Candidate | None:
        """Return a candidate made from a parent, None where there is none. Raises `BudgetExhausted`."""


class AgentsOptimizer:
    """Asks the coder, and every third time the tuner where the job has knobs."""

    name = "agents"

    def __init__(
        self, view: View, coder: Proposer | None, tuner: Proposer | None, *, listener: Listener = silent
    ) -> None:
        self._listener = listener
        self._view = view
        self._coder = coder
        self._tuner = tuner
        self._turns = 0
        self._dry = 0
        self._stale = 0  # trials since the last improvement

    def ask(self, count: int) -> list[Candidate]:
        """Return at most one candidate: the next answer should know what came of this one."""
        if count < 1 or self._dry >= PATIENCE:
            return []
        self._turns += 1
        agent = self._next()
        if agent is None:
            return []
        # After some trials without gain the next idea starts from the unchanged program.
        parent = BASELINE if self._stale and self._stale % 4 == 0 else self._view.champion()
        try:
            candidate = agent.propose(self._view, parent, turn=self._turns)
        except BudgetExhausted as spent:
            note(self._listener, f"the agents have no more budget: {spent}")
            self._dry = PATIENCE
            return []
        self._dry = 0 if candidate else self._dry + 1
        return [candidate] if candidate else []

    def tell(self, trial: Trial) -> None:
        """Count the trials since the last promising one of the agents' own."""
        if trial.author in [agent.name for agent in (self._coder, self._tuner) if agent]:
            self._stale = 0 if trial.verdict is Verdict.PROMISING else self._stale + 1

    def _next(self) -> Proposer | None:
        coder = self._coder if self._view.snapshot.texts else None
        tuner = self._tuner if self._view.job.knobs else None
        if coder and tuner:
            return tuner if self._turns % 3 == 0 else coder
        return coder or tuner
