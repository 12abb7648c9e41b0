"""The ways to a provider: the openai SDK for an endpoint, litellm for a provider's name.

Both SDKs are imported with the first call, and asked for one plain call only: the repeats, the
deadline, the cache and the budget are the gateway's.
"""

from __future__ import annotations

import json
import os
import time
from typing import Any

from strop.agents.models.deadline import within
from strop.agents.models.ledger import Price
from strop.agents.models.transport import Answer, Fault, fault_of_status, parse_answer
from strop.extension import ModelRequest

__all__ = ["LiteLLMTransport", "OpenAITransport"]

_NOT_REACHED = {"ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol"}
_BROKEN = {"ReadError", "RemoteProtocolError", "ServerDisconnectedError", "WriteError"}


class OpenAITransport:
    """Asks an OpenAI-compatible endpoint with the openai SDK (2 or 3)."""

    key = "OPENAI_API_KEY"

    def __init__(self, model: str, api_base: str) -> None:
        """Plan calls of a model at an endpoint; the key is `OPENAI_API_KEY`, "none" where unset."""
        self.model = model
        self.where = api_base
        self._api_base = api_base
        self._renamed: dict[str, str | None] = {}

    def send(self, request: ModelRequest, *, timeout_s: float) -> Answer:
        """Send a question once; see `Transport`."""
        import openai

        started = time.monotonic()

        async def call() -> str:
            # One client a call (22 ms of CPU) belongs to one event loop and leaves nothing open.
            async with openai.AsyncOpenAI(
                api_key=os.environ.get("OPENAI_API_KEY") or "none",
                base_url=self._api_base,
                max_retries=0,
                timeout=timeout_s,
            ) as client:
                # The raw body: parsed by the SDK, a body that is no JSON comes back as if it were an answer.
                raw = await client.chat.completions.with_raw_response.create(**self._arguments(request))
                return str(raw.text)

        try:
            return parse_answer(within(timeout_s, call))
        except TimeoutError:
            raise _late(timeout_s) from None
        except openai.OpenAIError as error:
            fault = _fault(error)
        except UnicodeEncodeError as error:  # before it sends
            fault = Fault(f"the key holds what no header can: {error}", kind="auth", passing=False)
        except (ValueError, TypeError) as error:
            message = f"openai failed: {type(error).__name__}: {error}"
            fault = Fault(message, kind="server", passing=False)
        if fault.kind == "bad request" and self._adapt(str(fault)):
            return self.send(request, timeout_s=max(0.0, started + timeout_s - time.monotonic()))
        raise fault

    def price(self) -> Price | None:
        """Return None: an endpoint doesn't tell its price."""
        return None

    def _arguments(self, request: ModelRequest) -> dict[str, Any]:
        arguments = {
            "model": self.model,
            "messages": _messages(request),
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            **_format(request),
        }
        for name, other in self._renamed.items():
            value = arguments.pop(name, None)
            if other and value is not None:
                arguments[other] = value
        return arguments

    def _adapt(self, message: str) -> bool:
        """Give up an argument that the model refuses; returns whether that is worth another call.

        OpenAI's reasoning models take `max_completion_tokens` only, and no temperature.
        """
        if "max_completion_tokens" in message and "max_tokens" not in self._renamed:
            self._renamed["max_tokens"] = "max_completion_tokens"
            return True
        if "response_format" in message and "response_format" not in self._renamed:
            self._renamed["response_format"] = None  # the prompt says the form, too
            return True
        if "temperature" in message and "temperature" not in self._renamed:
            self._renamed["temperature"] = None
            return True
        return False


