"""The remote service, simulated: every request takes time, and too many at once are refused.

It stands for a machine that is not ours, so candidates may not change it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

DELAY_S = 0.002
CAPACITY = 16


@dataclass
class Remote:
    """Answers from records that it was given; `most` is how many requests it had at once."""

    pages: list[list[dict[str, Any]]]
    details: dict[str, dict[str, Any]]
    busy_once: set[str] = field(default_factory=set)  # details that are refused at first
    delay_s: float = DELAY_S
    most: int = 0
    _now: int = 0

    async def get(self, path: str) -> dict[str, Any]:
        """Return the answer to `pages`, `pages/<number>` or `details/<name>`, with its `status`."""
        self._now += 1
        self.most = max(self.most, self._now)
        try:
            if self._now > CAPACITY:
                raise ConnectionError(f"{self._now} requests at once: the service takes {CAPACITY}")
            await asyncio.sleep(self.delay_s)
            return self._answer(*path.split("/"))
        finally:
            self._now -= 1

    def _answer(self, kind: str, key: str = "") -> dict[str, Any]:
        if kind == "pages" and not key:
            return {"status": 200, "count": len(self.pages)}
        if kind == "pages":
            return {"status": 200, "sensors": self.pages[int(key)]}
        if key in self.busy_once:
            self.busy_once.discard(key)
            return {"status": 503}
        found = self.details.get(key)
        return {"status": 404} if found is None else {"status": 200, "detail": found}
