"""Subscribers."""

from __future__ import annotations

from dataclasses import dataclass

from feed.events import Event, under


@dataclass(frozen=True)
class Subscriber:
    """Who gets events: of which topics, and how much of them."""

    name: str
    topics: tuple[str, ...] = ("",)  # with all that is below them
    level: str = "public"

    def wants(self, event: Event) -> bool:
        """Return whether an event is of one of the topics."""
        return any(under(event.topic, topic) for topic in self.topics)
