"""The host's end of a runner: sends requests, keeps the outer deadline, parses the answers.

What comes back is data from beside a candidate: every length is checked against what was asked for.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from strop.errors import SandboxError
from strop.extension import ExecResult, Outcome, TreeFile
from strop.sandbox.runner import CHUNK, REPLY, REQUEST

__all__ = [
    "Channel",
    "Command",
    "PipeTransport",
    "RunnerLost",
    "SocketTransport",
    "Transport",
    "runner_source",
]

REPLY_JSON_BYTES = 64 << 20
BATCH_BYTES = 1 << 20  # of small files, sent together
FILES_S = 300.0  # deadline of one put, get or get_tree
GRACE_S = 60.0  # what the runner may need beyond a command's deadline: start, killing, sending


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


def runner_source() -> str:
    """Return the runner's text, to be started in places that have no strop."""
    return Path(__file__).with_name("runner.py").read_text(encoding="utf-8")


class PipeTransport:
    """A runner that is a child process of ours."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        """`process` has pipes for stdin and stdout."""
        assert process.stdin is not None and process.stdout is not None
        self._process = process
        self._in, self._out = process.stdin.fileno(), process.stdout.fileno()
        os.set_blocking(self._in, False)
        os.set_blocking(self._out, False)

    def send(self, data: bytes, deadline: float) -> None:
        """Send all. Raises `RunnerLost`."""
        view = memoryview(data)
        while view:
            self._wait(self._in, selectors.EVENT_WRITE, deadline)
            try:
                view = view[os.write(self._in, view) :]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                raise RunnerLost("ended") from None

    def receive(self, deadline: float) -> bytes:
        """Return some bytes. Raises `RunnerLost`."""
        self._wait(self._out, selectors.EVENT_READ, deadline)
        data = os.read(self._out, CHUNK)
        if not data:
            raise RunnerLost("ended")
        return data

    def _wait(self, fd: int, event: int, deadline: float) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(fd, event)
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise RunnerLost("late")

    def close(self) -> None:
        """End the runner: it kills what it started when its stdin ends."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


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


@dataclass(frozen=True)
class Command:
    """One command as the runner is told it."""

    argv: Sequence[str]
    env: Mapping[str, str]
    timeout_s: float
    output_bytes: int
    cwd: str
    uid: int | None = None  # None: the runner's own; else inside of a container only
    rlimits: Mapping[str, int] = field(default_factory=dict)
    counters: Mapping[str, str] = field(default_factory=dict)
    cgroups: Sequence[str] = ()  # cgroup.procs files to enter
    binds: Sequence[tuple[str, bool]] = ()  # (path, read-only) to fix by mounts
    wrap: Mapping[str, Any] | None = None  # bubblewrap: program, arguments
    seccomp: str = ""  # BPF program as hexadecimal digits


