"""Asking a model on behalf of an agent: numbered attempts, bounded re-asks, every outcome on file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from strop.agents.attempts import Attempt, Attempts
from strop.agents.templates import render
from strop.candidate import Candidate
from strop.errors import EditError, ModelError
from strop.events import Event, Listener, silent
from strop.extension import Model, ModelReply, ModelRequest
from strop.job import ModelSettings
from strop.prompts import versions

__all__ = ["Asker"]

Result = TypeVar("Result")

BREAKER = 4
"""Calls that fail one after the other before an agent is given up: an endpoint that is gone."""


class Asker:
    """Asks one model for all agents of a study."""

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
        self._failed_calls = 0

    @property
    def usable(self) -> bool:
        """False once the model failed so often that asking again is a waste."""
        return self._failed_calls < BREAKER

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
    ) -> Result | None:
        """Ask until `understand` accepts an answer; None where none came.

        `understand` raises `EditError` with a message for the model. Raises `BudgetExhausted`.
        """
        messages = list(messages)
        for _ in range(reasks + 1):
            if not self.usable:
                return None
            number = self._attempts.asked(agent, parent.id)
            request = ModelRequest(
                agent,
                parent.id,
                number,
                tuple(messages),
                max_tokens=max_tokens or self._settings.max_tokens,
                temperature=self._settings.temperature,
            )
            try:
                reply = self.model.ask(request)
            except ModelError as error:
                if error.kind in ("recording exhausted", "auth", "bad request"):
                    self._failed_calls = BREAKER
                self._failed_calls += 1
                self._note(agent, parent, number, "no answer", f"{error}", turn)
                continue
            self._failed_calls = 0
            try:
                result = understand(reply)
            except EditError as error:
                problem = self._problem(reply, error)
                self._note(agent, parent, number, "unusable", self._sentence(problem), turn)
                messages += [("assistant", reply.text or "(empty)")]
                messages += [("user", render("coder/retry", self.prompts, problem=problem))]
                continue
            candidate = result.id if isinstance(result, Candidate) else ""
            self._note(agent, parent, number, "candidate" if candidate else "answer", "", turn, candidate)
            return result
        return None

    @staticmethod
    def _problem(reply: ModelReply, error: EditError) -> str:
        if not reply.text.strip():
            return "the answer was empty"
        if reply.finish_reason == "length":
            return f"the answer was cut off at its length limit ({error})"
        return str(error)

    @staticmethod
    def _sentence(problem: str) -> str:
        """Return a problem without the instructions that go with it to the model."""
        return problem.split("\n")[0]

    def _note(
        self,
        agent: str,
        parent: Candidate,
        number: int,
        outcome: str,
        sentence: str,
        turn: int,
        candidate: str = "",
    ) -> None:
        prompt = versions(agent, self.prompts)
        self._attempts.add(Attempt(agent, parent.id, number, outcome, sentence, candidate, turn, prompt))
        if outcome in ("no answer", "unusable"):
            data = {"agent": agent, "outcome": outcome, "sentence": sentence}
            self._listener(Event("attempt", data))
