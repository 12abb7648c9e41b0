"""Recordings of a study's model calls, and the model that answers from one.

    {"format": "strop-recording/1", "model": .., "date": .., "note": ..}
    {"agent": .., "parent": .., "attempt": .., "prompt_sha256": .., "messages": [[role, text], ..],
     "reply": {"text": .., "finish_reason": .., "usage": .., "model": .., "seconds": ..}}
    {"agent": .., ..., "error": {"kind": .., "message": ..}}     (each on one line)

An answer is found by (agent, parent, attempt), not by its prompt, so that a recording outlives a
change of wording. Where a question was asked twice (a study that went on after a crash), the later
answer counts. Parents are chosen by what was measured, which is never the same twice: a question that
was not recorded gets the agent's first answer that nobody asked for yet, with a warning.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from strop.agents.models.cache import reply_from_json, reply_to_json
from strop.agents.models.journal import BrokenLine, Journal, read_lines
from strop.agents.models.ledger import Spent
from strop.agents.models.redaction import mask_secrets, redact
from strop.errors import ConfigError, ModelError
from strop.extension import ModelReply, ModelRequest

__all__ = ["FORMAT", "Recorder", "Replay", "prompt_sha256"]

FORMAT = "strop-recording/1"

_Key = tuple[str, str, int]


def prompt_sha256(request: ModelRequest) -> str:
    """Return a hash of a request's messages, in hexadecimal digits."""
    content = json.dumps([list(message) for message in request.messages])
    return hashlib.sha256(content.encode("ascii")).hexdigest()


class Recorder:
    """Writes calls into a recording as they end; safe to use from several threads."""

    def __init__(self, file: Path, *, model: str, note: str = "", resume: bool = False) -> None:
        """Create a recording, or go on with one.

        `resume` tells that the study goes on; else a file that holds calls is a `ConfigError`,
        since the calls of two studies in one recording would answer for each other.
        """
        self._journal = Journal(file)
        entries = self._journal.entries
        if not entries:
            date = datetime.now(UTC).isoformat(timespec="seconds")
            self._journal.append({"format": FORMAT, "model": model, "date": date, "note": redact(note)})
        elif entries[0].get("format") != FORMAT:
            raise ConfigError(f"{file}: is no recording ({FORMAT}); give another file to record into")
        elif entries[0].get("model") != model:
            raise ConfigError(
                f"{file}: is a recording of {entries[0].get('model')!r}, the model is {model!r}; "
                "give another file to record into"
            )
        elif len(entries) > 1 and not resume:
            raise ConfigError(f"{file}: is a recording of another study; delete it or give another file")
        self._lock = threading.Lock()
        self._answered = {_key(entry) for entry in entries[1:] if "reply" in entry}

    def reply(self, request: ModelRequest, reply: ModelReply) -> None:
        """Write an answer down, unless the recording has one to this question (from the cache)."""
        key = (request.agent, request.parent, request.attempt)
        with self._lock:
            if reply.cached and key in self._answered:
                return
            self._answered.add(key)
        data = reply_to_json(replace(reply, text=mask_secrets(reply.text)))
        self._journal.append({**_question(request), "reply": data})

    def error(self, request: ModelRequest, error: ModelError) -> None:
        """Write down that a question had no answer."""
        data = {"kind": error.kind, "message": redact(str(error))}
        self._journal.append({**_question(request), "error": data})


def _question(request: ModelRequest) -> dict[str, Any]:
    return {
        "agent": request.agent,
        "parent": request.parent,
        "attempt": request.attempt,
        "prompt_sha256": prompt_sha256(request),
        "messages": [[role, redact(text)] for role, text in request.messages],
    }


@dataclass(frozen=True)
class _Entry:
    prompt_sha256: str
    outcome: ModelReply | ModelError


