"""Answers kept by their question, so that a node that runs again after a crash pays nothing."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from strop.agents.models.ledger import usage_from_json
from strop.errors import StorageError
from strop.extension import ModelReply, ModelRequest
from strop.study import write_atomically

__all__ = ["ResponseCache", "reply_from_json", "reply_to_json"]


class ResponseCache:
    """A folder with one file per answer; safe to use from several threads and processes."""

    def __init__(self, folder: Path) -> None:
        """Use a folder, created with the first answer."""
        self.folder = folder

    @staticmethod
    def key(request: ModelRequest, *, model: str, api_base: str) -> str:
        """Return the address of an answer: a hash of all that could change it.

        `attempt` is a part of it, so that asking the same again gets a new answer.
        """
        content: dict[str, Any] = {
            "model": model,
            "api_base": api_base,
            "messages": [list(message) for message in request.messages],
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "attempt": request.attempt,
        }
        if request.schema:
            content["schema"] = request.schema
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode("ascii")).hexdigest()

    def get(self, key: str) -> ModelReply | None:
        """Return the answer at a key, marked as cached; None where there is none."""
        try:
            return replace(reply_from_json(json.loads(self._file(key).read_bytes())), cached=True)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageError(f"{self._file(key)}: cannot be read: {error.strerror}") from None
        except (ValueError, KeyError, TypeError):
            # A damaged file only costs the call that it would have saved; `put` replaces it.
            return None

    def put(self, key: str, reply: ModelReply) -> None:
        """Keep an answer; raises `StorageError`."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_atomically(self._file(key), json.dumps(reply_to_json(reply)).encode("ascii"))
        except OSError as error:
            raise StorageError(f"{self._file(key)}: cannot be written: {error.strerror}") from None

    def _file(self, key: str) -> Path:
        return self.folder / f"{key}.json"


def reply_to_json(reply: ModelReply) -> dict[str, Any]:
    """Return an answer as plain JSON types."""
    return {
        "text": reply.text,
        "finish_reason": reply.finish_reason,
        "usage": asdict(reply.usage),
        "model": reply.model,
        "seconds": reply.seconds,
    }


def reply_from_json(data: dict[str, Any]) -> ModelReply:
    """Return the answer that `reply_to_json` described.

    Raises `KeyError` for what is missing, `TypeError` or `ValueError` for what is of a wrong type.
    """
    text, finish_reason = data["text"], data["finish_reason"]
    if not isinstance(text, str) or not isinstance(finish_reason, str):
        raise TypeError("text and finish_reason are strings")
    return ModelReply(
        text=text,
        finish_reason=finish_reason,
        usage=usage_from_json(data["usage"]),
        model=str(data["model"]),
        seconds=float(data["seconds"]),
    )
