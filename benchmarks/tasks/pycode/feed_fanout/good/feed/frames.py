"""Frames: what goes over the wire."""

from __future__ import annotations

import hashlib
import json

from feed.codec import encode
from feed.events import Event
from feed.redaction import visible
from feed.subscribers import Subscriber

_text = json.JSONEncoder(ensure_ascii=False).encode


def frame(event: Event, subscriber: Subscriber, number: int, bodies: dict[str, str] | None = None) -> str:
    """Return the frame of an event for a subscriber, as far as it may see it; no line breaks in it.

    `bodies` keeps the encoded body of the event for each level, from one subscriber to the next.
    Raises TypeError or ValueError for a body that JSON has no form for.
    """
    bodies = {} if bodies is None else bodies
    body = bodies.get(subscriber.level)
    if body is None:
        body = bodies[subscriber.level] = encode(visible(event.body, subscriber.level))
    # Fields in the order that `encode` gives them.
    return (
        f'{{"at":{event.at},"body":{body},"number":{number},'
        f'"to":{_text(subscriber.name)},"topic":{_text(event.topic)}}}'
    )


def digest(frames: list[str]) -> str:
    """Return a checksum of frames in their order."""
    return hashlib.sha256("\n".join(frames).encode()).hexdigest()
