"""A deadline that holds, whatever the other side does."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import TypeVar

__all__ = ["GRACE_S", "within"]

T = TypeVar("T")

GRACE_S = 1.0
"""Seconds that a cancelled call has for closing its connection before it is left to itself."""

_lock = threading.Lock()
_loops: dict[int, asyncio.AbstractEventLoop] = {}  # by process id: a fork has no threads


def within(timeout_s: float, call: Callable[[], Awaitable[T]]) -> T:
    """Return what a call returns, or raise `TimeoutError` at most `timeout_s + GRACE_S` later.

    Time-outs of HTTP clients are per read, so that a server that sends a byte now and then is never
    late. A cancelled task is, and takes its connection with it. The second line of defence is the
    caller's own wait, for code that blocks the loop (credentials that are read synchronously).
    """

    async def limited() -> T:
        async with asyncio.timeout(timeout_s):
            return await call()

    result: Future[T] = asyncio.run_coroutine_threadsafe(limited(), _loop())
    try:
        return result.result(timeout_s + GRACE_S)
    finally:
        result.cancel()  # of effect where the wait ended first, e.g. by Ctrl-C


def _loop() -> asyncio.AbstractEventLoop:
    """Return this process's event loop for calls; it lives in a thread until the process ends.

    One for all, since litellm keeps its connections for the loop that opened them.
    """
    with _lock:
        loop = _loops.get(os.getpid())
        if loop is None:
            loop = _loops[os.getpid()] = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name="strop-model-calls", daemon=True).start()
        return loop
