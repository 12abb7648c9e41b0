"""Several optimizers under one budget: who has earned more for its time gets more of the trials."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from strop.candidate import Candidate
from strop.extension import Optimizer
from strop.trial import Trial, Verdict

__all__ = ["Portfolio"]

PRIOR_GAIN = 0.05
"""Log gain that a member is credited with before its first trial: all of them get a first turn."""


class Portfolio:
    """Asks the member with the best gain for its cost; exploration falls with what was spent on it.

    The cost is time, that of its questions and of its trials, in trials of the mean time: a member whose
    proposals take three times as long as others' has to gain three times as much.
    """

    name = "portfolio"

    def __init__(self, members: Sequence[Optimizer], *, least_claim: float = PRIOR_GAIN) -> None:
        """`least_claim` is the smallest gain that counts in the job: gains are reckoned in it."""
        self._unit = PRIOR_GAIN / least_claim
        self.members = list(members)
        self._gain = {member.name: PRIOR_GAIN for member in members}
        self._trials = {member.name: 0 for member in members}
        self._costs: dict[str, list[float]] = {member.name: [] for member in members}  # s, of told trials
        self._vain = {member.name: 0.0 for member in members}  # s, of questions without a proposal
        self._owner: dict[str, str] = {}
        self._asking: dict[str, float] = {}  # s that a candidate's question took
        self._best = 0.0

    def ask(self, count: int) -> list[Candidate]:
        """Return up to `count` candidates; empty only where no member has any."""
        found: list[Candidate] = []
        tired: set[str] = set()
        while len(found) < count and len(tired) < len(self.members):
            member = max((m for m in self.members if m.name not in tired), key=self._priority)
            start = time.monotonic()
            candidates = member.ask(1)
            took = time.monotonic() - start
            if not candidates:
                tired.add(member.name)
                self._vain[member.name] += took
            for candidate in candidates:
                self._owner.setdefault(candidate.id, member.name)
                self._asking.setdefault(candidate.id, took)
                self._trials[member.name] += 1
                found.append(candidate)
        return found

    def tell(self, trial: Trial) -> None:
        """Tell every member, and credit the one whose candidate raised the best lower bound."""
        asked = self._owner.pop(trial.candidate, None)
        asking = self._asking.pop(trial.candidate, 0.0)
        owner = asked or self._owner_of(trial.author)
        if asked is None and trial.number > 0 and owner in self._trials:
            self._trials[owner] += 1  # of an earlier process
        if trial.number > 0 and trial.seconds > 0 and owner in self._costs:
            self._costs[owner].append(asking + trial.seconds)
        if trial.objective is not None and owner in self._gain and trial.verdict is not Verdict.WORSE:
            reached = self._unit * trial.objective.least_gain
            self._gain[owner] += max(0.0, reached - self._best)
            self._best = max(self._best, reached)
        for member in self.members:
            member.tell(trial)

    def _priority(self, member: Optimizer) -> float:
        spent = self._spent(member.name)
        total = sum(self._trials.values())
        # Upper confidence bound on the gain for the cost; Source: Auer et al. 2002 (UCB1), scaled.
        return self._gain[member.name] / (spent + 1) + 0.1 * math.sqrt(math.log(total + 2) / (spent + 1))

    def _spent(self, name: str) -> float:
        """Return what a member cost, in trials of the mean time; one whose time isn't known counts as one."""
        known = [cost for costs in self._costs.values() for cost in costs]
        mine = self._costs[name]
        if not known:
            return float(self._trials[name])
        mean = sum(known) / len(known)
        return self._trials[name] - len(mine) + (sum(mine) + self._vain[name]) / mean

    def _owner_of(self, author: str) -> str:
        return "agents" if author in ("coder", "tuner") else author