class Channel:
    """Requests to one runner, one at a time."""

    def __init__(self, transport: Transport, *, work: str, uid: int | None, start_s: float = 60.0) -> None:
        """`uid` is the candidate's user where the runner is another one. Raises `SandboxError`."""
        self._transport = transport
        self._work = work
        self._uid = uid
        self._pending = b""  # received and not yet asked for
        try:
            self._answer(time.monotonic() + start_s)
        except RunnerLost as lost:
            said = bytes(getattr(transport, "errors", b"")).decode("utf-8", "replace").strip()
            raise SandboxError(f"the sandbox's runner did not start ({lost.why}): {said}") from None

    def close(self) -> None:
        """End the runner."""
        self._transport.close()

    def run(self, command: Command) -> ExecResult:
        """Run a command. Raises `RunnerLost` and `SandboxError`."""
        started = time.monotonic()
        deadline = started + command.timeout_s + GRACE_S
        self._send(b"exec", {**vars(command), "binds": [list(bind) for bind in command.binds]}, deadline)
        answer, size = self._answer(deadline)
        if size > command.output_bytes or not 0 <= answer["out"] <= size:
            raise SandboxError("the sandbox's runner sent more output than it was asked for")
        data = self._read(size, deadline)
        elapsed = time.monotonic() - started
        if answer["wall_s"] > elapsed:
            raise SandboxError(f"the runner's clock says {answer['wall_s']:g} s, the host's {elapsed:g} s")
        outcome = Outcome(answer["reason"])
        return ExecResult(
            outcome=outcome,
            exit_code=int(answer["code"]),
            stdout=data[: answer["out"]],
            stderr=data[answer["out"] :],
            wall_s=float(answer["wall_s"]),
            cpu_s=float(answer["cpu_s"]),
            peak_rss_bytes=int(answer["peak_rss_bytes"]),
            clock="runner",
        )

    def put(self, files: Mapping[str, TreeFile]) -> None:
        """Write files below the work folder. Raises `RunnerLost` and `SandboxError`."""
        table = [
            {"path": checked_path(path), "size": len(file.content), "executable": file.executable,
             "writable": file.writable}
            for path, file in files.items()
        ]  # fmt: skip
        deadline = time.monotonic() + FILES_S
        self._send(b"put ", {"work": self._work, "uid": self._uid, "files": table}, deadline)
        try:
            self._stream([file.content for file in files.values()], deadline)
        except RunnerLost:
            # It stopped reading at a file that it can't write, and says so before it ends.
            self._answer(deadline)
            raise
        self._answer(deadline)

    def get(self, path: str, max_bytes: int) -> bytes | None:
        """Return a regular file, None if there is none. Raises `RunnerLost` and `SandboxError`."""
        deadline = time.monotonic() + FILES_S
        request = {"work": self._work, "path": checked_path(path), "max_bytes": max_bytes}
        self._send(b"get ", request, deadline)
        answer, size = self._answer(deadline)
        if not answer["found"]:
            return None
        if size > max_bytes:
            raise SandboxError(f"{path}: the sandbox's runner sent more than {max_bytes} bytes")
        return self._read(size, deadline)

    def tree(self, max_bytes: int, max_files: int) -> dict[str, TreeFile]:
        """Return all regular files. Raises `RunnerLost` and `SandboxError`."""
        deadline = time.monotonic() + FILES_S
        caps = {"max_bytes": max_bytes, "max_files": max_files}
        self._send(b"tree", {"work": self._work, "uid": self._uid, **caps}, deadline)
        answer, size = self._answer(deadline)
        table = answer["files"]
        if size > max_bytes or len(table) > max_files or size != sum(entry[1] for entry in table):
            raise SandboxError("the sandbox's runner sent more files than it was asked for")
        return {
            checked_path(path): TreeFile(self._read(length, deadline), bool(executable), bool(writable))
            for path, length, executable, writable in table
        }

    def _stream(self, contents: Sequence[bytes], deadline: float) -> None:
        batch, size = [], 0
        for content in contents:
            batch.append(content)
            size += len(content)
            if size > BATCH_BYTES:
                self._transport.send(b"".join(batch), deadline)
                batch, size = [], 0
        self._transport.send(b"".join(batch), deadline)

    def _send(self, operation: bytes, request: Mapping[str, Any], deadline: float) -> None:
        text = json.dumps(request).encode("ascii")
        self._transport.send(REQUEST.pack(operation, len(text), 0) + text, deadline)

    def _answer(self, deadline: float) -> tuple[dict[str, Any], int]:
        length, size = REPLY.unpack(self._read(REPLY.size, deadline))
        if length > REPLY_JSON_BYTES:
            raise SandboxError("the sandbox's runner sent no valid answer")
        try:
            answer = json.loads(self._read(length, deadline))
        except ValueError:
            raise SandboxError("the sandbox's runner sent no valid answer") from None
        if "lost" in answer:
            raise RunnerLost("killed")
        if "error" in answer:
            raise SandboxError(f"in the sandbox: {answer['error']}")
        return answer, size

    def _read(self, size: int, deadline: float) -> bytes:
        pieces, have = [self._pending], len(self._pending)
        while have < size:
            pieces.append(self._transport.receive(deadline))
            have += len(pieces[-1])
        whole = b"".join(pieces)
        self._pending = whole[size:]
        return whole[:size]


def checked_path(path: str) -> str:
    """Return a relative POSIX path as it is. Raises `SandboxError` where it leads out of its folder."""
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "/".join(parts) != path or "\0" in path:
        raise SandboxError(f"{path!r} is no relative path below the work folder")
    return path
