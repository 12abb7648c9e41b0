"""How a question reaches a provider: the contract, the faults, and the parsing of what comes back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

from strop.agents.models.ledger import Price
from strop.agents.models.redaction import redact
from strop.extension import ModelRequest

__all__ = ["Answer", "Fault", "FaultKind", "TokenCount", "Transport", "fault_of_status", "parse_answer"]

FaultKind = Literal[
    "auth",
    "bad request",
    "bad response",
    "disconnect",
    "not found",
    "quota",
    "rate limit",
    "server",
    "timeout",
]

_SHOWN = 400
"""Characters of a provider's own message in ours; some send a whole HTML page."""


class TokenCount(NamedTuple):
    """What a provider says it counted."""

    prompt: int
    completion: int


@dataclass(frozen=True)
class Answer:
    """One answer as a provider sent it."""

    text: str
    finish_reason: str  # "unknown" where the provider gave none
    tokens: TokenCount | None  # None: the provider didn't say


class Fault(Exception):
    """One call that gave no answer; stays inside the gateway, which tries again or gives up."""

    def __init__(
        self,
        message: str,
        *,
        kind: FaultKind,
        passing: bool,
        worked: bool = False,
        retry_after: str | None = None,
    ) -> None:
        """Describe a fault.

        Args:
            message: one sentence; secrets are taken out of it.
            kind: a stable short word.
            passing: whether the same call may succeed later.
            worked: whether the provider may have done the work, and so may charge for it.
            retry_after: value of the header `Retry-After`, None where there was none.
        """
        message = " ".join(redact(message).split())
        super().__init__(message if len(message) <= _SHOWN else f"{message[:_SHOWN]}…")
        self.kind = kind
        self.passing = passing
        self.worked = worked
        self.retry_after = retry_after


class Transport(Protocol):
    """A way to a provider."""

    where: str
    """The provider for people, e.g. "http://127.0.0.1:8000/v1"."""

    key: str
    """The environment variable of the API key, for people."""

    def send(self, request: ModelRequest, *, timeout_s: float) -> Answer:
        """Send a question once and wait for its answer; returns or raises `Fault` within the time."""

    def price(self) -> Price | None:
        """Return the price that this way knows for its model, None where it knows none."""


def fault_of_status(status: int, message: str, retry_after: str | None = None) -> Fault:
    """Return the fault that an HTTP error status stands for."""

    def fault(kind: FaultKind, *, passing: bool, worked: bool = False) -> Fault:
        return Fault(
            f"HTTP {status}: {message}", kind=kind, passing=passing, worked=worked, retry_after=retry_after
        )

    if status < 400:
        return fault("bad response", passing=True, worked=True)
    if status == 429 and "insufficient_quota" in message:
        return fault("quota", passing=False)
    if status == 429:
        return fault("rate limit", passing=True)
    if status in (408, 504):
        # Who waited in vain doesn't know what happened behind it.
        return fault("timeout", passing=True, worked=True)
    if status == 409 or status >= 500:
        return fault("server", passing=True)
    if status in (401, 402, 403):
        return fault("auth", passing=False)
    return fault("not found" if status == 404 else "bad request", passing=False)


def parse_answer(body: str | Mapping[str, Any]) -> Answer:
    """Return the answer in the body of a chat completion.

    An empty or cut-off answer is an answer; raises `Fault` ("bad response") where there is none.
    """
    data = _json(body) if isinstance(body, str) else body
    choices = data.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, Mapping) else None
    if not isinstance(choice, Mapping) or not isinstance(message, Mapping):
        raise _bad_response(f"no choices in the answer: {json.dumps(data, default=str)}")
    reason = choice.get("finish_reason")
    return Answer(
        text=_encodable(_text(message.get("content"))),
        finish_reason=_encodable(reason) if isinstance(reason, str) and reason else "unknown",
        tokens=_token_count(data.get("usage")),
    )


def _json(body: str) -> Mapping[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise _bad_response(f"the answer is not valid JSON: {body!r}") from None
    if not isinstance(data, Mapping):
        raise _bad_response(f"the answer is not a JSON object: {body!r}")
    return data


def _bad_response(message: str) -> Fault:
    return Fault(message, kind="bad response", passing=True, worked=True)


def _text(content: object) -> str:
    """Return a message's text; some providers send a list of parts, refusals have none."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, Mapping)]
        return "".join(part for part in parts if isinstance(part, str))
    return ""


def _encodable(text: str) -> str:
    """Return a text that UTF-8 can hold: JSON can carry halves of surrogate pairs, files can't."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _token_count(usage: object) -> TokenCount | None:
    if not isinstance(usage, Mapping):
        return None
    prompt, completion = usage.get("prompt_tokens"), usage.get("completion_tokens")
    if type(prompt) is not int or type(completion) is not int:
        return None
    # No prompt has 0 tokens: servers that don't count send zeros.
    return TokenCount(prompt, completion) if prompt > 0 and completion >= 0 else None
