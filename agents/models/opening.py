"""The front door: a job's settings become a model, with its files in the study's folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from strop.agents.models.cache import ResponseCache
from strop.agents.models.gateway import Gateway, price_of, transport_for
from strop.agents.models.ledger import Ledger
from strop.agents.models.recording import Recorder, Replay
from strop.errors import ConfigError
from strop.extension import ModelRequest
from strop.job import Budget, ModelSettings

__all__ = ["open_model"]


def open_model(
    settings: ModelSettings,
    *,
    folder: Path,
    budget: Budget,
    record: Path | None = None,
    replay: Path | None = None,
    replay_strict: bool = False,
    note: str = "",
    on_warning: Callable[[str], None] | None = None,
    on_repeat: Callable[[ModelRequest, str], None] | None = None,
) -> Gateway | Replay | None:
    """Return the model of a study, None where the settings name none and nothing is replayed.

    Args:
        settings: which model, and how to ask it.
        folder: the study's folder; gets `calls.jsonl` and `cache/`. What they hold goes on.
        budget: of which `tokens` and `usd` hold here.
        record: file to record the calls into; with a study that goes on, it goes on too.
        replay: recording to answer from; then no model is asked, whatever the settings name.
        replay_strict: whether a prompt that differs from the recorded one is an error.
        note: what a new recording is of, for people.
        on_warning: called with each warning of a replay.
        on_repeat: called with a question and the provider's fault, before it is asked again.

    Raises:
        ConfigError: settings that cannot work, a budget in US dollars for a model without a price,
            a recording that is missing, damaged or of another study.
        StorageError: the study's files cannot be read or written.
    """
    if replay is not None:
        if record is not None:
            raise ConfigError("record and replay exclude each other; copy the recording instead")
        return Replay(replay, strict=replay_strict, on_warning=on_warning)
    if not settings.name and not settings.api_base:
        return None
    transport = transport_for(settings)
    if (settings.usd_per_million_input is None) != (settings.usd_per_million_output is None):
        raise ConfigError("model.usd_per_million_input and model.usd_per_million_output go together")
    if budget.usd is not None and price_of(settings, transport) is None:
        raise ConfigError(
            f"budget.usd: the price of {settings.name!r} is unknown; give model.usd_per_million_input and "
            "model.usd_per_million_output (US dollars; 0 for a model of your own), or use budget.tokens"
        )
    ledger = Ledger(folder / "calls.jsonl", tokens=budget.tokens, usd=budget.usd)
    recorder = None
    if record is not None:
        recorder = Recorder(record, model=settings.name, note=note, resume=ledger.spent.calls > 0)
    cache = ResponseCache(folder / "cache")
    return Gateway(
        settings,
        ledger=ledger,
        transport=transport,
        cache=cache,
        recorder=recorder,
        on_repeat=on_repeat,
    )
