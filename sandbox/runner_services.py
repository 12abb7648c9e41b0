"""A part of the runner: a service, and a load on it that is out of its reach. See `runner`.

Each command is watched by a fork of its own, so that a command's processes, and no others, are
descendants of who watches it. The answer is `{"ready": ...}`; then, where the service became ready,
the answer of `exec` for the load; then the account of the service, with the end of its output.
"""

from __future__ import annotations

import json
import os
import selectors
import struct
import time
from collections.abc import Callable
from typing import Any

from strop.sandbox.runner_calls import Tail
from strop.sandbox.runner_files import CHUNK, REPLY, read_exactly, reply, write_all
from strop.sandbox.runner_processes import Counters, Started, exit_code, living_s, run, start
from strop.sandbox.runner_start import own_network

POLL_S = 0.1  # between two questions whether the service is ready
SAID = 1000  # bytes that are kept of the last answer to that
SECONDS = struct.Struct(">d")
HOW, END = b"?", b"."  # the words that who watches a service understands


def _fork(work: Callable[[], None]) -> int:
    """Do something in a process of its own; returns its pid."""
    pid = os.fork()
    if pid == 0:
        code = 3
        try:
            work()
            code = 0
        except BaseException as error:
            reply({"error": str(error) if isinstance(error, OSError) else repr(error)})
        finally:
            os._exit(code)
    return pid


def _end(pid: int) -> float:
    """Wait for a fork; returns the CPU seconds of it and of all that it waited for."""
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        raise OSError(f"the process that watched a command failed (exit code {exit_code(status)})")
    return usage.ru_utime + usage.ru_stime


def _hear(fd: int) -> tuple[dict[str, Any], bytes]:
    """Return an answer of a fork. Raises `OSError` where it is gone, or failed."""
    try:
        length, size = REPLY.unpack(read_exactly(fd, REPLY.size))
        answer: dict[str, Any] = json.loads(read_exactly(fd, length))
        data = read_exactly(fd, size)
    except EOFError:
        raise OSError("the process that watched a command is gone") from None
    if "error" in answer:
        raise OSError(answer["error"])
    return answer, data


# --- the service -------------------------------------------------------------------------------


class Service:
    """A running service, as seen from the process that is its watcher's parent."""

    def __init__(self, request: dict[str, Any]) -> None:
        """Starts it."""
        words, self.words = os.pipe()
        self.answers, answers = os.pipe()

        def work() -> None:
            os.dup2(words, 0)
            os.dup2(answers, 1)
            for fd in (words, self.words, self.answers, answers):
                os.close(fd)
            _attend(start(request), Tail(request["output_bytes"]))

        self.pid = _fork(work)
        os.close(words)
        os.close(answers)

    def ask(self, word: bytes) -> tuple[dict[str, Any], bytes]:
        """Return how it is; after `END`, how it was, with what it printed last."""
        write_all(self.words, word)
        return _hear(self.answers)


def _attend(started: Started, tail: Tail) -> None:
    """In a fork: run a service, and answer the words on stdin, until the last one, or its end."""
    command, fds, wake = started
    before_s = living_s()
    write_all(fds["go"], b"\n")
    with selectors.DefaultSelector() as selector:
        for fd in (fds["out"], fds["err"], wake, 0):
            selector.register(fd, selectors.EVENT_READ)
        word = HOW
        while word == HOW:
            for key, _ in selector.select():
                if key.fd == 0:
                    word = os.read(0, 1)
                    if word == HOW:
                        reply(_state(started, before_s))
                    continue
                piece = _some(key.fd)
                if key.fd == wake:
                    command.reap()
                elif piece is not None:
                    tail.add(piece)
                    if not piece:
                        selector.unregister(key.fd)
    state = _state(started, before_s)
    command.kill()
    for name in ("out", "err"):
        piece = _some(fds[name])
        while piece:
            tail.add(piece)
            piece = _some(fds[name])
    log = tail.cut()
    reply({**state, "peak_rss_bytes": command.peak_kb * 1024}, len(log))
    write_all(1, log)


def _some(fd: int) -> bytes | None:
    """Return some bytes, none at the end; None where there is nothing now."""
    try:
        return os.read(fd, CHUNK)
    except BlockingIOError:
        return None


