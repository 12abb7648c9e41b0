"""Requests to the service, no more at once than it takes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from typing import Any, Protocol

ATTEMPTS = 3


class Source(Protocol):
    """What answers requests."""

    async def get(self, path: str) -> dict[str, Any]:
        """Return an answer with its `status`."""


class ServiceError(Exception):
    """The service gave no usable answer."""


def request_limit(environ: Mapping[str, str] = os.environ) -> int:
    """Return how many requests may be under way at once: FEEDS_LIMIT, 8 where it isn't set."""
    limit = int(environ.get("FEEDS_LIMIT", "8"))
    if limit < 1:
        raise ValueError(f"FEEDS_LIMIT is {limit}: set it to 1 or more")
    return limit


class Client:
    """Asks a source; tries again where it is busy."""

    def __init__(self, source: Source, limit: int) -> None:
        self._source = source
        self._slots = asyncio.Semaphore(limit)

    async def ask(self, path: str) -> dict[str, Any] | None:
        """Return the answer, None where there is no such thing.

        Raises:
            ServiceError: The service is still busy after three attempts, or the status is another.
        """
        for _ in range(ATTEMPTS):
            async with self._slots:
                answer = await self._source.get(path)
            if answer["status"] == 200:
                return answer
            if answer["status"] == 404:
                return None
            if answer["status"] != 503:
                break
        raise ServiceError(f"{path}: status {answer['status']}")
