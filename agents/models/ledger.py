"""What a study's calls of a model cost, and the budget that holds before a call.

    STUDY/calls.jsonl    {"call": 1, "agent": .., "parent": .., "attempt": .., "at": .., "reserved": USAGE}
                         {"call": 1, "outcome": "stop", "spent": USAGE, "estimated": false}

A call is reserved at the most that it can cost, then settled at what it did cost. A reservation that
was never settled (the process died in the call) counts as spent in full.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from strop.agents.models.journal import Journal
from strop.errors import BudgetExhausted, ConfigError, StorageError
from strop.extension import ModelRequest, Usage

__all__ = [
    "Ledger",
    "Price",
    "Spent",
    "estimated_prompt_tokens",
    "estimated_tokens",
    "usage_from_json",
]

_BYTES_PER_TOKEN = 3
"""English and code have about 4 bytes a token in the vocabularies of today; 3 errs on the dear side."""

_TOKENS_PER_MESSAGE = 8
"""Role and separators of a chat template take 3 to 7 tokens."""


def estimated_tokens(text: str) -> int:
    """Return how many tokens a text has, rather too many than too few."""
    return math.ceil(len(text.encode("utf-8", "replace")) / _BYTES_PER_TOKEN)


def estimated_prompt_tokens(request: ModelRequest) -> int:
    """Return how many tokens a request's messages have, rather too many than too few."""
    return sum(estimated_tokens(text) + _TOKENS_PER_MESSAGE for _, text in request.messages)


@dataclass(frozen=True)
class Price:
    """The price of a model in US dollars per million tokens."""

    usd_per_million_input: float
    usd_per_million_output: float

    def usd(self, prompt_tokens: int, completion_tokens: int) -> float:
        """Return the price of a call in US dollars."""
        dear = prompt_tokens * self.usd_per_million_input + completion_tokens * self.usd_per_million_output
        return dear / 1e6


@dataclass(frozen=True)
class Spent:
    """What the calls of a study have cost so far, calls in flight at the most that they can cost."""

    calls: int = 0  # sent to the provider, failed ones and repeats included
    prompt_tokens: int = 0
    completion_tokens: int = 0
    usd: float | None = None  # None: the price of a call is unknown
    estimated: bool = False  # whether a number is strop's own estimate, not the provider's count

    @property
    def tokens(self) -> int:
        """Prompt and completion tokens together."""
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True)
class _Call:
    usage: Usage
    estimated: bool  # True until settled with the provider's own numbers


class Ledger:
    """The costs of a study's model calls, kept in a file; safe to use from several threads."""

    def __init__(self, file: Path, *, tokens: int | None = None, usd: float | None = None) -> None:
        """Open or plan a ledger; `tokens` and `usd` are the budget (None: no limit).

        Raises `StorageError` where the file cannot be read.
        """
        self.file = file
        self.tokens = tokens
        self.usd = usd
        self._lock = threading.Lock()
        self._journal = Journal(file)
        self._calls: dict[int, _Call] = {}
        for number, entry in enumerate(self._journal.entries, start=1):
            try:
                self._load(entry)
            except (KeyError, TypeError, ValueError) as error:
                raise StorageError(f"{file}:{number}: not an entry of a ledger: {error!r}") from None

    def reserve(self, request: ModelRequest, most: Usage) -> int:
        """Set aside the most that a call can cost, before it is made; return the call's number.

        Raises:
            BudgetExhausted: it doesn't fit into what is left.
            ConfigError: the budget is in US dollars and the price is unknown.
        """
        with self._lock:
            self._check(most)
            call = max(self._calls, default=0) + 1
            self._journal.append(
                {
                    "call": call,
                    "agent": request.agent,
                    "parent": request.parent,
                    "attempt": request.attempt,
                    "at": datetime.now(UTC).isoformat(timespec="seconds"),
                    "reserved": asdict(most),
                }
            )
            self._calls[call] = _Call(most, estimated=True)
            return call

    def settle(self, call: int, spent: Usage, *, outcome: str, estimated: bool = False) -> None:
        """Replace a reservation by what the call did cost.

        `outcome` is the finish reason or the kind of fault; `estimated` tells that the provider
        didn't say what it counted.
        """
        with self._lock:
            self._journal.append(
                {"call": call, "outcome": outcome, "spent": asdict(spent), "estimated": estimated}
            )
            self._calls[call] = _Call(spent, estimated)

    @property
    def spent(self) -> Spent:
        """What was spent, this and earlier processes of the study together."""
        with self._lock:
            return self._spent()

    def _spent(self) -> Spent:
        calls = list(self._calls.values())
        prices = [call.usage.usd for call in calls if call.usage.tokens]
        known = [usd for usd in prices if usd is not None]
        return Spent(
            calls=len(calls),
            prompt_tokens=sum(call.usage.prompt_tokens for call in calls),
            completion_tokens=sum(call.usage.completion_tokens for call in calls),
            usd=math.fsum(known) if calls and len(known) == len(prices) else None,
            estimated=any(call.estimated for call in calls),
        )

    def _check(self, most: Usage) -> None:
        spent = self._spent()
        if self.tokens is not None and spent.tokens + most.tokens > self.tokens:
            raise BudgetExhausted(
                f"the budget of {self.tokens:,} tokens is spent: {spent.tokens:,} used, "
                f"and the next call may take {most.tokens:,}",
                what="tokens",
            )
        if self.usd is None:
            return
        known = spent.usd if self._calls else 0.0
        if most.usd is None or known is None:
            raise ConfigError(
                "budget.usd: the price of the model's calls is unknown; give model.usd_per_million_input and "
                "model.usd_per_million_output, or use budget.tokens"
            )
        if known + most.usd > self.usd:
            raise BudgetExhausted(
                f"the budget of {self.usd:g} USD is spent: {known:.4g} used, "
                f"and the next call may cost {most.usd:.4g}",
                what="usd",
            )

    def _load(self, entry: dict[str, Any]) -> None:
        call = int(entry["call"])
        if "reserved" in entry:
            self._calls[call] = _Call(usage_from_json(entry["reserved"]), estimated=True)
        else:
            self._calls[call] = _Call(usage_from_json(entry["spent"]), bool(entry["estimated"]))


def usage_from_json(data: Mapping[str, Any]) -> Usage:
    """Return a usage from plain JSON types.

    Raises `KeyError` for what is missing, `TypeError` or `ValueError` for what is no number.
    """
    usd = data["usd"]
    return Usage(
        prompt_tokens=int(data["prompt_tokens"]),
        completion_tokens=int(data["completion_tokens"]),
        usd=None if usd is None else float(usd),
    )
