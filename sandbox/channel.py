"""The host's end of a runner: sends requests, keeps the outer deadline, parses the answers.

What comes back is data from beside a candidate: every length is checked against what was asked for.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any

from strop.errors import SandboxError, SandboxLost, TreeRefused
from strop.extension import CallReply, CallsResult, ExecResult, Outcome, ServiceResult, TreeFile
from strop.sandbox.runner_calls import LENGTH
from strop.sandbox.runner_files import REPLY, REQUEST
from strop.sandbox.transports import PipeTransport, RunnerLost, SocketTransport, Transport

__all__ = [
    "Channel",
    "Command",
    "Dialogue",
    "PipeTransport",
    "RunnerLost",
    "ServiceOrder",
    "SocketTransport",
    "Transport",
    "fork_server_source",
    "runner_source",
]

REPLY_JSON_BYTES = 64 << 20
BATCH_BYTES = 1 << 20  # of small files, sent together
FILES_S = 300.0  # deadline of one put, get or get_tree
ALL_BYTES = 256 << 20  # of all replies of a run
GRACE_S = 60.0  # what the runner may need beyond a command's deadline: start, killing, sending

RUNNER_PARTS = (  # each imports from those before it
    "runner_files",
    "runner_start",
    "runner_processes",
    "runner_calls",
    "runner_services",
    "runner",
)
FORKS = "runner_forks"  # after them, on this machine alone
START = """
import sys, types
for name, text in {texts!r}.items():
    part = sys.modules[name] = types.ModuleType(name)
    exec(compile(text, name, "exec"), part.__dict__)
