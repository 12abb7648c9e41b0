"""Containers of images that have no Python: no runner in them, so the engine and the host do its part.

Slower and coarser: five engine calls a command, the host's clock (which counts the engine's own
start of a command), CPU time of the whole container, no peak of memory, no system calls filtered
beyond the engine's own. At a deadline or a cap the container is killed, and the sandbox with it.
"""

from __future__ import annotations

import contextlib
import io
import secrets
import socket
import tarfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from strop.errors import OutputLost, SandboxError, SandboxLost, TreeRefused
from strop.extension import ExecResult, Limits, Outcome, TreeFile
from strop.sandbox.channel import RunnerLost, SocketTransport, checked_path
from strop.sandbox.docker_container import COUNTERS, TEMP, WORK, remove
from strop.sandbox.docker_engine import Engine, engine_errors
from strop.sandbox.local import command_line

if TYPE_CHECKING:
    from docker.models.containers import Container

__all__ = ["Order", "PlainSandbox", "read_attached", "run_attached"]

FILES_S = 300.0
CANDIDATE = "1000:1000"
STEP_BYTES = 1 << 20  # what a step of ours may print
NEEDS_PYTHON = "to {}, the job's image needs Python 3.8 or newer (python3 on its PATH)"

# Every folder on the way belongs to root and is sticky; a link or a file in its place goes first.
MAKE_FOLDERS = """
cd "$0" && chown 0:0 . && chmod 1777 . || exit 1
for path; do
    [ -L "$path" ] || [ -d "$path" ] || [ ! -e "$path" ] || rm -f -- "$path" || exit 1
    [ ! -L "$path" ] || rm -f -- "$path" || exit 1
    mkdir -p -- "$path" && chown 0:0 -- "$path" && chmod 1777 -- "$path" || exit 1
done
"""
# No component may be a link, the file itself included, and it must be a regular one.
SHOW_FILE = """
cd "$0" || exit 9
rest=$1
while [ "${rest#*/}" != "$rest" ]; do
    part=${rest%%/*}; rest=${rest#*/}
    [ -d "$part" ] && [ ! -L "$part" ] && cd -P -- "$part" || exit 9
done
[ -f "$rest" ] && [ ! -L "$rest" ] || exit 9
[ "$(wc -c < "$rest")" -le "$2" ] || exit 9
cat -- "$rest"
"""
# Engines lose the output of short commands now and then, with exit code 0 (moby #27289): what was
# sent behind it tells. The command's own streams end where it ends.
WITH_END = 'end=$0; "$@"; code=$?; printf %s "$end"; printf %s "$end" >&2; exit $code'
READINGS = 5  # of what can be read again
SHOW_COUNTERS = 'cat -- "$@" 2>/dev/null; :'  # of one version of control groups or the other
# As root, who sees all: what spared itself from the candidate's own kill, or came after it.
KILL_REST = """\
round=0
while [ "$round" -lt 50 ]; do
    left=""
    for process in /proc/[0-9]*; do
        state= uid= threads=
        while read -r key value rest; do
            case $key in State:) state=$value ;; Uid:) uid=$value ;; Threads:) threads=$value; break ;; esac
        done 2>/dev/null < "$process/status"
        # One that is dead may have threads that are not.
        [ "$uid" = "$1" ] && [ "$state$threads" != Z1 ] && left="$left ${process#/proc/}"
    done
    [ -z "$left" ] && exit 0
    kill -9 $left 2>/dev/null
    round=$((round + 1))
done
exit 1
"""
UNENDED = b"processes that the command left behind could not be ended\n"


class Statistics(NamedTuple):
    """What a container's control group says."""

    cpu_s: float  # since its start
    kills: int  # for want of memory


