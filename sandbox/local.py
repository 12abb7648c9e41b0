"""What the sandboxes on this machine share: a scratch folder, a runner, a control group.

The runner stands outside of what it runs. It fixes read-only files in place by mounts where the
backend isolates, and puts the command behind bubblewrap there.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from strop.errors import SandboxError, SandboxLost
from strop.extension import CallsResult, ExecResult, Limits, Outcome, ServiceResult, TreeFile
from strop.sandbox.cgroups import make_group
from strop.sandbox.channel import (
    Channel,
    Command,
    Dialogue,
    RunnerLost,
    ServiceOrder,
)
from strop.sandbox.fork_server import start_runner
from strop.sandbox.owner import remove_folder, scratch_folder
from strop.sandbox.seccomp import filter_program

__all__ = [
    "Confinement",
    "LocalSandbox",
    "command_line",
    "lost_calls",
    "lost_result",
    "lost_service",
    "oom_counters",
]

T = TypeVar("T")

KILLED = b"strop: the command killed the process that watched it\n"


@dataclass(frozen=True)
class Confinement:
    """How a local backend runs a command; the paths are those of one sandbox."""

    work: str  # the work folder as the command sees it
    temp: str  # the folder for temporary files as the command sees it
    wrap: Callable[[Mapping[str, str]], dict[str, Any]] | None = None  # env -> bubblewrap's part
    binds: bool = False  # read-only files are mounts that the runner makes
    isolated: bool = False
    seccomp: str = ""


def command_line(command: str | Sequence[str]) -> list[str]:
    """Return a command as a list; a string goes to `/bin/sh -c`. Raises `SandboxError`."""
    argv = ["/bin/sh", "-c", command] if isinstance(command, str) else list(command)
    if not argv or any("\0" in argument for argument in argv):
        raise SandboxError(f"not a command: {command!r}")
    return argv


class LocalSandbox:
    """A sandbox on this machine; `Confinement` says how much of one."""

    def __init__(
        self, env: Mapping[str, str], limits: Limits, confine: Callable[[Path], Confinement]
    ) -> None:
        """`confine` gets the scratch folder, with work/ and tmp/ in it. Raises `SandboxError`."""
        self._limits = limits
        self._protected: set[str] = set()
        self._closed = False
        self._cpu: int | None = None
        self._folder = scratch_folder()
        self._group = make_group(limits)
        try:
            for name in ("work", "tmp", "tmp/home"):
                (self._folder / name).mkdir(mode=0o755)
            self._confinement = confine(self._folder)
            transport = start_runner()
            try:
                self._channel = Channel(transport, work=str(self._folder / "work"), uid=None)
            except BaseException:
                transport.close()
                raise
        except BaseException:
            self._group.remove()
            remove_folder(self._folder)
            raise
        self.work = self._confinement.work
        self._env = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "HOME": f"{self._confinement.temp}/home",
            "TMPDIR": self._confinement.temp,
            **env,
        }

    def pin(self, cpu: int) -> bool:
        """Keep what is started from now on to one CPU; see `strop.extension.Sandbox`."""
        if self._confinement.isolated and not self._confinement.seccomp:
            return False  # a program could leave it
        self._cpu = cpu
        return True

    def put(self, files: Mapping[str, TreeFile]) -> None:
        """Write files below `work`; those not writable are read-only for commands."""
        self._file(lambda: self._channel.put(files))
        for path, file in files.items():
            # A new file replaces a folder at its path, and a folder a file, with all that was below.
            above = {"/".join(path.split("/")[:n]) for n in range(1, path.count("/") + 1)}
            self._protected -= {p for p in self._protected if p in above or p.startswith(path + "/")}
            (self._protected.discard if file.writable else self._protected.add)(path)

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
        """Run a load on a service, all as the same user; see `strop.extension.Sandbox`.

        Behind bubblewrap they share a network of their own, which the runner makes.
        """
        wrapped = self._confinement.wrap is not None
        orders = [
            self._order(command, env, timeout_s, output_bytes, share_network=True)
            for command in (service, ready, load)
        ]
        counters = oom_counters(orders[0].counters)
        order = ServiceOrder(
            service=orders[0],
            ready=replace(orders[1], counters=counters),
            load=replace(orders[2], counters=counters),
            ready_timeout_s=ready_timeout_s,
            own_network=wrapped,
            apart=False,
        )
        return self._run(lambda: self._channel.serve(order), lost_service)

    def _order(
        self,
        command: str | Sequence[str],
        env: Mapping[str, str] | None,
        timeout_s: float | None,
        output_bytes: int | None,
        *,
        share_network: bool = False,
    ) -> Command:
        everything = {**self._env, **(env or {})}
        order = Command(
            argv=command_line(command),
            env=everything,
            timeout_s=self._limits.timeout_s if timeout_s is None else timeout_s,
            output_bytes=self._limits.output_bytes if output_bytes is None else output_bytes,
            cwd="/" if self._confinement.wrap else self.work,
            rlimits=self._rlimits(),
            counters=self._group.counters,
            cgroups=self._group.entrances,
            binds=self._binds() if self._confinement.binds else (),
            seccomp=filter_program(held=True)
            if self._confinement.seccomp and self._cpu is not None
            else self._confinement.seccomp,
            sum_memory=self._limits.sum_memory,
            cpu=self._cpu,
        )
        if self._confinement.wrap:
            wrap = self._confinement.wrap(everything)
            if share_network:
                wrap["arguments"] += ["--share-net"]
            order = self._wrapped(order, wrap)
        return order

    def _wrapped(self, order: Command, wrap: dict[str, Any]) -> Command:
        if not self._confinement.binds:
            # This machine lets bubblewrap make namespaces, and not the runner: slower, and the same.
            for path, read_only in self._binds()[1:]:
                inside = self.work + path.removeprefix(str(self._folder / "work"))
                wrap["arguments"] += ["--ro-bind" if read_only else "--bind", path, inside]
        # The loader's variables would act on the shell of the start line too.
        loader = [f"{name}={value}" for name, value in order.env.items() if name.startswith("LD_")]
        argv = ["/usr/bin/env", *loader, *order.argv] if loader else order.argv
        return replace(order, wrap=wrap, argv=argv)

    def get(self, path: str, *, max_bytes: int) -> bytes | None:
        """Return a regular file's content, None if there is none."""
        return self._file(lambda: self._channel.get(path, max_bytes))

    def get_tree(self, *, max_bytes: int, max_files: int) -> dict[str, TreeFile]:
        """Return all regular files below `work`; raises `SandboxError` over the caps."""
        tree = self._file(lambda: self._channel.tree(max_bytes, max_files))
        return {path: replace(file, writable=path not in self._protected) for path, file in tree.items()}

    def close(self) -> None:
        """Kill what is left and remove the scratch folder."""
        if not self._closed:
            self._closed = True
            self._channel.close()
            self._group.remove()
            remove_folder(self._folder)

    def _binds(self) -> list[tuple[str, bool]]:
        """Return work, the folders on the way to protected files (so that none can be moved), and those."""
        root = self._folder / "work"
        folders = {"/".join(p.split("/")[:n]) for p in self._protected for n in range(1, p.count("/") + 1)}
        return [
            (str(root), False),
            *((str(root / folder), False) for folder in sorted(folders)),
            *((str(root / file), True) for file in sorted(self._protected)),
        ]

    def _rlimits(self) -> dict[str, int]:
        limits = {"RLIMIT_FSIZE": self._limits.work_bytes}
        if "memory" not in self._group.limited:
            limits["RLIMIT_DATA"] = self._limits.memory_bytes
        if "pids" not in self._group.limited and self._confinement.binds:
            # Counted per user namespace, and the binds have one; elsewhere it counts all that the user runs.
            limits["RLIMIT_NPROC"] = self._limits.pids
        return limits

    def _run(self, question: Callable[[], T], otherwise: Callable[[Outcome, float], T]) -> T:
        started = time.monotonic()
        try:
            return self._ask(question)
        except RunnerLost as lost:
            late = lost.why == "late"
            if not late and self._confinement.isolated:
                raise SandboxLost(f"the sandbox's runner is gone ({lost.why})") from None
            return otherwise(Outcome.TIMEOUT if late else Outcome.EXITED, time.monotonic() - started)

    def _file(self, question: Callable[[], T]) -> T:
        try:
            return self._ask(question)
        except RunnerLost as lost:
            raise SandboxLost(f"the sandbox's runner is gone ({lost.why})") from None

    def _ask(self, question: Callable[[], T]) -> T:
        if self._closed:
            raise SandboxError("the sandbox is closed, or was given up after its runner was lost")
        try:
            return question()
        except SandboxError:
            raise
        except BaseException:
            if self._closed:  # by another thread: what was asked is nobody's failure
                raise SandboxError("the sandbox was closed while a command ran in it") from None
            # Lost, or interrupted between a question and its answer: nothing more can be asked.
            self.close()
            raise


def lost_result(outcome: Outcome, wall_s: float) -> ExecResult:
    """Return the result of a command whose runner is lost with it."""
    return ExecResult(outcome, 128 + signal.SIGKILL, b"", KILLED, wall_s, 0.0, 0, "host")


def lost_calls(outcome: Outcome, wall_s: float) -> CallsResult:
    """Return the result of calls whose runner is lost with them."""
    return CallsResult(outcome, 128 + signal.SIGKILL, wall_s, 0.0, (), 0.0, KILLED, 0, "host")


def lost_service(outcome: Outcome, wall_s: float) -> ServiceResult:
    """Return the result of a service whose runner is lost with it; there is no telling who did that."""
    return ServiceResult(
        None, f"{outcome.value} after {wall_s:.1f} s, with its runner", False, 0.0, 0, KILLED
    )


def oom_counters(counters: Mapping[str, str]) -> dict[str, str]:
    """Return those of a group's counters that tell of memory.

    The group's CPU time is that of a service and its load together.
    """
    return {key: path for key, path in counters.items() if key in ("oom_control", "memory.events")}
