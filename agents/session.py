"""The services that the graph's nodes use: one object for one process of one study."""

from __future__ import annotations

from dataclasses import dataclass, field

from strop.agents.analyst import Analyst
from strop.agents.attempts import Attempt, Attempts
from strop.agents.budget import BudgetGuard
from strop.agents.critic import Critic
from strop.agents.custom import CustomAnalyst, CustomCritic
from strop.agents.optimizers.arms.opening import ARMS
from strop.agents.optimizers.registry import WITHOUT_MODEL
from strop.agents.screen import Refusal
from strop.agents.view import View
from strop.candidate import Candidate
from strop.events import Event, Listener
from strop.extension import Optimizer
from strop.sandbox.evaluator import Baseline, Evaluator
from strop.sandbox.trial_queue import TrialQueue
from strop.study import Study
from strop.trial import Trial, TrialState

__all__ = ["Session"]


@dataclass
class Session:
    """Study, evaluator, queue, optimizer and agents of a running job."""

    study: Study
    view: View
    evaluator: Evaluator
    baseline: Baseline
    queue: TrialQueue
    optimizer: Optimizer
    analyst: Analyst | CustomAnalyst
    critic: Critic | CustomCritic
    attempts: Attempts
    guard: BudgetGuard
    listener: Listener
    capacity: int = 1  # trials in flight at a time
    claims_made: int = 1  # published together with this one's
    told: set[int] = field(default_factory=set)
    champion_told: int = 0  # number of the trial last told as champion
    orphans_proposed: bool = False

    def tell_history(self) -> None:
        """Tell the optimizer all trials of earlier processes, in order."""
        for trial in self.view.trials():
            self.tell(trial)

    def tell(self, trial: Trial) -> None:
        """Tell the optimizer a trial, each number once; screened-out proposals have number -1."""
        if trial.number >= 0 and trial.number in self.told:
            return
        self.told.add(trial.number)
        self.optimizer.tell(trial)

    def refuse(
        self, candidate: Candidate, refusal: Refusal, *, turn: int, known: Trial | None = None
    ) -> None:
        """Keep why a proposal came to no trial, and tell its author; who reads lessons reads it as one."""
        sentence = refusal.reason
        if candidate.author not in (*WITHOUT_MODEL, *ARMS):
            what, why = candidate.rationale or candidate.author, " ".join(refusal.feedback.split())
            self.view.learn(f"{what[:200]}: refused without a trial: {why[:600]}")
        parent = candidate.parents[0] if candidate.parents else ""
        attempt = Attempt(candidate.author, parent, -1, "refused", sentence, candidate.id, turn)
        self.attempts.add(attempt)
        data = {"agent": candidate.author, "outcome": "refused", "sentence": sentence}
        self.listener(Event("attempt", data))
        state = known.state if known else TrialState.FAILED
        self.tell(
            Trial(
                -1,
                candidate.id,
                candidate.author,
                state,
                candidate.values,
                stage="screen",
                reason=sentence,
                feedback=sentence,
                comparisons=known.comparisons if known else (),
                verdict=known.verdict if known else None,
            )
        )

    def orphans(self) -> list[Candidate]:
        """Return candidates of agents that were lost: their process died, or was stopped during the trial."""
        rows = {t.candidate for t in self.study.trials() if t.state is not TrialState.INTERRUPTED}
        attempts = self.attempts.all()
        refused = {a.candidate for a in attempts if a.outcome == "refused"}
        ids = [a.candidate for a in attempts if a.outcome == "candidate"]
        lost = [i for i in dict.fromkeys(ids) if i not in rows and i not in refused]
        folder = self.study.folder / "candidates"
        return [self.study.candidate(i) for i in lost if (folder / f"{i}.json").exists()]
