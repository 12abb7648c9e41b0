"""What a trace knows of the code that runs now: is it traced, and which nodes does a bundle read?

All of it lives in context variables, so threads and asyncio tasks don't disturb each other.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

__all__ = ["SERIALS", "Reads", "is_tracing", "reading", "reads", "stop_tracing"]

SERIALS = itertools.count(1)
"""Numbers nodes in the order of their making; `next` on it is atomic."""

_tracing: ContextVar[bool] = ContextVar("strop_opto_tracing", default=True)
_reads: ContextVar[Reads | None] = ContextVar("strop_opto_reads", default=None)


class Numbered(Protocol):
    """A node, as far as this module knows one."""

    serial: int  # in the order of making


class Reads:
    """Nodes from outside that the body of a bundle reads while it runs."""

    __slots__ = ("code", "nodes", "since")

    def __init__(self) -> None:
        """What is made from now on is the body's own."""
        self.since = next(SERIALS)
        self.nodes: dict[int, Any] = {}  # by identity; read by name or by an operator
        self.code: dict[int, Any] = {}  # trainable code that the body called

    def add(self, node: Numbered) -> None:
        """Note that a node was read."""
        if node.serial < self.since:
            self.nodes[id(node)] = node

    def add_code(self, node: Numbered) -> None:
        """Note that trainable code ran, whoever made it."""
        self.code[id(node)] = node


def is_tracing() -> bool:
    """Return whether operations are traced here."""
    return _tracing.get()


def reads() -> Reads | None:
    """Return what the innermost running bundle reads; None outside of bundles."""
    return _reads.get()


@contextmanager
def reading(into: Reads | None = None) -> Iterator[Reads]:
    """Collect what is read in a with block, and pass it on to the bundle around it."""
    found = Reads() if into is None else into
    around = _reads.get()
    token = _reads.set(found)
    try:
        yield found
    finally:
        _reads.reset(token)
        if around is not None:
            for node in found.code.values():
                around.add_code(node)


@contextmanager
def stop_tracing() -> Iterator[None]:
    """Let operations in a with block make nodes without parents; here only, not in other threads or tasks."""
    token = _tracing.set(False)
    try:
        yield
    finally:
        _tracing.reset(token)
