"""The gateway: the one way from an agent to a model, with deadline, repeats, budget, cache, recording."""

from __future__ import annotations

import ipaddress
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

from strop.agents.models.cache import ResponseCache
from strop.agents.models.ledger import (
    Ledger,
    Price,
    Spent,
    estimated_prompt_tokens,
    estimated_tokens,
)
from strop.agents.models.providers import LiteLLMTransport, OpenAITransport
from strop.agents.models.recording import Recorder
from strop.agents.models.redaction import mask_secrets, redact
from strop.agents.models.retry import wait_seconds
from strop.agents.models.transport import Answer, Fault, TokenCount, Transport
from strop.errors import ConfigError, ModelError
from strop.extension import ModelReply, ModelRequest, Usage
from strop.job import ModelSettings
from strop.sandbox.measure.quiet import background

__all__ = ["Gateway", "price_of", "runs_here", "transport_for"]

LOCAL_PROVIDERS = {"ollama": "OLLAMA_API_BASE", "ollama_chat": "OLLAMA_API_BASE"}
"""Providers that litellm expects on this machine, and the variable that names another place."""

_REMEDIES = {
    "auth": "set the right API key in the environment ({key})",
    "not found": "check model.name and model.api_base",
    "quota": "the account's quota is used up; check its plan and billing",
    "disconnect": "check that the server is up, and model.api_base",
    "timeout": "raise model.timeout_s, or lower model.max_tokens",
}


class Gateway:
    """A `Model` that asks a provider; safe to use from several threads.

    A question is answered from the cache, or asked until it is answered, its repeats are used up
    (`retries`), or its deadline has come (`timeout_s`, from the first try to the last). Every try is
    reserved in the ledger before, and settled after. A model on this machine is asked only while
    nothing is timed here; waiting for that doesn't count.
    """

    def __init__(
        self,
        settings: ModelSettings,
        *,
        ledger: Ledger,
        transport: Transport | None = None,
        cache: ResponseCache | None = None,
        recorder: Recorder | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        rng: random.Random | None = None,
        on_repeat: Callable[[ModelRequest, str], None] | None = None,
    ) -> None:
        """Make a gateway; nothing is imported or asked before the first question.

        Args:
            settings: which model, and how to ask it.
            ledger: where each call is reserved and settled.
            transport: the way to the provider; None: by the settings (`transport_for`).
            cache: where answers are kept; None: nowhere.
            recorder: what writes a recording; None: nothing.
            clock: returns seconds that only go forward.
            sleep: waits for some seconds.
            rng: draws the waiting times between repeats.
            on_repeat: told the question and the fault, before a question is asked again.

        Raises:
            ConfigError: the settings name no model that can be asked.
        """
        self.name = settings.name
        self.ledger = ledger
        self._settings = settings
        self._transport = transport or transport_for(settings)
        self._cache = cache
        self._recorder = recorder
        self._clock = clock
        self._sleep = sleep
        self._rng = rng or random.Random()
        self._on_repeat = on_repeat
        self._local = runs_here(settings)
        self._own = _credentials(settings.api_base)

    @property
    def spent(self) -> Spent:
        """What the study's calls have cost so far."""
        return self.ledger.spent

    def ask(self, request: ModelRequest) -> ModelReply:
        """Answer a question; an empty or cut-off answer is a reply (see its `finish_reason`).

        Raises:
            ModelError: no answer within the repeats and the deadline; `kind` is one of "auth",
                "bad request", "bad response", "disconnect", "not found", "quota", "rate limit",
                "server", "timeout".
            BudgetExhausted: the next try doesn't fit into the budget.
            ConfigError: the budget is in US dollars and the model's price is unknown.
            SandboxError: the lock of what is timed can't be opened (models on this machine only).
            StorageError: the ledger, the cache or the recording cannot be written.
        """
        key = ResponseCache.key(request, model=self.name, api_base=self._settings.api_base)
        reply = self._cache.get(key) if self._cache else None
        if reply is None:
            try:
                reply = self._ask(request, key)
            except ModelError as error:
                if self._recorder:
                    self._recorder.error(request, error)
                raise
        if self._recorder:
            self._recorder.reply(request, reply)
        return reply

    def close(self) -> None:
        """Do nothing; a gateway holds nothing open between calls."""

    def _ask(self, request: ModelRequest, key: str) -> ModelReply:
        price = price_of(self._settings, self._transport)
        deadline = self._clock() + self._settings.timeout_s
        failures = 0
        while True:
            try:
                with self._silence() as waited_s:
                    deadline += waited_s
                    return self._try(request, key, price, deadline)
            except Fault as fault:
                failures += 1
                wait_s = wait_seconds(failures, fault.retry_after, rng=self._rng)
                in_time = self._clock() + wait_s < deadline
                if not fault.passing or failures > self._settings.retries or not in_time:
                    raise self._error(fault, failures) from None
                if self._on_repeat is not None:
                    self._on_repeat(request, redact(f"{fault}; asked again"))
            self._sleep(wait_s)

    @contextmanager
    def _silence(self) -> Iterator[float]:
        """Wait until nothing is timed on this machine, if the model runs on it; yields for how long, in s."""
        if not self._local:
            yield 0.0
            return
        start = self._clock()
        with background():
            yield self._clock() - start

    def _try(self, request: ModelRequest, key: str, price: Price | None, deadline: float) -> ModelReply:
        """Ask once; raises `Fault`."""
        most = _usage(TokenCount(estimated_prompt_tokens(request), request.max_tokens), price)
        call = self.ledger.reserve(request, most)
        start = self._clock()
        try:
            answer = self._transport.send(request, timeout_s=max(0.0, deadline - start))
        except Fault as fault:
            spent = most if fault.worked else _usage(TokenCount(0, 0), price)
            self.ledger.settle(call, spent, outcome=fault.kind, estimated=fault.worked)
            raise
        tokens = answer.tokens or _estimate(request, answer)
        reply = ModelReply(
            # Whatever comes back from outside may hold a key that it was sent.
            text=mask_secrets(answer.text, self._own),
            finish_reason=redact(answer.finish_reason),
            usage=_usage(tokens, price),
            model=self.name,
            seconds=self._clock() - start,
        )
        # The cache first: a crash in between then counts the call too dear, not pays it twice.
        if self._cache:
            self._cache.put(key, reply)
        outcome, estimated = reply.finish_reason, answer.tokens is None
        self.ledger.settle(call, reply.usage, outcome=outcome, estimated=estimated)
        return reply

    def _error(self, fault: Fault, failures: int) -> ModelError:
        remedy = _REMEDIES.get(fault.kind, "").format(key=self._transport.key)
        tries = f" (after {failures} tries)" if failures > 1 else ""
        message = f"model {self.name!r} at {self._transport.where}: {fault}{tries}"
        return ModelError(redact(f"{message}; {remedy}" if remedy else message), kind=fault.kind)