sys.exit(part.main())
"""


def runner_source() -> str:
    """Return the runner's text, to be started in places that have no strop.

    Its parts import one another by the names that they have here.
    """
    return _joined(RUNNER_PARTS)


def fork_server_source() -> str:
    """Return the text of the process that forks runners on this machine."""
    return _joined((*RUNNER_PARTS, FORKS))


def _joined(names: Sequence[str]) -> str:
    folder = Path(__file__).parent
    texts = {f"strop.sandbox.{name}": (folder / f"{name}.py").read_text(encoding="utf-8") for name in names}
    return START.format(texts=texts)


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
    cpu: int | None = None  # the only one to run on
    sum_memory: bool = False  # look at the memory of all processes together, again and again


@dataclass(frozen=True)
class Dialogue:
    """What a command is asked, line by line, and how long that may take."""

    requests: Sequence[bytes]
    startup_timeout_s: float
    request_timeout_s: float
    reply_bytes: int  # of one
    all_bytes: int = ALL_BYTES  # of all together: they are kept until the last one is there


@dataclass(frozen=True)
class ServiceOrder:
    """A service, and what comes to it."""

    service: Command
    ready: Command
    load: Command
    ready_timeout_s: float
    own_network: bool  # the runner makes the network that they share; else they share its own
    apart: bool  # whether the service can't reach the load's processes


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
            raise SandboxLost(f"the sandbox's runner did not start ({lost.why}): {said}") from None

    def close(self) -> None:
        """End the runner."""
        self._transport.close()

    def run(self, command: Command) -> ExecResult:
        """Run a command. Raises `RunnerLost` and `SandboxError`."""
        started = time.monotonic()
        self._send(b"exec", _as_told(command), started + command.timeout_s + GRACE_S)
        return self._run_result(command, started)

    def _run_result(self, command: Command, since: float) -> ExecResult:
        """Receive what a command did that was started some time after `since`."""
        deadline = time.monotonic() + command.timeout_s + GRACE_S
        answer, size = self._answer(deadline)
        if size > command.output_bytes or not 0 <= answer["out"] <= size:
            raise SandboxLost("the sandbox's runner sent more output than it was asked for")
        stdout = self._read(answer["out"], deadline)
        stderr = self._read(size - answer["out"], deadline)
        _check_clock(answer["wall_s"], time.monotonic() - since)
        return ExecResult(
            outcome=Outcome(answer["reason"]),
            exit_code=int(answer["code"]),
            stdout=stdout,
            stderr=stderr,
            wall_s=float(answer["wall_s"]),
            cpu_s=float(answer["cpu_s"]),
            peak_rss_bytes=int(answer["peak_rss_bytes"]),
            clock="runner",
        )

    def calls(self, command: Command, dialogue: Dialogue) -> CallsResult:
        """Start a command and ask it line by line. Raises `RunnerLost` and `SandboxError`."""
        started, requests = time.monotonic(), dialogue.requests
        told = _as_told(command)
        told["count"] = len(requests)
        for name in ("startup_timeout_s", "request_timeout_s", "reply_bytes", "all_bytes"):
            told[name] = getattr(dialogue, name)
        self._send(b"call", told, started + GRACE_S)
        replies: list[bytes] = []
        answer, size = self._answer(started + dialogue.startup_timeout_s + GRACE_S)
        for request in requests:
            if "reason" in answer:
                break
            deadline = time.monotonic() + dialogue.request_timeout_s + GRACE_S
            self._stream([LENGTH.pack(len(request)), request], deadline)
            answer, size = self._answer(deadline)
            if "reason" in answer:
                break
            if size > min(dialogue.reply_bytes, dialogue.all_bytes - sum(map(len, replies))):
                raise SandboxLost("the sandbox's runner sent a longer reply than it was asked for")
            replies.append(self._read(size, deadline))
        deadline = time.monotonic() + GRACE_S
        if "reason" not in answer:
            answer, size = self._answer(deadline)
        if size > command.output_bytes or len(answer["walls"]) != len(replies):
            raise SandboxLost("the sandbox's runner sent no valid account of its calls")
        stderr = self._read(size, deadline)
        _check_clock(answer["startup_wall_s"] + sum(answer["walls"]), time.monotonic() - started)
        return _calls_result(answer, replies, stderr)

    def serve(self, order: ServiceOrder) -> ServiceResult:
        """Start a service, and a load when it is ready. Raises `RunnerLost` and `SandboxError`."""
        started = time.monotonic()
        told = {name: _as_told(getattr(order, name)) for name in ("service", "ready", "load")}
        more = {"ready_timeout_s": order.ready_timeout_s, "own_network": order.own_network}
        self._send(b"serv", {**told, **more}, started + GRACE_S)
        ready = self._answer(started + order.ready_timeout_s + GRACE_S)[0]["ready"]
        load = self._run_result(order.load, started) if ready else None
        deadline = time.monotonic() + GRACE_S
        answer, size = self._answer(deadline)
        if size > order.service.output_bytes:
            raise SandboxLost("the sandbox's runner sent more output than it was asked for")
        return ServiceResult(
            load=load,
            reason=str(answer["reason"]),
            apart=order.apart,
            cpu_s=float(answer["cpu_s"]),
            peak_rss_bytes=int(answer["peak_rss_bytes"]),
            log=self._read(size, deadline),
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
        self._stream([file.content for file in files.values()], deadline)
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
            raise SandboxLost(f"{path}: the sandbox's runner sent more than {max_bytes} bytes")
        return self._read(size, deadline)

    def tree(self, max_bytes: int, max_files: int) -> dict[str, TreeFile]:
        """Return all regular files. Raises `RunnerLost` and `SandboxError`."""
        deadline = time.monotonic() + FILES_S
        caps = {"max_bytes": max_bytes, "max_files": max_files}
        self._send(b"tree", {"work": self._work, "uid": self._uid, **caps}, deadline)
        answer, size = self._answer(deadline)
        table = answer["files"]
        if size > max_bytes or len(table) > max_files or size != sum(entry[1] for entry in table):
            raise SandboxLost("the sandbox's runner sent more files than it was asked for")
        return {
            checked_path(path): TreeFile(self._read(length, deadline), bool(executable), bool(writable))
            for path, length, executable, writable in table
        }

    def _stream(self, contents: Sequence[bytes], deadline: float) -> None:
        batch: list[bytes] = []
        size = 0
        try:
            for content in contents:
                if size + len(content) > BATCH_BYTES:
                    self._transport.send(b"".join(batch), deadline)
                    batch, size = [], 0
                batch.append(content)
                size += len(content)
            self._transport.send(b"".join(batch), deadline)  # of a single one, that is no copy
        except RunnerLost:
            # It stopped reading at a file that it can't write, for instance, and says so before it ends.
            self._answer(deadline)
            raise

    def _send(self, operation: bytes, request: Mapping[str, Any], deadline: float) -> None:
        text = json.dumps(request).encode("ascii")
        self._transport.send(REQUEST.pack(operation, len(text), 0) + text, deadline)

    def _answer(self, deadline: float) -> tuple[dict[str, Any], int]:
        length, size = REPLY.unpack(self._read(REPLY.size, deadline))
        if length > REPLY_JSON_BYTES:
            raise SandboxLost("the sandbox's runner sent no valid answer")
        try:
            answer = json.loads(self._read(length, deadline))
        except ValueError:
            raise SandboxLost("the sandbox's runner sent no valid answer") from None
        if "lost" in answer:
            raise RunnerLost("killed")
        if "error" in answer:
            kind = TreeRefused if answer.get("over") else SandboxError
            raise kind(f"in the sandbox: {answer['error']}")
        return answer, size

    def _read(self, size: int, deadline: float) -> bytes:
        # A `BytesIO` hands out what it holds without a copy, which counts where outputs are large.
        whole = io.BytesIO()
        left = size
        while left:
            piece = self._pending or self._transport.receive(deadline)
            whole.write(piece[:left])
            self._pending = piece[left:]
            left -= min(left, len(piece))
        return whole.getvalue()


def _as_told(command: Command) -> dict[str, Any]:
    return {**vars(command), "binds": [list(bind) for bind in command.binds]}


def _check_clock(told_s: float, elapsed_s: float) -> None:
    if told_s > elapsed_s:
        raise SandboxLost(f"the runner's clock says {told_s:g} s, the host's {elapsed_s:g} s")


def _calls_result(answer: Mapping[str, Any], replies: Sequence[bytes], stderr: bytes) -> CallsResult:
    """`marks`: the CPU clock at the start, before each request, and after the last reply."""
    spent = [max(0.0, after - before) for before, after in pairwise(answer["marks"])]
    return CallsResult(
        outcome=Outcome(answer["reason"]),
        exit_code=int(answer["code"]),
        startup_wall_s=float(answer["startup_wall_s"]),
        startup_cpu_s=spent[0],
        replies=tuple(
            CallReply(reply, float(wall_s), cpu_s)
            for reply, wall_s, cpu_s in zip(replies, answer["walls"], spent[1:], strict=False)
        ),
        closing_cpu_s=float(answer["closing_cpu_s"]),
        stderr=stderr,
        peak_rss_bytes=int(answer["peak_rss_bytes"]),
        clock="runner",
    )


def checked_path(path: str) -> str:
    """Return a relative POSIX path as it is. Raises `SandboxError` where it leads out of its folder."""
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "/".join(parts) != path or "\0" in path:
        raise SandboxError(f"{path!r} is no relative path below the work folder")
    return path
