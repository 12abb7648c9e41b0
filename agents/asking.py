"""Asking a model on behalf of an agent: numbered attempts, bounded re-asks, every outcome on file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from strop.agents.attempts import Attempt, Attempts
from strop.agents.templates import render
from strop.candidate import Candidate
from strop.errors import BudgetExhausted, EditError, ModelError
from strop.events import Event, Listener, silent
from strop.extension import Model, ModelReply, ModelRequest
from strop.job import ModelSettings
from strop.prompts import versions, versions_of

__all__ = ["Asker"]

Result = TypeVar("Result")

BREAKER = 4
"""Calls that fail one after the other before an agent is given up: an endpoint that is gone."""


REFUSED = ("auth", "not found", "quota")
"""Kinds of errors that asking again doesn't mend; before the first answer they end the job."""


ANSWERED = ("answer", "candidate", "unusable")
"""Outcomes of attempts to which a model said something."""


class Asker:
    """Asks one model for all agents of a study.

    A model that fails later is given up, and who needs none goes on; one that was never reached for want of
    the right key or name is the user's to mend, so that is an exception.
    """

    def __init__(
        self,
        model: Model,
        settings: ModelSettings,
        attempts: Attempts,
        *,
        listener: Listener = silent,
        prompts: Path | None = None,
    ) -> None:
        self.model = model
        self.prompts = prompts
        self._settings = settings
        self._attempts = attempts
        self._listener = listener
        self.over: Callable[[], str] = str
        """Why nothing may be asked any more; empty while time is left."""
        self._failed_calls = 0
        self._answered = any(one.outcome in ANSWERED for one in attempts.all())

    @property
    def attempts(self) -> Attempts:
        """What was asked so far, in this process and in earlier ones."""
        return self._attempts

    @property
    def usable(self) -> bool:
        """False once the model failed so often that asking again is a waste."""
        return self._failed_calls < BREAKER

    def limit(self, tokens: int) -> int:
        """Return the limit of a short answer: it grows with `model.max_tokens`.

        A model that thinks first may count that, too; who raises the one setting helps all agents.
        """
        return max(tokens, tokens * self._settings.max_tokens // ModelSettings().max_tokens)

    def ask(
        self,
        agent: str,
        parent: Candidate,
        messages: list[tuple[str, str]],
        understand: Callable[[ModelReply], Result],
        *,
        turn: int,
        reasks: int = 1,
        max_tokens: int | None = None,
        temperature: float | None = None,
        templates: tuple[str, ...] = (),
    ) -> Result | None:
        """Ask until `understand` accepts an answer; None where none came.

        `understand` raises `EditError` with a message for the model. `temperature` None: the job's.
        `templates` are those of the messages, by default all of the agent's. Raises `BudgetExhausted`, and
        `ModelError` where the model was never reached and won't be.
        """
        messages = list(messages)
        prompt = versions_of(templates, self.prompts) if templates else versions(agent, self.prompts)
        for _ in range(reasks + 1):
            if not self.usable:
                return None
            if why := self.over():
                raise BudgetExhausted(why, what="minutes")
            number = self._attempts.asked(agent, parent.id)
            request = ModelRequest(
                agent,
                parent.id,
                number,
                tuple(messages),
                max_tokens=max_tokens or self._settings.max_tokens,
                temperature=self._settings.temperature if temperature is None else temperature,
            )
            try:
                reply = self.model.ask(request)
            except ModelError as error:
                self._note(Attempt(agent, parent.id, number, "no answer", f"{error}", "", turn, prompt))
                if error.kind in REFUSED and not self._answered:
                    raise
                if error.kind in ("recording exhausted", "auth"):
                    self._failed_calls = BREAKER
                self._failed_calls += 1
                if error.kind == "bad request":
                    return None  # the same words would be refused again; another question may be fine
                continue
            self._failed_calls, self._answered = 0, True
            try:
                result = understand(reply)
            except EditError as error:
                problem = self._problem(reply, error)
                sentence = self._sentence(problem)
                self._note(Attempt(agent, parent.id, number, "unusable", sentence, "", turn, prompt))
                messages += [("assistant", reply.text or "(empty)")]
                messages += [("user", render("coder/retry", self.prompts, problem=problem))]
                continue
            candidate = result.id if isinstance(result, Candidate) else ""
            outcome = "candidate" if candidate else "answer"
            self._note(Attempt(agent, parent.id, number, outcome, "", candidate, turn, prompt))
            return result
        return None

    @staticmethod
    def _problem(reply: ModelReply, error: EditError) -> str:
        empty = not reply.text.strip()
        if reply.finish_reason == "length":
            where = "before it began: think less" if empty else f"({error})"
            return f"the answer was cut off at its length limit {where}"
        return "the answer was empty" if empty else str(error)

    @staticmethod
    def _sentence(problem: str) -> str:
        """Return a problem without the instructions that go with it to the model."""
        return problem.split("\n")[0]

    def _note(self, attempt: Attempt) -> None:
        self._attempts.add(attempt)
        if attempt.outcome in ("no answer", "unusable"):
            data = {"agent": attempt.agent, "outcome": attempt.outcome, "sentence": attempt.sentence}
            self._listener(Event("attempt", data))
