"""One container as a sandbox, with a runner in it that does everything over a single connection."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from strop.errors import SandboxError
from strop.extension import ExecResult, Limits, Outcome, TreeFile
from strop.sandbox.channel import Channel, Command, RunnerLost, SocketTransport, runner_source
from strop.sandbox.docker_container import COUNTERS, TEMP, WORK, remove
from strop.sandbox.docker_engine import Engine, engine_errors
from strop.sandbox.local import command_line, lost_result

if TYPE_CHECKING:
    from docker.models.containers import Container

__all__ = ["CANDIDATE_UID", "DockerSandbox"]

T = TypeVar("T")

CANDIDATE_UID = 1000


class DockerSandbox:
    """One container."""

    work = WORK

    def __init__(
        self,
        engine: Engine,
        container: Container,
        env: Mapping[str, str],
        limits: Limits,
        *,
        python: str,
        uid: int | None = CANDIDATE_UID,
        seccomp: str = "",
    ) -> None:
        """Starts the runner. `uid` is None where commands are the user's setup, as root."""
        self._engine = engine
        self._container = container
        self._limits = limits
        self._uid = uid
        self._seccomp = seccomp
        self._dead = ""
        self._closed = False
        home = f"{TEMP}/home" if uid is not None else "/root"
        self._env = {"LANG": "C.UTF-8", "HOME": home, "TMPDIR": TEMP, **env}
        attached = engine.attach(container, [python, "-I", "-S", "-c", runner_source()])
        self._channel = Channel(SocketTransport(attached.connection, attached.close), work=WORK, uid=uid)
        if uid is not None:
            # Sets the owner and mode of the folder: the engine gives a tmpfs those of what it covers.
            self.put({})
            self._run(Command(["/bin/mkdir", "-p", home], self._env, 60.0, 1 << 16, "/", uid))

    def put(self, files: Mapping[str, TreeFile]) -> None:
        """Write files below `work`; those not writable belong to root, in sticky folders."""
        self._file(lambda: self._channel.put(files))

    def exec(
        self,
        command: str | Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        output_bytes: int | None = None,
    ) -> ExecResult:
        """Run a command in `work`; see `strop.extension.Sandbox`."""
        return self._run(
            Command(
                argv=command_line(command),
                env={**self._env, **(env or {})},
                timeout_s=self._limits.timeout_s if timeout_s is None else timeout_s,
                output_bytes=self._limits.output_bytes if output_bytes is None else output_bytes,
                cwd=WORK,
                uid=self._uid,
                counters=COUNTERS,
                seccomp=self._seccomp,
            )
        )

    def get(self, path: str, *, max_bytes: int) -> bytes | None:
        """Return a regular file's content, None if there is none."""
        return self._file(lambda: self._channel.get(path, max_bytes))

    def get_tree(self, *, max_bytes: int, max_files: int) -> dict[str, TreeFile]:
        """Return all regular files below `work`; raises `SandboxError` over the caps."""
        return self._file(lambda: self._channel.tree(max_bytes, max_files))

    def close(self) -> None:
        """Kill and remove the container."""
        if not self._closed:
            self._closed = True
            self._channel.close()
            remove(self._container)

    def release(self) -> None:
        """End the runner and leave the container as it is, to be made an image of."""
        self._closed = True
        self._channel.close()

    def _run(self, order: Command) -> ExecResult:
        started = time.monotonic()
        try:
            return self._ask(lambda: self._channel.run(order))
        except RunnerLost as lost:
            wall_s = time.monotonic() - started
            with engine_errors("the container is gone"):
                self._container.reload()
                out_of_memory = bool(self._container.attrs["State"].get("OOMKilled"))
                if self._container.status == "running":
                    self._container.kill()
            if lost.why == "late":
                return lost_result(Outcome.TIMEOUT, wall_s)
            if out_of_memory:
                return lost_result(Outcome.OUT_OF_MEMORY, wall_s)
            raise SandboxError(f"the container's runner is gone ({lost.why})") from None

    def _file(self, question: Callable[[], T]) -> T:
        try:
            return self._ask(question)
        except RunnerLost as lost:
            raise SandboxError(f"the container's runner is gone ({lost.why})") from None

    def _ask(self, question: Callable[[], T]) -> T:
        if self._closed or self._dead:
            raise SandboxError(f"the sandbox is {self._dead or 'closed'}")
        try:
            return question()
        except SandboxError:
            raise
        except BaseException as error:
            # Lost, or interrupted between a question and its answer: nothing more can be asked.
            self._dead = f"dead: {error!r}"
            raise
