"""One container as a sandbox, with a runner in it that does everything over a single connection."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from strop.errors import SandboxError, SandboxLost
from strop.extension import CallsResult, ExecResult, Limits, Outcome, ServiceResult, TreeFile
from strop.sandbox.channel import (
    Channel,
    Command,
    Dialogue,
    RunnerLost,
    ServiceOrder,
    SocketTransport,
    runner_source,
)
from strop.sandbox.docker_container import COUNTERS, TEMP, WORK, remove
from strop.sandbox.docker_engine import Engine, engine_errors
from strop.sandbox.local import command_line, lost_calls, lost_result, lost_service, oom_counters
from strop.sandbox.seccomp import filter_program

if TYPE_CHECKING:
    from docker.models.containers import Container

__all__ = ["CANDIDATE_UID", "LOAD_UID", "DockerSandbox"]

T = TypeVar("T")

CANDIDATE_UID = 1000
LOAD_UID = 1001  # of the load on a candidate's service


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
        here: bool = False,
    ) -> None:
        """Starts the runner. `uid` is None where commands are the user's setup, as root.

        `here`: its processes run on this machine's CPUs, under its kernel.
        """
        self._here = here
        self._engine = engine
        self._container = container
        self._limits = limits
        self._uid = uid
        self._seccomp = seccomp
        self._dead = ""
        self._closed = False
        self._cpu: int | None = None
        home = f"{TEMP}/home" if uid is not None else "/root"
        self._env = {"LANG": "C.UTF-8", "HOME": home, "TMPDIR": TEMP, **env}
        attached = engine.attach(container, [python, "-I", "-S", "-c", runner_source()])
        self._channel = Channel(SocketTransport(attached.connection, attached.close), work=WORK, uid=uid)
        if uid is not None:
            # Sets the owner and mode of the folder: the engine gives a tmpfs those of what it covers.
            self.put({})
            self._step(Command(["/bin/mkdir", "-p", home], self._env, 60.0, 1 << 16, "/", uid))

    def pin(self, cpu: int) -> bool:
        """Keep what is started from now on to one CPU; see `strop.extension.Sandbox`."""
        if not self._seccomp or not self._here:
            return False  # a program could leave it, or it is another machine's CPU
        self._cpu = cpu
        return True

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
        order = self._order(command, env, timeout_s, output_bytes)
        return self._run(lambda: self._channel.run(order), lost_result)

    def calls(
        self,
        command: str | Sequence[str],
        requests: Sequence[bytes],
        *,
        env: Mapping[str, str] | None = None,
        startup_timeout_s: float | None = None,
        request_timeout_s: float | None = None,
        reply_bytes: int = 16 << 20,
    ) -> CallsResult:
        """Start a command and time its replies; see `strop.extension.Sandbox`."""
        dialogue = Dialogue(
            requests,
            self._limits.timeout_s if startup_timeout_s is None else startup_timeout_s,
            self._limits.timeout_s if request_timeout_s is None else request_timeout_s,
            reply_bytes,
        )
        order = self._order(command, env, None, None)
        return self._run(lambda: self._channel.calls(order, dialogue), lost_calls)

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
    ) -> ServiceResult:
        """Run a load on a service, as another user than that; see `strop.extension.Sandbox`."""
        others = replace(
            self._order(load, env, timeout_s, output_bytes),
            uid=None if self._uid is None else LOAD_UID,
            counters=oom_counters(COUNTERS),
        )
        if others.uid is not None:
            # Before the service starts, under names that nobody knew: they can't have been put there.
            copied = f'd=$(mktemp -d {TEMP}/load-XXXXXXXX) && cp -R . "$d" && printf %s "$d"'
            made = self._step(replace(others, argv=["/bin/sh", "-c", copied]))
            folder = made.stdout.decode("ascii").strip()
            others = replace(others, env={**others.env, **own_modules(load, others.env, folder)})
            if "HOME" not in (env or {}):
                made = self._step(replace(others, argv=["mktemp", "-d", f"{TEMP}/home-XXXXXXXX"]))
                others = replace(others, env={**others.env, "HOME": made.stdout.decode("ascii").strip()})
        order = ServiceOrder(
            service=self._order(service, env, None, output_bytes),
            # As the service: whatever that puts in the way of this command, it does to itself.
            ready=replace(self._order(ready, env, timeout_s, output_bytes), counters=oom_counters(COUNTERS)),
            load=others,
            ready_timeout_s=ready_timeout_s,
            own_network=False,  # the container's
            apart=others.uid is not None,
        )
        return self._run(lambda: self._channel.serve(order), lost_service)

    def _order(
        self,
        command: str | Sequence[str],
        env: Mapping[str, str] | None,
        timeout_s: float | None,
        output_bytes: int | None,
    ) -> Command:
        return Command(
            argv=command_line(command),
            env={**self._env, **(env or {})},
            timeout_s=self._limits.timeout_s if timeout_s is None else timeout_s,
            output_bytes=self._limits.output_bytes if output_bytes is None else output_bytes,
            cwd=WORK,
            uid=self._uid,
            counters=COUNTERS,
            seccomp=filter_program(held=True) if self._seccomp and self._cpu is not None else self._seccomp,
            sum_memory=self._limits.sum_memory,
            cpu=self._cpu,
        )

    def _step(self, order: Command) -> ExecResult:
        """Run a command of ours. Raises `SandboxError` where it fails."""
        done = self._run(lambda: self._channel.run(order), lost_result)
        if not done.ok:
            said = done.stderr.decode("utf-8", "replace").strip()
            raise SandboxError(f"in the container, {order.argv[0]} failed ({done.exit_code}): {said}")
        return done

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

    def _run(self, question: Callable[[], T], otherwise: Callable[[Outcome, float], T]) -> T:
        """Ask the runner; one that is lost by the command's fault is an outcome.

        Late is the command's fault where the engine says meanwhile that the container runs on. An
        engine that doesn't say so hangs itself, and a container that has ended ended for another
        reason. Raises `DaemonError` and `SandboxLost` for these.
        """
        started = time.monotonic()
        try:
            return self._ask(question)
        except RunnerLost as lost:
            wall_s = time.monotonic() - started
            with engine_errors(f"the container's runner is gone ({lost.why})"):
                self._container.reload()
                out_of_memory = bool(self._container.attrs["State"].get("OOMKilled"))
                running = self._container.status == "running"
                if running:
                    self._container.kill()
            if running and lost.why == "late":
                return otherwise(Outcome.TIMEOUT, wall_s)
            if out_of_memory:
                return otherwise(Outcome.OUT_OF_MEMORY, wall_s)
            raise SandboxLost(f"the container's runner is gone ({lost.why})") from None

    def _file(self, question: Callable[[], T]) -> T:
        try:
            return self._ask(question)
        except RunnerLost as lost:
            raise SandboxLost(f"the container's runner is gone ({lost.why})") from None

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


def own_modules(load: str | Sequence[str], env: Mapping[str, str], folder: str) -> dict[str, str]:
    """Return variables with which Python finds a load's modules in a copy of the tree alone (from 3.11 on).

    A service can write to the folder that both work in: `json.py` there would be the load's code, and gone
    before anybody looks. Results, and files by which the two find each other, still lie there.

    Args:
        load: Whose scripts' folders Python would look into.
        env: Variables of the load; relative parts of PYTHONPATH are those of the copy.
        folder: The copy, which the service can't write to.
    """
    words = shlex.split(load) if isinstance(load, str) else load
    scripts = [word.rpartition("/")[0] for word in words if word.endswith(".py") and not word.startswith("/")]
    before = [part for part in env.get("PYTHONPATH", "").split(":") if part]
    parts = [part if part.startswith("/") else f"{folder}/{part}" for part in before]
    path = [f"{folder}/{script}" if script else folder for script in scripts] + parts + [folder]
    return {"PYTHONSAFEPATH": "1", "PYTHONPATH": ":".join(dict.fromkeys(path))}