class LiteLLMTransport:
    """Asks a provider that litellm knows by name; its cache and budget are not used."""

    key = "the provider's own, e.g. OPENAI_API_KEY or ANTHROPIC_API_KEY"

    def __init__(self, model: str) -> None:
        """Plan calls of a model by its litellm name, e.g. "anthropic/..."; keys are the provider's own."""
        self.model = model
        self.where = "litellm"

    def send(self, request: ModelRequest, *, timeout_s: float) -> Answer:
        """Send a question once; see `Transport`."""
        litellm = _litellm()

        async def call() -> Any:
            return await litellm.acompletion(
                model=self.model,
                messages=_messages(request),
                max_tokens=request.max_tokens,
                temperature=request.temperature,
                timeout=timeout_s,
                num_retries=0,
                max_retries=0,
                drop_params=True,
                **_format(request),
            )

        import openai

        try:
            answer = within(timeout_s, call)
        except TimeoutError:
            raise _late(timeout_s) from None
        except openai.OpenAIError as error:  # litellm's exceptions derive from those of openai
            raise self._missing_key(error) or _fault(error) from None
        except Exception as error:  # the border to 100 providers' code, which raises whatever it likes
            message = f"litellm failed: {type(error).__name__}: {error}"
            raise Fault(message, kind="server", passing=False, worked=True) from error
        return parse_answer(answer.model_dump())

    def price(self) -> Price | None:
        """Return the price in litellm's table."""
        litellm = _litellm()
        try:
            info = litellm.get_model_info(self.model)
        except Exception:  # litellm raises a bare Exception for a model that is not in its table
            return None
        prices = info.get("input_cost_per_token"), info.get("output_cost_per_token")
        if not all(isinstance(price, (int, float)) and price > 0 for price in prices):
            # 0 stands for "nobody has entered it" there.
            return None
        return Price(float(prices[0]) * 1e6, float(prices[1]) * 1e6)

    def _missing_key(self, error: BaseException) -> Fault | None:
        """Return a fault that names the variable to set, where litellm gave up before it asked.

        It reports a missing key as HTTP 401, 500 or a broken connection, as the provider has it.
        """
        names = {type(link).__name__ for link in _chain(error)}
        if names & (_NOT_REACHED | _BROKEN | {"HTTPStatusError"}):
            return None
        missing = _litellm().validate_environment(self.model).get("missing_keys")
        if not missing:
            return None
        return Fault(f"no API key in {' or '.join(missing)}", kind="auth", passing=False)


def _litellm() -> Any:
    # Else the import asks GitHub for a table of prices, and tries again in the background.
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    import litellm

    litellm.suppress_debug_info = True  # it prints its help on errors
    litellm.telemetry = False
    return litellm


def _messages(request: ModelRequest) -> list[dict[str, str]]:
    # Halves of surrogate pairs, from files that are no UTF-8, can't be sent.
    return [
        {"role": role, "content": text.encode("utf-8", "replace").decode("utf-8")}
        for role, text in request.messages
    ]


def _format(request: ModelRequest) -> dict[str, Any]:
    """Return the argument that holds an answer to a schema."""
    if not request.schema:
        return {}
    schema = {"name": "answer", "schema": json.loads(request.schema), "strict": False}
    return {"response_format": {"type": "json_schema", "json_schema": schema}}


def _late(timeout_s: float) -> Fault:
    return Fault(f"no answer within {timeout_s:.3g} s", kind="timeout", passing=True, worked=True)


def _fault(error: BaseException) -> Fault:
    """Return the fault that an exception of the openai SDK, or of litellm, stands for.

    What broke in the network is looked up in the chain of causes, by the names of types: openai 2 has
    httpx, openai 3 has httpx2, litellm has aiohttp and dresses everything up as HTTP status 500.
    """
    import openai

    chain = _chain(error)
    names = {type(link).__name__ for link in chain}
    if names & _NOT_REACHED:
        return Fault(f"cannot be reached: {chain[-1]}", kind="disconnect", passing=True)
    if isinstance(error, openai.APITimeoutError):
        return Fault("the connection timed out", kind="timeout", passing=True, worked=True)
    if names & _BROKEN or type(error) is openai.APIConnectionError:
        text = f"the connection broke: {chain[-1]}"
        return Fault(text, kind="disconnect", passing=True, worked=True)
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return fault_of_status(status, str(error), _retry_after(chain))
    return Fault(str(error), kind="bad request", passing=False)


def _chain(error: BaseException) -> list[BaseException]:
    """Return an error and what it was raised from, the origin last."""
    chain = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) and cause not in chain:
        chain.append(cause)
    return chain


def _retry_after(chain: list[BaseException]) -> str | None:
    """Return the header `Retry-After` of the response in a chain of errors; litellm leaves it deep below."""
    for link in chain:
        headers = getattr(getattr(link, "response", None), "headers", None) or {}
        value = headers.get("retry-after")
        if value is not None:
            return str(value)
    return None
