"""Who answers a trace optimizer: a model of the gateway, or a function as Trace's users have one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from strop.agents.models.transport import Fault, parse_answer
from strop.errors import ConfigError, ModelError
from strop.extension import Model, ModelReply, ModelRequest, Usage

__all__ = ["Asked", "TraceModel", "as_model"]

TraceModel = Model | Callable[..., Any] | None


class Asked:
    """A model with a counter: the same question later is another attempt, so a cache doesn't freeze it."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._attempts: dict[str, int] = {}

    def ask(
        self,
        agent: str,
        messages: Sequence[tuple[str, str]],
        *,
        max_tokens: int,
        temperature: float,
        schema: str,
    ) -> ModelReply:
        """Ask once. Raises `ModelError` and `BudgetExhausted`."""
        attempt = self._attempts.get(agent, 0)
        self._attempts[agent] = attempt + 1
        return self._model.ask(
            ModelRequest(
                agent,
                "trace",
                attempt,
                tuple(messages),
                max_tokens=max_tokens,
                temperature=temperature,
                schema=schema,
            )
        )


class _Function:
    """A function `llm(messages=[...], max_tokens=...)` as a model."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.name = getattr(function, "__name__", type(function).__name__)
        self._function = function

    def ask(self, request: ModelRequest) -> ModelReply:
        """Answer by the function."""
        start = time.monotonic()
        messages = [{"role": role, "content": text} for role, text in request.messages]
        made = self._function(messages=messages, max_tokens=request.max_tokens)
        if isinstance(made, str):
            text, reason = made, "stop"
        else:
            try:
                answer = parse_answer(made if isinstance(made, dict) else made.model_dump())
            except Fault as fault:
                raise ModelError(f"{self.name}: {fault}", kind=fault.kind) from None
            text, reason = answer.text, answer.finish_reason
        return ModelReply(text, reason, Usage(), self.name, time.monotonic() - start)


def as_model(model: Any) -> Asked:
    """Return whatever a user gave as a model; raises `ConfigError`."""
    if hasattr(model, "ask"):
        return Asked(model)
    if callable(model):
        return Asked(_Function(model))
    raise ConfigError(
        "model: a model of strop.agents.models.open_model, or a function model(messages, max_tokens), found "
        f"{type(model).__name__}"
    )