class PlainSandbox:
    """One container, driven from outside."""

    work = WORK

    def __init__(
        self,
        engine: Engine,
        container: Container,
        env: Mapping[str, str],
        limits: Limits,
        *,
        user: str = CANDIDATE,
    ) -> None:
        """`user` is root where commands are the user's setup."""
        self._engine = engine
        self._container = container
        self._limits = limits
        self._user = user
        self._dead = ""
        self._closed = False
        home = f"{TEMP}/home" if user == CANDIDATE else "/root"
        self._env = {"LANG": "C.UTF-8", "HOME": home, "TMPDIR": TEMP, **env}
        # The engine gives a tmpfs the owner and mode of what it covers.
        self._step(["/bin/sh", "-c", MAKE_FOLDERS, WORK])
        self._step(["mkdir", "-p", home], user=user)

    def put(self, files: Mapping[str, TreeFile]) -> None:
        """Write files below `work`; those not writable belong to root, in sticky folders."""
        if not files:
            return
        paths = [checked_path(path) for path in files]
        folders = {"/".join(p.split("/")[:n]) for p in paths for n in range(1, p.count("/") + 1)}
        self._step(["/bin/sh", "-c", MAKE_FOLDERS, WORK, *sorted(folders)])
        for start in range(0, len(paths), 500):
            self._step(["rm", "-rf", "--", *(f"{WORK}/{path}" for path in paths[start : start + 500])])
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w") as archive:
            for path, file in files.items():
                member = tarfile.TarInfo(path)
                member.size = len(file.content)
                member.mode = 0o755 if file.executable else 0o644
                member.uid = member.gid = 1000 if file.writable else 0
                archive.addfile(member, io.BytesIO(file.content))
        self._step(["tar", "-x", "-p", "-f", "-", "-C", WORK], stdin=stream.getvalue())

    def pin(self, cpu: int) -> bool:
        """Return False: nobody in the container could do it."""
        return False

    def exec(
        self,
        command: str | Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        output_bytes: int | None = None,
    ) -> ExecResult:
        """Run a command in `work`; see `strop.extension.Sandbox`."""
        limit_s = self._limits.timeout_s if timeout_s is None else timeout_s
        cap = self._limits.output_bytes if output_bytes is None else output_bytes
        before = self._statistics()
        # Through a shell, so that a missing program is an exit code and no error of the engine.
        argv = ["/bin/sh", "-c", 'exec "$@"', "sh", *command_line(command)]
        done = self._run(argv, {**self._env, **(env or {})}, self._user, time.monotonic() + limit_s, cap)
        if self._dead:
            return done
        if self._user == CANDIDATE:
            done = self._without_rest(done)
            if self._dead:
                return done
        after = self._statistics()
        if after.kills > before.kills and done.exit_code != 0:
            done = replace(done, outcome=Outcome.OUT_OF_MEMORY)
        return replace(done, cpu_s=max(0.0, after.cpu_s - before.cpu_s))

    def calls(
        self,
        command: str | Sequence[str],
        requests: Sequence[bytes],
        *,
        env: Mapping[str, str] | None = None,
        startup_timeout_s: float | None = None,
        request_timeout_s: float | None = None,
        reply_bytes: int = 16 << 20,
    ) -> NoReturn:
        """Refuse: nobody in the container could keep the clock. Raises `SandboxError`."""
        raise SandboxError(NEEDS_PYTHON.format("time single calls"))

    def serve(
        self,
        service: str | Sequence[str],
        ready: str | Sequence[str],
        load: str | Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        ready_timeout_s: float = 30.0,
        timeout_s: float | None = None,
        output_bytes: int | None = None,
    ) -> NoReturn:
        """Refuse: nobody in the container could watch the service. Raises `SandboxError`."""
        raise SandboxError(NEEDS_PYTHON.format("run a service"))

    def get(self, path: str, *, max_bytes: int) -> bytes | None:
        """Return a regular file's content, None if there is none."""
        argv = ["/bin/sh", "-c", SHOW_FILE, WORK, checked_path(path), str(max_bytes)]
        done = self._read(argv, max_bytes + STEP_BYTES)
        if done.outcome is not Outcome.EXITED:
            raise SandboxError(f"{path}: can't be read: {done.outcome.value}")
        return done.stdout if done.exit_code == 0 and len(done.stdout) <= max_bytes else None

    def get_tree(self, *, max_bytes: int, max_files: int) -> dict[str, TreeFile]:
        """Return all regular files below `work`; raises `SandboxError` over the caps."""
        cap = max_bytes + 2048 * max_files + STEP_BYTES
        argv = ["tar", "-c", "-f", "-", "-C", WORK, "."]
        done = self._read(argv, cap)
        if done.outcome is Outcome.OUTPUT_LIMIT:
            raise TreeRefused(f"the work folder has more than {max_bytes} bytes or {max_files} files")
        if not done.ok:
            raise SandboxError(f"the work folder can't be read: {done.stderr.decode('utf-8', 'replace')}")
        return read_archive(done.stdout, max_bytes=max_bytes, max_files=max_files)

    def close(self) -> None:
        """Kill and remove the container."""
        if not self._closed:
            self._closed = True
            remove(self._container)

    def _without_rest(self, done: ExecResult) -> ExecResult:
        """End what a command left behind; where that can't be, the container ends and the command failed."""
        # The shell's own `kill`, as the candidate: takes all of the user's processes but itself.
        own = ["/bin/sh", "-c", "kill -9 -1"]
        deadline = time.monotonic() + 60
        self._run(own, {}, CANDIDATE, deadline, STEP_BYTES, quiet=True)
        if not self._dead:
            rest = ["/bin/sh", "-c", KILL_REST, "sh", CANDIDATE.partition(":")[0]]
            if self._run(rest, {}, "0:0", deadline, STEP_BYTES, quiet=True).ok:
                return done
        if not self._dead:
            self._end("dead: its command left processes that could not be ended")
        return replace(done, exit_code=137, stderr=done.stderr + UNENDED)

    def _step(self, argv: Sequence[str], *, user: str = "0:0", stdin: bytes = b"") -> None:
        done = self._run(argv, {}, user, time.monotonic() + FILES_S, STEP_BYTES, stdin, quiet=True)
        if not done.ok:
            said = done.stderr.decode("utf-8", "replace").strip()
            raise SandboxError(f"in the container, {argv[0]} failed ({done.exit_code}): {said}")

    def _run(
        self, argv: Sequence[str], env: Mapping[str, str], user: str, deadline: float, cap: int,
        stdin: bytes = b"", *, quiet: bool = False,
    ) -> ExecResult:  # fmt: skip
        if self._closed or self._dead:
            raise SandboxError(f"the sandbox is {self._dead or 'closed'}")
        order = Order(argv, env, user, deadline, cap, stdin, quiet=quiet)
        return self._ended(run_attached(self._engine, self._container, order))

    def _read(self, argv: Sequence[str], cap: int) -> ExecResult:
        if self._closed or self._dead:
            raise SandboxError(f"the sandbox is {self._dead or 'closed'}")
        order = Order(argv, deadline=time.monotonic() + FILES_S, output_bytes=cap)
        return self._ended(read_attached(self._engine, self._container, order))

    def _ended(self, done: ExecResult) -> ExecResult:
        if done.outcome is not Outcome.EXITED:
            self._end(f"dead: its command was killed ({done.outcome.value})")
        return done

    def _end(self, why: str) -> None:
        self._dead = why
        with engine_errors("the container can't be killed"):
            self._container.kill()

    def _statistics(self) -> Statistics:
        argv = ["/bin/sh", "-c", SHOW_COUNTERS, "sh", *COUNTERS.values()]
        order = Order(argv, deadline=time.monotonic() + FILES_S)
        said = read_attached(self._engine, self._container, order).stdout
        lines = said.decode("ascii", "replace").split("\n")
        found = {name: value for name, _, value in (line.partition(" ") for line in lines) if value}
        usage_ns = next((int(line) for line in lines if line.isdigit()), 0)  # version 1: a bare number
        if not usage_ns and "usage_usec" not in found:
            raise SandboxLost("the container's CPU time can't be read")
        cpu_s = usage_ns / 1e9 or int(found.get("usage_usec", 0)) / 1e6
        return Statistics(cpu_s, int(found.get("oom_kill", 0)))


