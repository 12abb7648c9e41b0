"""Ways to a runner: a pipe to a child process, or a container engine's attached stream."""

from __future__ import annotations

import os
import selectors
import signal
import socket
import threading
import time
from collections.abc import Callable
from typing import Protocol

from strop.sandbox.runner_files import CHUNK

__all__ = ["PipeTransport", "RunnerLost", "SocketTransport", "Transport"]


class RunnerLost(Exception):
    """The runner gave no answer: "ended", "late", or "killed" with its command."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Transport(Protocol):
    """Bytes to and from a runner."""

    def send(self, data: bytes, deadline: float) -> None:
        """Send all. Raises `RunnerLost`."""

    def receive(self, deadline: float) -> bytes:
        """Return some bytes, not more than a chunk. Raises `RunnerLost`."""

    def close(self) -> None:
        """Let go; may be called twice."""


class PipeTransport:
    """A runner on this machine, behind two pipes."""

    def __init__(self, stdin: int, stdout: int, process: int | None) -> None:
        """`stdin` and `stdout` are our ends of its pipes, `process` its pidfd, None where it is gone."""
        self._in, self._out, self._process = stdin, stdout, process
        self._closed = False
        # Who waits holds the lock; closing a descriptor wakes nobody, so `close` rings first.
        self._lock = threading.Lock()
        self._bell = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        os.set_blocking(self._in, False)
        os.set_blocking(self._out, False)

    def send(self, data: bytes, deadline: float) -> None:
        """Send all. Raises `RunnerLost`."""
        view = memoryview(data)
        while view:
            with self._lock:
                self._wait(self._in, selectors.EVENT_WRITE, deadline)
                try:
                    view = view[os.write(self._in, view) :]
                except BlockingIOError:
                    continue
                except BrokenPipeError:
                    raise RunnerLost("ended") from None

    def receive(self, deadline: float) -> bytes:
        """Return some bytes. Raises `RunnerLost`."""
        with self._lock:
            self._wait(self._out, selectors.EVENT_READ, deadline)
            data = os.read(self._out, CHUNK)
        if not data:
            raise RunnerLost("ended")
        return data

    def _wait(self, fd: int, event: int, deadline: float) -> None:
        if self._closed:
            raise RunnerLost("ended")
        with selectors.DefaultSelector() as selector:
            selector.register(fd, event)
            selector.register(self._bell, selectors.EVENT_READ)
            ready = selector.select(max(0.0, deadline - time.monotonic()))
        if self._closed:
            raise RunnerLost("ended")
        if not ready:
            raise RunnerLost("late")

    def close(self) -> None:
        """End the runner: it kills what it started when its stdin ends."""
        if self._closed:
            return
        self._closed = True
        os.eventfd_write(self._bell, 1)
        with self._lock:
            for fd in (self._in, self._out, self._bell):
                os.close(fd)
        if self._process is None:
            return
        try:
            if not self._ended(10):
                signal.pidfd_send_signal(self._process, signal.SIGKILL)
                self._ended(10)
        except ProcessLookupError:
            pass  # between the two
        finally:
            os.close(self._process)

    def _ended(self, seconds: float) -> bool:
        assert self._process is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process, selectors.EVENT_READ)
            return bool(selector.select(seconds))


class SocketTransport:
    """A runner behind a container engine's attached stream: frames of 8 bytes of head and a body.

    Source: Docker Engine API, "Attach to a container", stream format.
    """

    def __init__(self, connection: socket.socket, close: Callable[[], None]) -> None:
        """`connection` is the hijacked connection of an exec without a terminal; `close` ends it."""
        self._socket = connection
        self._close = close
        self._left = 0  # bytes of the current frame
        self._stream = 1
        self.errors = bytearray()  # the end of what the runner wrote to stderr

    def send(self, data: bytes, deadline: float) -> None:
        """Send all. Raises `RunnerLost`."""
        self._socket.settimeout(max(0.001, deadline - time.monotonic()))
        try:
            self._socket.sendall(data)
        except TimeoutError:
            raise RunnerLost("late") from None
        except OSError:
            raise RunnerLost("ended") from None

    def receive(self, deadline: float) -> bytes:
        """Return some bytes of the runner's stdout. Raises `RunnerLost`."""
        while True:
            stream, data = self.frame(deadline)
            if stream == 1:
                return data
            self.errors = (self.errors + data)[-4096:]

    def frame(self, deadline: float) -> tuple[int, bytes]:
        """Return some bytes with the number of their stream, 1 or 2. Raises `RunnerLost`."""
        while self._left == 0:
            head = b""
            while len(head) < 8:
                head += self._some(8 - len(head), deadline)
            self._stream, self._left = head[0], int.from_bytes(head[4:], "big")
        data = self._some(min(CHUNK, self._left), deadline)
        self._left -= len(data)
        return self._stream, data

    def _some(self, size: int, deadline: float) -> bytes:
        self._socket.settimeout(max(0.001, deadline - time.monotonic()))
        try:
            data = self._socket.recv(size)
        except TimeoutError:
            raise RunnerLost("late") from None
        except OSError:
            raise RunnerLost("ended") from None
        if not data:
            raise RunnerLost("ended")
        return data

    def close(self) -> None:
        """Close the connection."""
        self._close()
