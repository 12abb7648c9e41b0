"""Starts runners on this machine: one process with the runner's modules loaded forks each of them.

It is started with the first sandbox of a process, again if something kills it, and ends with its owner.
"""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import sys
import threading

from strop.errors import SandboxError
from strop.sandbox.channel import fork_server_source
from strop.sandbox.runner_forks import ANSWER
from strop.sandbox.transports import PipeTransport

__all__ = ["start_runner"]

ANSWER_S = 60.0  # deadline of a start, on a machine with much to do


class ForkServer:
    """A process that forks runners."""

    def __init__(self) -> None:
        """Raises `SandboxError`."""
        argv = [sys.executable, "-I", "-S", "-c", fork_server_source()]
        try:
            self._control, far = socket.socketpair()
        except OSError as error:
            raise _no_start(error) from None
        self._control.settimeout(ANSWER_S)
        try:
            with far:
                self._process = subprocess.Popen(
                    argv,
                    stdin=far.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env={"PATH": "/usr/local/bin:/usr/bin:/bin"},  # nothing of ours, keys least of all
                    cwd="/",
                    start_new_session=True,
                )
        except OSError as error:
            self._control.close()
            raise SandboxError(f"{argv[0]}: cannot be started: {error.strerror}") from None

    def start(self) -> PipeTransport:
        """Start a runner. Raises `OSError` where the server is gone, `SandboxError` where it can't."""
        theirs_in, ours_in = os.pipe()
        try:
            ours_out, theirs_out = os.pipe()
        except OSError:
            os.close(theirs_in)
            os.close(ours_in)
            raise
        try:
            try:
                socket.send_fds(self._control, [b"f"], [theirs_in, theirs_out])
                answer = self._control.recv(ANSWER.size, socket.MSG_WAITALL)
            finally:
                os.close(theirs_in)
                os.close(theirs_out)
            if len(answer) < ANSWER.size:
                raise ConnectionResetError
            (pid,) = ANSWER.unpack(answer)
            if pid < 0:
                raise SandboxError(f"a sandbox's runner cannot be started: {os.strerror(-pid)}")
            handle = _handle(pid)
            try:
                return PipeTransport(ours_in, ours_out, handle)
            except BaseException:
                if handle is not None:
                    os.close(handle)
                raise
        except BaseException:
            os.close(ours_in)
            os.close(ours_out)
            raise

    def close(self) -> None:
        """End the server; runners end with their own pipes."""
        self._control.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _handle(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return None  # ended already: its pipe will say so


def _no_start(error: OSError) -> SandboxError:
    return SandboxError(f"a sandbox's runner cannot be started: {error.strerror or error}")


_LOCK = threading.Lock()
_servers: dict[int, ForkServer] = {}  # of this process alone: a fork of it makes its own


def start_runner() -> PipeTransport:
    """Start a runner on this machine. Raises `SandboxError`."""
    with _LOCK:
        for last in (False, True):
            server = _servers.get(os.getpid()) or _servers.setdefault(os.getpid(), ForkServer())
            try:
                return server.start()
            except SandboxError:
                raise
            except BaseException as error:
                # Killed, or interrupted between a message and its answer: a new one takes its place.
                _servers.pop(os.getpid()).close()
                if not isinstance(error, OSError):
                    raise
                if last:
                    raise _no_start(error) from None
    raise AssertionError("not reached")


@atexit.register
def _close() -> None:
    server = _servers.pop(os.getpid(), None)
    if server is not None:
        server.close()