class Replay:
    """A `Model` that answers from a recording, at no cost; safe to use from several threads."""

    def __init__(
        self, file: Path, *, strict: bool = False, on_warning: Callable[[str], None] | None = None
    ) -> None:
        """Read a recording.

        Args:
            file: the recording.
            strict: a question or a prompt that differs from the recorded one is a `ModelError`, not a
                warning.
            on_warning: called with each new warning.

        Raises:
            ConfigError: the file is missing or damaged; names file and line.
        """
        self.file = file
        self.strict = strict
        self.warnings: list[str] = []
        self._on_warning = on_warning
        self._lock = threading.Lock()
        self._warned: set[_Key] = set()
        self._given: dict[_Key, _Key] = {}  # question to the recorded one whose answer it got
        header, self._entries, torn = _load(file)
        self.name = f"{header['model']} (recorded {str(header['date'])[:10]})"
        if torn:
            self._warn(f"{file}: the last line has no end and is left out; was its writer killed?")

    @property
    def spent(self) -> Spent:
        """Nothing: the recorded usage is in the replies, and was paid then."""
        return Spent(usd=0.0)

    def ask(self, request: ModelRequest) -> ModelReply:
        """Return the recorded answer, with the recorded usage.

        Raises:
            ModelError: the recorded one, or of kind "recording exhausted" (it has no answer left for this
                agent), or "recording differs" (where strict).
        """
        key = (request.agent, request.parent, request.attempt)
        question = f"agent {key[0]!r}, parent {key[1]!r}, attempt {key[2]}"
        with self._lock:
            found = key if key in self._entries else self._given.get(key)
            if found is None and not self.strict:
                found = self._next(key[0])
            if found is not None:
                self._given[key] = found
        if found is None:
            raise ModelError(f"{self.file}: has no answer for {question}", kind="recording exhausted")
        entry = self._entries[found]
        if found != key:
            other = f"parent {found[1]!r}, attempt {found[2]}"
            self._warn(f"{self.file}: has no answer for {question}; takes that for {other}", key)
        elif entry.prompt_sha256 != prompt_sha256(request):
            message = f"{self.file}: the prompt differs from the recorded one: {question}"
            if self.strict:
                raise ModelError(f"{message}; record anew", kind="recording differs")
            self._warn(message, key)
        if isinstance(entry.outcome, ModelError):
            # A new one, since an exception collects the traceback of each time it is raised.
            raise ModelError(str(entry.outcome), kind=entry.outcome.kind)
        return entry.outcome

    def _next(self, agent: str) -> _Key | None:
        """Return the first question of an agent that nobody asked yet."""
        given = set(self._given.values())
        return next((key for key in self._entries if key[0] == agent and key not in given), None)

    def close(self) -> None:
        """Do nothing; a replay holds nothing open."""

    def _warn(self, message: str, key: _Key | None = None) -> None:
        with self._lock:
            if key is not None and key in self._warned:
                return
            if key is not None:
                self._warned.add(key)
            self.warnings.append(message)
        if self._on_warning:
            self._on_warning(message)


def _load(file: Path) -> tuple[dict[str, Any], dict[_Key, _Entry], bool]:
    """Return a recording's header, its entries, and whether its last line is torn."""
    try:
        lines = read_lines(file)
    except OSError as error:
        raise ConfigError(f"{file}: the recording cannot be read: {error.strerror}") from None
    except BrokenLine as error:
        raise ConfigError(f"{file}:{error.number}: {error}; record anew") from None
    header = lines.entries[0] if lines.entries else {}
    if header.get("format") != FORMAT or not {"model", "date"} <= header.keys():
        raise ConfigError(f"{file}:1: is no recording; its first line names the format {FORMAT!r}")
    entries = {}
    for number, line in enumerate(lines.entries[1:], start=2):
        try:
            entries[_key(line)] = _Entry(str(line["prompt_sha256"]), _outcome(line))
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigError(f"{file}:{number}: not an entry of a recording: {error!r}") from None
    return header, entries, lines.torn


def _key(line: dict[str, Any]) -> _Key:
    return str(line["agent"]), str(line["parent"]), int(line["attempt"])


def _outcome(line: dict[str, Any]) -> ModelReply | ModelError:
    if "error" in line:
        return ModelError(str(line["error"]["message"]), kind=str(line["error"]["kind"]))
    return replace(reply_from_json(line["reply"]), cached=True)
