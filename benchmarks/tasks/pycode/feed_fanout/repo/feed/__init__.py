"""A feed of events for many subscribers."""

from feed.events import Event
from feed.hub import Hub
from feed.subscribers import Subscriber

__all__ = ["Event", "Hub", "Subscriber"]
