"""The agents as an optimizer: coder and tuner propose from the best candidate so far."""

from __future__ import annotations

from strop.agents.coder import Coder
from strop.agents.tuner import Tuner
from strop.agents.view import View
from strop.candidate import BASELINE, Candidate
from strop.errors import BudgetExhausted
from strop.events import Event, Listener, silent
from strop.trial import Trial, Verdict

__all__ = ["AgentsOptimizer"]

PATIENCE = 4
"""Turns in a row without a usable answer after which the agents have no more ideas."""


class AgentsOptimizer:
    """Asks the coder, and every third time the tuner where the job has knobs."""

    name = "agents"

    def __init__(self, view: View, coder: Coder, tuner: Tuner, *, listener: Listener = silent) -> None:
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
        job = self._view.job
        can_code, can_tune = bool(self._view.snapshot.texts), bool(job.knobs)
        tune = can_tune and (not can_code or self._turns % 3 == 0)
        # After some trials without gain the next idea starts from the unchanged program.
        parent = BASELINE if self._stale and self._stale % 4 == 0 else self._view.champion()
        agent = self._tuner if tune else self._coder
        try:
            candidate = agent.propose(self._view, parent, turn=self._turns)
        except BudgetExhausted as spent:
            self._listener(Event("note", {"text": f"the agents have no more budget: {spent}"}))
            self._dry = PATIENCE
            return []
        self._dry = 0 if candidate else self._dry + 1
        return [candidate] if candidate else []

    def tell(self, trial: Trial) -> None:
        """Count the trials since the last promising one of the agents' own."""
        if trial.author in (self._coder.name, self._tuner.name):
            self._stale = 0 if trial.verdict is Verdict.PROMISING else self._stale + 1
