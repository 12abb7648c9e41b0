"""Frames: what goes over the wire."""

from __future__ import annotations

import hashlib

from feed.codec import encode
from feed.events import Event
from feed.redaction import visible
from feed.subscribers import Subscriber


def frame(event: Event, subscriber: Subscriber, number: int) -> str:
    """Return the frame of an event for a subscriber, as far as it may see it; no line breaks in it.

    Raises TypeError or ValueError for a body that JSON has no form for.
    """
    return encode(
        {
            "to": subscriber.name,
            "number": number,
            "topic": event.topic,
            "at": event.at,
            "body": visible(event.body, subscriber.level),
        }
    )


def digest(frames: list[str]) -> str:
    """Return a checksum of frames in their order."""
    return hashlib.sha256("\n".join(frames).encode()).hexdigest()