@dataclass(frozen=True)
class Order:
    """One command for `run_attached`."""

    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    user: str = "0:0"
    deadline: float = float("inf")  # of the monotonic clock
    output_bytes: int = STEP_BYTES
    stdin: bytes = b""
    workdir: str = WORK
    quiet: bool = False  # its exit code says all


def read_attached(engine: Engine, container: Container, order: Order) -> ExecResult:
    """Run a command that changes nothing, again where its output was lost. Raises `SandboxError`."""
    for _ in range(READINGS - 1):
        with contextlib.suppress(OutputLost):
            return run_attached(engine, container, order)
    return run_attached(engine, container, order)


def run_attached(engine: Engine, container: Container, order: Order) -> ExecResult:
    """Run a command in a container over a connection of its own; the caller kills what is not done.

    Raises `SandboxError`.
    """
    deadline = min(order.deadline, time.monotonic() + 24 * 3600)
    started = time.monotonic()
    end = secrets.token_hex(8).encode("ascii")
    argv = ["/bin/sh", "-c", WITH_END, end.decode("ascii"), *order.argv]
    attached = engine.attach(container, argv, user=order.user, env=order.env, workdir=order.workdir)
    outputs = (io.BytesIO(), io.BytesIO())  # hand out what they hold without a copy
    room = order.output_bytes + 4 * len(end)  # twice the ends: what is little over comes with both
    outcome = Outcome.EXITED
    transport = SocketTransport(attached.connection, attached.close)
    try:
        if order.stdin:
            transport.send(order.stdin, deadline)
        attached.connection.shutdown(socket.SHUT_WR)
        for stream, data in _frames(transport, deadline):
            outputs[1 if stream == 2 else 0].write(data[:room])
            if len(data) > room:
                outcome = Outcome.OUTPUT_LIMIT
                break
            room -= len(data)
    except RunnerLost:
        outcome = Outcome.TIMEOUT
    finally:
        wall_s = time.monotonic() - started
        transport.close()
    code: int | None = 137
    if outcome is Outcome.EXITED:
        with engine_errors("the command's end is unknown"):
            code = engine.client.api.exec_inspect(attached.id)["ExitCode"]
    if code is None:
        raise SandboxLost("the engine closed a command's streams before its end")
    stdout, stderr = (output.getvalue() for output in outputs)
    if int(code) == 0 and not order.quiet and not (end in stdout and end in stderr):
        # What was killed together with its shell sends none, either, and has another code.
        raise OutputLost("the engine lost a part of what a command printed")
    # What the command left in the background may print behind the end.
    stdout, stderr = stdout.replace(end, b""), stderr.replace(end, b"")
    if len(stdout) + len(stderr) > order.output_bytes:  # by less than the room for the ends
        outcome, code, stdout = Outcome.OUTPUT_LIMIT, 137, stdout[: order.output_bytes]
        stderr = stderr[: order.output_bytes - len(stdout)]
    return ExecResult(outcome, int(code), stdout, stderr, wall_s, 0.0, 0, "host")