def _state(started: Started, before_s: float) -> dict[str, Any]:
    command = started.command
    command.reap()
    ended = ""
    if command.status is not None:
        ended = f"it ended with exit code {exit_code(command.status)}"
        if command.told_reason() == "out of memory":
            ended = "it was killed for want of memory"
    cpu_s = max(0.0, command.cpu_s + living_s() - before_s)
    return {"ended": ended, "cpu_s": cpu_s, "own_s": time.process_time()}


# --- the load ----------------------------------------------------------------------------------


def _not_ready(service: Service, request: dict[str, Any], timeout_s: float) -> str:
    """Ask until the service is ready; returns why it is not, empty where it is."""
    deadline, said = time.monotonic() + timeout_s, b""
    with selectors.DefaultSelector() as host:
        host.register(0, selectors.EVENT_READ)
        while True:
            left = deadline - time.monotonic()
            ended = service.ask(HOW)[0]["ended"]
            if ended:
                return f"{ended} before it was ready"
            if left <= 0:
                end = said.decode("utf-8", "replace").strip()
                return f"it was not ready within {timeout_s:g} s" + (
                    f"; the last answer: {end}" if end else ""
                )
            ready, said = _try(request, left)
            if ready:
                return ""
            if host.select(POLL_S):  # nothing is due from there: whoever asked has gone
                return "abandoned"


def _try(request: dict[str, Any], timeout_s: float) -> tuple[bool, bytes]:
    """Run a command; returns whether it exited with 0, and the end of what it printed."""
    ours, theirs = os.pipe()

    def work() -> None:
        os.dup2(theirs, 1)
        run({**request, "timeout_s": timeout_s})

    pid = _fork(work)
    os.close(theirs)
    try:
        answer, data = _hear(ours)
    finally:
        os.close(ours)
    _end(pid)
    return answer["reason"] == "exited" and answer["code"] == 0, data[-SAID:]


def _load(request: dict[str, Any]) -> tuple[float, float]:
    """Run the load, which answers to the host itself; CPU seconds of the load, and of its watcher."""
    ours, theirs = os.pipe()

    def work() -> None:
        run(request)
        write_all(theirs, SECONDS.pack(time.process_time()))

    pid = _fork(work)
    os.close(theirs)
    try:
        own_s: float = SECONDS.unpack(read_exactly(ours, SECONDS.size))[0]
    except EOFError:
        own_s = 0.0  # it failed, and `_end` says so
    finally:
        os.close(ours)
    return max(0.0, _end(pid) - own_s), own_s


def _loaded(service: Service, request: dict[str, Any]) -> tuple[float, str]:
    """Run the load; returns the service's CPU seconds meanwhile, and how it ended, if it did.

    Where a cgroup counts, it is the cgroup's time less the load's and the runner's: that way
    nothing of a service is lost, whatever it does to hide a process; exact to some milliseconds,
    which the starts of processes take. Elsewhere the time of the service's own processes.
    """
    counters, inside = Counters(request["service"]), request["service"]["uid"] is not None
    before = service.ask(HOW)[0]
    group_s, own_s = counters.cpu_s(), time.process_time()
    load_s, watcher_s = _load(request["load"])
    after = service.ask(HOW)[0]
    if not group_s:
        return after["cpu_s"] - before["cpu_s"], after["ended"]
    runner_s = watcher_s + time.process_time() - own_s + after["own_s"] - before["own_s"]
    return max(0.0, counters.cpu_s() - group_s - load_s - (runner_s if inside else 0.0)), after["ended"]


def serve(request: dict[str, Any]) -> None:
    """Start a service, wait until it is ready, run a load, end both, and report them."""
    if request["own_network"]:
        try:
            own_network()
        except OSError as error:
            raise OSError(
                f"a service and its load can't share a network here ({error}): this machine lets no program "
                'but bubblewrap make namespaces; use backend = "docker"'
            ) from error
    service = Service(request["service"])
    reason = _not_ready(service, request["ready"], request["ready_timeout_s"])
    reply({"ready": not reason})
    cpu_s = 0.0
    if not reason:
        cpu_s, reason = _loaded(service, request)
    state, log = service.ask(END)
    _end(service.pid)
    reply({"reason": reason, "cpu_s": cpu_s, "peak_rss_bytes": state["peak_rss_bytes"]}, len(log))
    write_all(1, log)
