"""A model for tests that needs no server, and the tests that every `Model` has to pass."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from strop.errors import ModelError
from strop.extension import Model, ModelReply, ModelRequest, Usage

__all__ = ["Answer", "ModelConformance", "ScriptedModel"]

Answer = str | ModelReply | Exception | Callable[[ModelRequest], str | ModelReply]
"""One answer of a script: a text, a whole reply, an error to raise, or a function that answers."""


class ScriptedModel:
    """A `Model` that answers from a script; safe to use from several threads."""

    def __init__(
        self,
        replies: Iterable[Answer] | Mapping[str, Iterable[Answer]] = (),
        *,
        default: Answer | None = None,
        name: str = "scripted",
    ) -> None:
        """Write the script.

        Args:
            replies: answers in order, or a list of answers for each agent by its name.
            default: what follows the script; None: a `ModelError` of kind "script exhausted".
            name: the name of the model.
        """
        self.name = name
        self.requests: list[ModelRequest] = []  # all that was asked, in order
        self._by_agent = isinstance(replies, Mapping)
        scripts = replies if isinstance(replies, Mapping) else {"": replies}
        self._scripts = {agent: list(answers) for agent, answers in scripts.items()}
        self._default = default
        self._lock = threading.Lock()

    def ask(self, request: ModelRequest) -> ModelReply:
        """Give the next answer. Raises the script's errors, and `ModelError` at its end."""
        with self._lock:
            self.requests.append(request)
            script = self._scripts.get(request.agent if self._by_agent else "", [])
            answer = script.pop(0) if script else self._default
        if answer is None:
            raise ModelError(f"the script has no answer for {request.agent!r}", kind="script exhausted")
        if isinstance(answer, Exception):
            raise answer
        given = answer(request) if callable(answer) else answer
        return self._reply(request, given) if isinstance(given, str) else given

    def _reply(self, request: ModelRequest, text: str) -> ModelReply:
        prompt = sum(len(content) for _, content in request.messages)
        return ModelReply(
            text=text,
            finish_reason="stop",
            usage=Usage(prompt_tokens=prompt // 4 + 1, completion_tokens=len(text) // 4 + 1),
            model=self.name,
            seconds=0.0,
        )


class ModelConformance:
    """Tests of a `Model`: derive a class whose name begins with `Test`, and override `make_model`."""

    def make_model(self) -> Model:
        """Return a new model that answers any question with a text that is not empty."""
        raise NotImplementedError("a conformance test overrides make_model")

    def question(self) -> ModelRequest:
        """Return a question that the model can answer."""
        return ModelRequest("coder", "0" * 12, 0, (("system", "Be brief."), ("user", "Why is the sky blue?")))

    def test_name_is_text(self) -> None:
        name = self.make_model().name
        assert isinstance(name, str)
        assert name

    def test_answer_is_a_whole_reply(self) -> None:
        model = self.make_model()
        answer = model.ask(self.question())
        assert isinstance(answer, ModelReply)
        assert isinstance(answer.text, str)
        assert answer.text
        assert answer.finish_reason
        assert answer.model
        assert answer.seconds >= 0
        assert answer.usage.prompt_tokens >= 0
        assert answer.usage.completion_tokens >= 0
        assert answer.usage.usd is None or answer.usage.usd >= 0

    def test_next_attempt_is_answered_too(self) -> None:
        model = self.make_model()
        model.ask(self.question())
        assert model.ask(replace(self.question(), attempt=1)).text

    def test_threads_ask_at_the_same_time(self) -> None:
        model = self.make_model()
        questions = [replace(self.question(), attempt=attempt) for attempt in range(4)]
        with ThreadPoolExecutor(max_workers=4) as pool:
            assert all(answer.text for answer in pool.map(model.ask, questions))
