"""Several optimizers under one budget: who has earned more gets more of the trials."""

from __future__ import annotations

import math
from collections.abc import Sequence

from strop.candidate import Candidate
from strop.extension import Optimizer
from strop.trial import Trial, Verdict

__all__ = ["Portfolio"]

PRIOR_GAIN = 0.05
"""Log gain that a member is credited with before its first trial: all of them get a first turn."""


class Portfolio:
    """Asks the member with the best gain per trial; exploration falls with the trials it had."""

    name = "portfolio"

    def __init__(self, members: Sequence[Optimizer], *, least_claim: float = PRIOR_GAIN) -> None:
        """`least_claim` is the smallest gain that counts in the job: gains are reckoned in it."""
        self._unit = PRIOR_GAIN / least_claim
        self.members = list(members)
        self._gain = {member.name: PRIOR_GAIN for member in members}
        self._trials = {member.name: 0 for member in members}
        self._owner: dict[str, str] = {}
        self._best = 0.0

    def ask(self, count: int) -> list[Candidate]:
        """Return up to `count` candidates; empty only where no member has any."""
        found: list[Candidate] = []
        tired: set[str] = set()
        while len(found) < count and len(tired) < len(self.members):
            member = max((m for m in self.members if m.name not in tired), key=self._priority)
            candidates = member.ask(1)
            if not candidates:
                tired.add(member.name)
            for candidate in candidates:
                self._owner.setdefault(candidate.id, member.name)
                self._trials[member.name] += 1
                found.append(candidate)
        return found

    def tell(self, trial: Trial) -> None:
        """Tell every member, and credit the one whose candidate raised the best lower bound."""
        asked = self._owner.pop(trial.candidate, None)
        owner = asked or self._owner_of(trial.author)
        if asked is None and trial.number > 0 and owner in self._trials:
            self._trials[owner] += 1  # of an earlier process
        if trial.objective is not None and owner in self._gain and trial.verdict is not Verdict.WORSE:
            reached = self._unit * trial.objective.least_gain
            self._gain[owner] += max(0.0, reached - self._best)
            self._best = max(self._best, reached)
        for member in self.members:
            member.tell(trial)

    def _priority(self, member: Optimizer) -> float:
        trials = self._trials[member.name]
        total = sum(self._trials.values())
        # Upper confidence bound on the gain per trial; Source: Auer et al. 2002 (UCB1), scaled.
        return self._gain[member.name] / (trials + 1) + 0.1 * math.sqrt(math.log(total + 2) / (trials + 1))

    def _owner_of(self, author: str) -> str:
        return "agents" if author in ("coder", "tuner") else author
