"""A sandbox with a folder on disk, whose size a watcher inside its container bounds.

The disk of an engine knows no quotas that we may set (on ext4 none at all), so the bound is kept by
looking ten times a second: what a disk takes in a tenth of a second, and while a large folder is
walked, comes on top of the limit. So do up to 2 GiB in files that are deleted and still open.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from strop.errors import SandboxError, SandboxLost
from strop.extension import CallsResult, ExecResult, Outcome, Sandbox, ServiceResult, TreeFile
from strop.sandbox.channel import RunnerLost, SocketTransport
from strop.sandbox.docker_container import SCRATCH, TREE_INODES
from strop.sandbox.docker_engine import Engine

if TYPE_CHECKING:
    from docker.models.containers import Container

__all__ = ["SCRATCH_VARIABLE", "ScratchSandbox", "ScratchWatch"]

SCRATCH_VARIABLE = "STROP_SCRATCH"
UIDS = ("1000", "1001")  # of candidates, and of the load on their services
ANSWER_S = 60.0  # a walk over many files on a slow disk, or processes that take their time to die


class ScratchWatch:
    """The host's end of a watcher."""

    def __init__(self, engine: Engine, container: Container, python: str, limit_bytes: int) -> None:
        """Start it. Raises `SandboxError`."""
        source = Path(__file__).with_name("docker_scratch_watch.py").read_text(encoding="utf-8")
        caps = [str(limit_bytes), str(TREE_INODES)]
        self.limit_bytes = limit_bytes
        attached = engine.attach(container, [python, "-I", "-S", "-c", source, SCRATCH, *caps, *UIDS])
        self._transport = SocketTransport(attached.connection, attached.close)
        answer = self._line()
        if answer != "ready":
            raise SandboxError(f"the watcher of {SCRATCH} did not start: {answer}")

    def is_full(self) -> bool:
        """Return whether there was too much in the folder, so that the candidate's processes were killed.

        Raises:
            SandboxLost: they were killed, and may not be to blame; or the watcher is gone.
        """
        try:
            self._transport.send(b"?\n", time.monotonic() + ANSWER_S)
        except RunnerLost as lost:
            raise SandboxLost(f"the watcher of {SCRATCH} is gone ({lost.why})") from None
        answer = self._line()
        if answer == "unclear":
            raise SandboxLost("the engine's disk filled by more than the scratch folder, by whom is unclear")
        return answer == "full"

    def close(self) -> None:
        """Let it end."""
        self._transport.close()

    def _line(self) -> str:
        line = b""
        deadline = time.monotonic() + ANSWER_S
        while not line.endswith(b"\n"):
            try:
                line += self._transport.receive(deadline)
            except RunnerLost as lost:
                said = bytes(self._transport.errors).decode("utf-8", "replace").strip()
                raise SandboxLost(f"the watcher of {SCRATCH} is gone ({lost.why}): {said}") from None
        return line.decode("ascii", "replace").strip()


class ScratchSandbox:
    """A sandbox and its watcher; once the folder was too full, there is no next command."""

    def __init__(self, inner: Sandbox, watch: ScratchWatch) -> None:
        """`inner` is the container with the folder."""
        self._inner = inner
        self._watch = watch
        self._words = f"\nkilled: more than {watch.limit_bytes} bytes in {SCRATCH}\n"
        self._closed = False
        self.work = inner.work

    def pin(self, cpu: int) -> bool:
        """Keep what is started from now on to one CPU; see `strop.extension.Sandbox`."""
        return self._inner.pin(cpu)

    def put(self, files: Mapping[str, TreeFile]) -> None:
        """Write files; see `strop.extension.Sandbox`."""
        self._inner.put(files)

    def exec(
        self,
        command: str | Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        output_bytes: int | None = None,
    ) -> ExecResult:
        """Run a command; see `strop.extension.Sandbox`."""
        self._begin()
        done = self._inner.exec(command, env=env, timeout_s=timeout_s, output_bytes=output_bytes)
        return self._over(done) if self._is_full() else done

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
        """Start a command and feed it requests; see `strop.extension.Sandbox`."""
        self._begin()
        done = self._inner.calls(
            command, requests, env=env, startup_timeout_s=startup_timeout_s,
            request_timeout_s=request_timeout_s, reply_bytes=reply_bytes,
        )  # fmt: skip
        if not self._is_full():
            return done
        return replace(done, outcome=Outcome.OUTPUT_LIMIT, stderr=done.stderr + self._words.encode("ascii"))

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
        """Start a service and load it; see `strop.extension.Sandbox`."""
        self._begin()
        done = self._inner.serve(
            service, ready, load, env=env, ready_timeout_s=ready_timeout_s, timeout_s=timeout_s,
            output_bytes=output_bytes,
        )  # fmt: skip
        if not self._is_full():
            return done
        return replace(done, load=done.load and self._over(done.load), reason=self._words.strip())

    def get(self, path: str, *, max_bytes: int) -> bytes | None:
        """Return a file's content; see `strop.extension.Sandbox`."""
        return self._inner.get(path, max_bytes=max_bytes)

    def get_tree(self, *, max_bytes: int, max_files: int) -> dict[str, TreeFile]:
        """Return all files; see `strop.extension.Sandbox`."""
        return self._inner.get_tree(max_bytes=max_bytes, max_files=max_files)

    def close(self) -> None:
        """Kill and remove the container, and its volume with it."""
        self._closed = True
        self._watch.close()
        self._inner.close()

    def _begin(self) -> None:
        """Let the watcher look at what is free now: what goes from here on is the command's, or others'."""
        if not self._closed:
            self._watch.is_full()

    def _is_full(self) -> bool:
        full = self._watch.is_full()
        if full:
            self.close()
        return full

    def _over(self, done: ExecResult) -> ExecResult:
        words = self._words.encode("ascii")
        return replace(done, outcome=Outcome.OUTPUT_LIMIT, stderr=done.stderr + words)
