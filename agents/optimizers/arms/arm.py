"""An arm as an optimizer: asks the model what its strategy says, and keeps what is new."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from strop.agents.asking import Asker
from strop.agents.coder import Knowledge, read_code, render_role, render_task
from strop.agents.optimizers.arms.tries import Tries
from strop.agents.screen import screen
from strop.agents.view import View
from strop.candidate import Candidate
from strop.errors import BudgetExhausted, EditError
from strop.events import Listener, note, silent
from strop.extension import ModelReply
from strop.trial import Trial

__all__ = ["Arm", "Question", "Strategy"]

CODER = ("coder/system", "coder/task")


@dataclass(frozen=True)
class Question:
    """One question of an arm: which candidate is to be changed, and what is said before the coder's task."""

    parent: Candidate
    preface: str = ""
    templates: tuple[str, ...] = ()  # that the preface was made from
    others: tuple[str, ...] = ()  # ids of further candidates that the answer is made from


class Strategy(Protocol):
    """What makes one arm differ from another: the next question."""

    @property
    def reasks(self) -> int:
        """Questions more after an answer that can't be used."""

    @property
    def patience(self) -> int:
        """Turns in a row without a new candidate after which there are no more ideas."""

    @property
    def temperature(self) -> float | None:
        """Of the model; None: the job's."""

    def question(self, tries: Tries, turn: int) -> Question | None:
        """Return what to ask in a turn (from 1), None where nothing is to be asked now."""


class Arm:
    """Candidates by one strategy. It learns of its own proposals alone, whoever searches beside it.

    A proposal that does the same as a candidate that was evaluated, or proposed, is no candidate: its
    answer is spent, and the trial is not.
    """

    def __init__(
        self, name: str, strategy: Strategy, view: View, asker: Asker, listener: Listener = silent
    ) -> None:
        self.name = name
        self._strategy = strategy
        self._view = view
        self._asker = asker
        self._listener = listener
        self._tries = Tries(name, view, asker.attempts)
        self._dry = 0

    def ask(self, count: int) -> list[Candidate]:
        """Return up to `count` new candidates."""
        found: list[Candidate] = []
        while len(found) < count and self._dry < self._strategy.patience:
            turn = self._tries.turn + 1
            question = self._strategy.question(self._tries, turn)
            if question is None:
                break
            try:
                candidate = self._answered(question, turn)
            except BudgetExhausted as spent:
                note(self._listener, f"{self.name} has no more budget: {spent}")
                self._dry = self._strategy.patience
                break
            self._dry = 0 if candidate else self._dry + 1
            if candidate:
                self._tries.add(candidate)
                found.append(candidate)
        return found

    def tell(self, trial: Trial) -> None:
        """Learn what came of a proposal."""
        self._tries.tell(trial)

    def _answered(self, question: Question, turn: int) -> Candidate | None:
        view, parent = self._view, question.parent
        seen = [one.candidate for one in self._tries.all()]
        seen += [view.candidate(trial.candidate) for trial in view.trials()]

        def understand(reply: ModelReply) -> Candidate:
            candidate = read_code(reply, view, parent, author=self.name, others=question.others)
            self._refuse_known(candidate, seen)
            return candidate

        task = render_task(view, parent, Knowledge())
        preface = f"{question.preface.strip()}\n\n" if question.preface.strip() else ""
        return self._asker.ask(
            self.name,
            parent,
            [("system", render_role(view)), ("user", preface + task)],
            understand,
            turn=turn,
            reasks=self._strategy.reasks,
            temperature=self._strategy.temperature,
            templates=(*CODER, *question.templates),
        )

    def _refuse_known(self, candidate: Candidate, seen: Iterable[Candidate]) -> None:
        """Raise `EditError` for a candidate that does what another does; what else is wrong costs a trial."""
        refusal = screen(candidate, self._view.job, self._view.snapshot, seen)
        if refusal is not None and refusal.duplicate_of:
            raise EditError(refusal.feedback)