def _estimate(request: ModelRequest, answer: Answer) -> TokenCount:
    return TokenCount(estimated_prompt_tokens(request), estimated_tokens(answer.text))


def _usage(tokens: TokenCount, price: Price | None) -> Usage:
    return Usage(tokens.prompt, tokens.completion, price.usd(*tokens) if price else None)


def price_of(settings: ModelSettings, transport: Transport) -> Price | None:
    """Return a model's price: the settings', else what its transport knows, else None."""
    given = settings.usd_per_million_input, settings.usd_per_million_output
    if given[0] is not None and given[1] is not None:
        return Price(given[0], given[1])
    return transport.price()


def runs_here(settings: ModelSettings, environ: Mapping[str, str] | None = None) -> bool:
    """Return whether a model computes on this machine, as far as its address tells."""
    given = os.environ if environ is None else environ
    address = settings.api_base
    provider = settings.name.partition("/")[0]
    if not address and provider in LOCAL_PROVIDERS:
        address = given.get(LOCAL_PROVIDERS[provider]) or "http://localhost"
    try:
        host = urlsplit(address).hostname or ""
        if host == "localhost" or host.endswith(".localhost"):
            return True
        number = ipaddress.ip_address(host)
        return number.is_loopback or number.is_unspecified
    except ValueError:
        return False  # another host's name, or no URL, which `transport_for` refuses


def transport_for(settings: ModelSettings) -> Transport:
    """Return the way to a model: the openai SDK for an endpoint, litellm for a provider's name.

    Raises `ConfigError` for settings that name no model that can be asked.
    """
    name, api_base = settings.name, settings.api_base
    if name.startswith("local:"):
        raise ConfigError(
            f"model.name: {name!r}: a model in the process is not built yet; serve the file with any "
            "OpenAI-compatible server (e.g. llama-server) and give its address as --api-base"
        )
    if not name:
        raise ConfigError("model.name is missing: give the name that the endpoint has for its model")
    if not api_base:
        return LiteLLMTransport(name)
    if not api_base.startswith(("http://", "https://")) or not _sound(api_base):
        raise ConfigError(
            f"model.api_base: {redact(api_base)!r} is no URL; allowed: http://... or https://..., "
            "e.g. http://127.0.0.1:8000/v1"
        )
    return OpenAITransport(name.removeprefix("openai/"), api_base)


def _sound(address: str) -> bool:
    """Return whether a URL has a host, and a port that is a number, if any."""
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def _credentials(api_base: str) -> tuple[str, ...]:
    """Return user and password of an endpoint's URL, where they are long enough to be secret."""
    try:
        parts = urlsplit(api_base)
        found = (parts.username, parts.password)
    except ValueError:  # no URL: the transport says so
        return ()
    return tuple(value for value in found if value and len(value) >= 8)