def _frames(transport: SocketTransport, deadline: float) -> Iterator[tuple[int, bytes]]:
    """Yield (stream, bytes) until the connection ends; raises `RunnerLost` at the deadline."""
    while True:
        try:
            yield transport.frame(deadline)
        except RunnerLost as lost:
            if lost.why == "late":
                raise
            return


def read_archive(data: bytes, *, max_bytes: int, max_files: int) -> dict[str, TreeFile]:
    """Return the regular files of a tar archive from a container: hostile data, read in memory.

    Links, devices and folders are left out. Raises `SandboxError` over the caps.
    """
    files: dict[str, TreeFile] = {}
    total = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for member in archive:
                # islnk: a second name of a file that was there before; its content is not repeated.
                if not member.isreg() or member.issparse():
                    continue
                total += member.size
                if total > max_bytes or len(files) >= max_files:
                    raise TreeRefused(f"the work folder has more than {max_bytes} bytes or {max_files} files")
                content = archive.extractfile(member)
                assert content is not None
                path = checked_path(member.name.removeprefix("./"))
                files[path] = TreeFile(content.read(), bool(member.mode & 0o100), member.uid == 1000)
    except (tarfile.TarError, ValueError) as error:
        raise SandboxError(f"the container sent no valid archive: {error}") from None
    return files
