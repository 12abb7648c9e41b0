"""The hub: takes events, and keeps for each subscriber what it has not fetched yet."""

from __future__ import annotations

from collections import deque

from feed.events import Event
from feed.frames import frame
from feed.subscribers import Subscriber


class Hub:
    """Subscribers and their frames; of each at most `limit`, the oldest are dropped."""

    def __init__(self, limit: int = 1000) -> None:
        self._limit = limit
        self._subscribers: dict[str, Subscriber] = {}
        self._waiting: dict[str, deque[str]] = {}
        self._numbers: dict[str, int] = {}

    def subscribe(self, subscriber: Subscriber) -> None:
        """Add a subscriber; raises ValueError for a name that is there already."""
        if subscriber.name in self._subscribers:
            raise ValueError(f"there is a subscriber {subscriber.name!r} already")
        self._subscribers[subscriber.name] = subscriber
        self._waiting[subscriber.name] = deque(maxlen=self._limit)
        self._numbers[subscriber.name] = 0

    def publish(self, event: Event) -> int:
        """Put an event into the frames of all who want it, and return how many they are.

        The event may be changed afterwards. Where its body cannot be encoded, nobody gets it.
        """
        reached = [one for one in self._subscribers.values() if one.wants(event)]
        frames = [frame(event, one, self._numbers[one.name] + 1) for one in reached]
        for one, text in zip(reached, frames, strict=True):
            self._numbers[one.name] += 1
            self._waiting[one.name].append(text)
        return len(reached)

    def fetch(self, name: str) -> list[str]:
        """Return the frames of a subscriber that it has not fetched yet; raises KeyError if unknown."""
        frames = list(self._waiting[name])
        self._waiting[name].clear()
        return frames

    def dropped(self, name: str, seen: int) -> int:
        """Return how many frames a subscriber has missed that has seen so many; raises KeyError."""
        return self._numbers[name] - seen - len(self._waiting[name])
