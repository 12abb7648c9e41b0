"""What one arm proposed, in order, and what came of it: from the study's files and the trials it was told.

Nothing of it lives in the process alone, so that a study that is gone on with goes on from the same place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from strop.agents.attempts import Attempt, Attempts
from strop.agents.optimizers.costs import cost_of
from strop.agents.view import View
from strop.candidate import BASELINE, Candidate
from strop.errors import StorageError
from strop.trial import Trial, TrialState, Verdict

__all__ = ["Tries", "Try", "baseline_try"]


@dataclass(frozen=True)
class Try:
    """One proposal, and what came of it."""

    turn: int  # of the arm, from 1
    candidate: Candidate
    trial: Trial | None = None  # None: it isn't known yet; number -1: it was refused without a trial

    @property
    def gain(self) -> float | None:
        """Log ratio to the baseline (the difference, where it is compared so), more is better.

        None where it wasn't measured.
        """
        cost = cost_of(self.trial) if self.trial is not None else None
        return None if cost is None else -cost

    @property
    def failed(self) -> bool:
        """Whether it was evaluated, or refused, without a result."""
        return self.trial is not None and self.trial.state is TrialState.FAILED


class Tries:
    """The proposals of one arm. Trials of others are none of its business."""

    def __init__(self, name: str, view: View, attempts: Attempts) -> None:
        self._name = name
        self._view = view
        self._attempts = attempts
        self._told: dict[str, Trial] = {}
        self._known: dict[str, Candidate] = {}  # that the study may not have yet

    def add(self, candidate: Candidate) -> None:
        """Keep a proposal; its attempt is on file already."""
        self._known[candidate.id] = candidate

    def tell(self, trial: Trial) -> None:
        """Learn what came of a candidate."""
        if trial.number >= 0 or trial.candidate not in self._told:
            self._told[trial.candidate] = trial

    @property
    def turn(self) -> int:
        """The number of the last turn on file, 0 where there was none."""
        return max((attempt.turn for attempt in self._asked()), default=0)

    @property
    def answers(self) -> int:
        """How many answers came, usable or not."""
        return sum(attempt.outcome != "no answer" for attempt in self._asked())

    def all(self) -> list[Try]:
        """Return the proposals in their order."""
        refused = {a.candidate: a for a in self._attempts.all() if a.outcome == "refused"}
        found: dict[str, Try] = {}
        for attempt in self._asked():
            candidate = self._candidate(attempt.candidate) if attempt.candidate else None
            if candidate is None or candidate.id in found:
                continue
            trial = self._told.get(candidate.id)
            if trial is None and candidate.id in refused:
                trial = _refusal(refused[candidate.id])
            found[candidate.id] = Try(attempt.turn, candidate, trial)
        return list(found.values())

    def best(self) -> Try | None:
        """Return the promising one with the best lower bound, as the study's champion is chosen."""
        promising = [one for one in self.all() if one.trial and one.trial.verdict is Verdict.PROMISING]
        return max(promising, key=_low, default=None)

    def _asked(self) -> Iterator[Attempt]:
        return (a for a in self._attempts.all() if a.agent == self._name and a.attempt >= 0)

    def _candidate(self, candidate_id: str) -> Candidate | None:
        """Return a candidate; None for one that was lost as its process died."""
        if candidate_id not in self._known:
            try:
                self._known[candidate_id] = self._view.candidate(candidate_id)
            except StorageError:
                return None
        return self._known[candidate_id]


def _low(one: Try) -> float:
    return one.trial.objective.least_gain if one.trial and one.trial.objective else 0.0


def baseline_try() -> Try:
    """Return the unchanged program as something that was tried, without a trial."""
    return Try(0, BASELINE)


def _refusal(attempt: Attempt) -> Trial:
    """Return what the arm was told of a proposal that another process refused."""
    sentence = attempt.sentence
    return Trial(
        -1,
        attempt.candidate,
        attempt.agent,
        TrialState.FAILED,
        stage="screen",
        reason=sentence,
        feedback=sentence,
    )
