"""Collects what a remote service knows about sensors."""

from feeds.client import Client, ServiceError, request_limit
from feeds.collect import collect
from feeds.summary import Summary, summarise

__all__ = ["Client", "ServiceError", "Summary", "collect", "request_limit", "summarise"]
