"""Whose fault it is: the command's, the sandbox's, or the engine's; and how much memory output takes."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from strop.errors import DaemonError, SandboxError, SandboxLost
from strop.extension import Backend, EnvironmentSpec, Limits, Outcome, Sandbox, SandboxSpec
from strop.sandbox import channel, local
from strop.sandbox.bubblewrap import BubblewrapBackend
from strop.sandbox.docker import DockerBackend
from strop.sandbox.docker_engine import Attached, Engine
from strop.sandbox.docker_plain import KILL_REST, Order, PlainSandbox, read_attached, run_attached
from strop.sandbox.process import ProcessBackend
from strop.testing.sandboxes import docker_backend_or_skip

ENGINE = "/var/run/docker.sock"
RUNNERS = "for p in /proc/[0-9]*; do grep -q runner_files $p/cmdline && echo ${p#/proc/}; done"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(params=["process", "bubblewrap"])
def local_backend(request: pytest.FixtureRequest, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Backend:
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    backend: Backend = ProcessBackend() if request.param == "process" else BubblewrapBackend()
    found = backend.available()
    if not found.ok:
        pytest.skip(found.reason)
    return backend


# Little: in a container the runner has to do with it, too. A page more tells these from other tests'.
MEMORY = (256 << 20) + (1 << 12)


@contextlib.contextmanager
def _started(backend: Backend) -> Iterator[Sandbox]:
    limits = Limits(memory_bytes=MEMORY)
    sandbox = backend.start(SandboxSpec(backend.prepare(EnvironmentSpec()), limits))
    try:
        yield sandbox
    finally:
        sandbox.close()


def _children(pid: int) -> list[int]:
    """Return the runners, or what forks them, among a process's children."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for one in (task / "children").read_text(encoding="ascii").split():
            with contextlib.suppress(OSError):  # reaped meanwhile
                if b"runner_files" in Path(f"/proc/{one}/cmdline").read_bytes():
                    found.append(int(one))
    return found


def _server_of_this_process() -> int:
    (server,) = _children(os.getpid())
    return server


def _runner_of_this_process() -> int:
    (runner,) = _children(_server_of_this_process())
    return runner


def test_a_runner_that_is_killed_is_a_lost_sandbox(local_backend: Backend) -> None:
    with _started(local_backend) as sandbox:
        os.kill(_runner_of_this_process(), signal.SIGKILL)
        with pytest.raises(SandboxLost):
            sandbox.get("file", max_bytes=1)
        with pytest.raises(SandboxError, match="closed"):
            sandbox.exec("true")


def test_a_killed_server_of_runners_is_replaced_and_its_runners_live_on(local_backend: Backend) -> None:
    with _started(local_backend) as older:
        server = _server_of_this_process()
        os.kill(server, signal.SIGKILL)
        with _started(local_backend) as newer:
            assert newer.exec("echo new").stdout == b"new\n"
        assert older.exec("echo old").stdout == b"old\n"
        assert _server_of_this_process() != server


def test_an_interrupted_start_does_not_answer_the_next_one(
    local_backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(pid: int) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "pidfd_open", interrupted)
        with pytest.raises(KeyboardInterrupt):
            local_backend.start(SandboxSpec(local_backend.prepare(EnvironmentSpec())))
    with _started(local_backend) as sandbox:
        assert sandbox.exec("echo here").stdout == b"here\n"


def test_a_start_that_fails_leaves_no_runner(local_backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise SandboxLost("no hello")

    environment = local_backend.prepare(EnvironmentSpec())
    with monkeypatch.context() as patch:
        patch.setattr(local, "Channel", broken)
        with pytest.raises(SandboxLost, match="no hello"):
            local_backend.start(SandboxSpec(environment))
    assert _children(_server_of_this_process()) == []


def test_closing_wakes_who_waits_for_a_command(local_backend: Backend) -> None:
    ended: list[BaseException] = []

    def wait(sandbox: Sandbox) -> None:
        try:
            sandbox.exec("echo $$ > started; exec sleep 1000")
        except SandboxError as error:
            ended.append(error)

    with _started(local_backend) as sandbox:
        thread = threading.Thread(target=wait, args=(sandbox,))
        thread.start()
        while not (Path(sandbox._folder) / "work" / "started").exists():  # type: ignore[attr-defined]
            assert thread.is_alive()
        sandbox.close()
        thread.join(100)
        assert not thread.is_alive()
    (error,) = ended
    assert "was closed while a command ran in it" in str(error)


def test_a_runner_that_answers_nonsense_is_a_lost_sandbox(
    local_backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _started(local_backend) as sandbox:
        monkeypatch.setattr(channel, "REPLY_JSON_BYTES", 1)
        with pytest.raises(SandboxLost, match="no valid answer"):
            sandbox.exec("true")


class Gate:
    """A way to the engine that can be shut: what is sent then gets no answer."""

    def __init__(self, path: Path) -> None:
        self.open = threading.Event()
        self.open.set()
        self._sockets = [socket.socket(socket.AF_UNIX)]
        self._sockets[0].bind(str(path))
        self._sockets[0].listen()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                near = self._sockets[0].accept()[0]
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(ENGINE)
            self._sockets += [near, far]
            for source, target in ((near, far), (far, near)):
                self._threads.append(threading.Thread(target=self._pass, args=(source, target)))
                self._threads[-1].start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                self.open.wait()
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self.open.set()
        for one in list(self._sockets):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for one in self._sockets:
            one.close()


class Losing(Engine):
    """An engine that loses the output of the first commands."""

    def __init__(self, losses: int) -> None:
        super().__init__()
        self.losses = losses

    def attach(self, container: Any, command: Sequence[str], **options: Any) -> Attached:
        attached = super().attach(container, command, **options)
        if not self.losses:
            return attached
        self.losses -= 1
        attached.connection.shutdown(socket.SHUT_WR)
        while attached.connection.recv(1 << 16):
            pass
        attached.close()
        near, far = socket.socketpair()
        far.close()
        return Attached(attached.id, near, near.close)


@pytest.fixture
def docker_backend() -> Iterator[DockerBackend]:
    backend = DockerBackend(ahead=0)
    try:
        docker_backend_or_skip(backend)
        yield backend
    finally:
        backend.close()


@pytest.mark.docker
class TestDocker:
    def test_a_late_runner_in_a_running_container_is_a_timeout(
        self, docker_backend: DockerBackend, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with _started(docker_backend) as sandbox:
            (container,) = _containers(docker_backend)
            pids = container.exec_run(["/bin/sh", "-c", RUNNERS]).output.decode().split()
            container.exec_run(["/bin/sh", "-c", f"kill -STOP {' '.join(pids)}"])
            monkeypatch.setattr(channel, "GRACE_S", 0.5)
            done = sandbox.exec("true", timeout_s=0.5)
            assert done.outcome is Outcome.TIMEOUT and done.clock == "host"
            with pytest.raises(SandboxError, match="dead"):
                sandbox.exec("true")

    def test_a_container_that_is_gone_is_a_lost_sandbox(self, docker_backend: DockerBackend) -> None:
        with _started(docker_backend) as sandbox:
            (container,) = _containers(docker_backend)
            container.kill()
            with pytest.raises(SandboxLost):
                sandbox.exec("true")
        with _started(docker_backend) as sandbox:
            (container,) = _containers(docker_backend)
            container.remove(force=True)
            with pytest.raises(SandboxLost):
                sandbox.calls("true", [b"x"])

    def test_output_that_the_engine_loses_is_asked_for_again(self, docker_backend: DockerBackend) -> None:
        with _started(docker_backend):
            (container,) = _containers(docker_backend)
            order = Order(["/bin/sh", "-c", "echo said; echo more >&2"])
            with pytest.raises(SandboxLost, match="lost a part"):
                run_attached(Losing(1), container, order)
            done = read_attached(Losing(2), container, order)
            assert (done.exit_code, done.stdout, done.stderr) == (0, b"said\n", b"more\n")
            failed = run_attached(Losing(1), container, Order(["/bin/sh", "-c", "exit 3"]))
            assert failed.exit_code == 3

    def test_an_image_without_python_loses_no_time_and_no_step(self, docker_backend: DockerBackend) -> None:
        with _started(docker_backend):
            (container,) = _containers(docker_backend)
            engine = Losing(2)
            plain = PlainSandbox(engine, container, {}, Limits())  # its first steps print nothing anyway
            assert engine.losses == 0
            turns = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done"
            before = plain._statistics()
            engine.losses = 2
            after = plain._statistics()
            assert after.cpu_s >= before.cpu_s > 0
            done = plain.exec(turns)
            assert done.ok and done.cpu_s > 0.02
            engine.close()

    def test_what_a_command_leaves_behind_is_ended_as_root(self, docker_backend: DockerBackend) -> None:
        with _started(docker_backend):
            (container,) = _containers(docker_backend)
            for _ in range(3):
                container.exec_run(["sleep", "300"], user="1000:1000", detach=True)
            rest = ["/bin/sh", "-c", KILL_REST, "sh", "1000"]
            assert run_attached(Engine(), container, Order(rest)).exit_code == 0
            seen = container.exec_run(["/bin/sh", "-c", "cat /proc/[0-9]*/cmdline"]).output
            assert b"sleep\x00300" not in seen

    def test_a_background_process_that_prints_late_is_no_loss(self, docker_backend: DockerBackend) -> None:
        late = "echo soon; p=$PPID; (while [ -d /proc/$p ]; do :; done; echo late) &"
        with _started(docker_backend):
            (container,) = _containers(docker_backend)
            done = run_attached(
                Engine(), container, Order(["/bin/sh", "-c", late], deadline=time.monotonic() + 30)
            )
            assert done.exit_code == 0 and done.stdout in (b"soon\n", b"soon\nlate\n")

    @pytest.mark.parametrize(("cap", "outcome"), [(6, Outcome.EXITED), (5, Outcome.OUTPUT_LIMIT)])
    def test_the_cap_of_output_is_exact(
        self, docker_backend: DockerBackend, cap: int, outcome: Outcome
    ) -> None:
        with _started(docker_backend):
            (container,) = _containers(docker_backend)
            order = Order(["/bin/sh", "-c", "printf 1234; printf 56 >&2"], output_bytes=cap)
            done = run_attached(Engine(), container, order)
            assert done.outcome is outcome and (done.stdout, done.stderr) == (b"1234", b"56"[: cap - 4])

    def test_an_engine_that_does_not_answer_is_no_timeout(
        self, docker_backend: DockerBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if not Path(ENGINE).is_socket():
            pytest.skip(f"the engine is not at {ENGINE}")
        gate = Gate(tmp_path / "gate.sock")
        monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/gate.sock")
        backend = DockerBackend(ahead=0)
        try:
            with _started(backend) as sandbox:
                backend.client.api.timeout = 1
                monkeypatch.setattr(channel, "GRACE_S", 0.5)
                gate.open.clear()
                with pytest.raises(DaemonError):
                    sandbox.exec("true", timeout_s=0.5)
                gate.open.set()
        finally:
            gate.open.set()
            backend.close()
            gate.close()


def _containers(backend: DockerBackend) -> list[Any]:
    """Return this process's containers of `_started`; other tests' backends may keep some waiting."""
    boot_and_process = f"_{os.getpid()}_"
    found = backend.client.containers.list(filters={"label": "strop.owner"}, ignore_removed=True)
    own = [container for container in found if boot_and_process in container.labels["strop.owner"]]
    return [container for container in own if container.attrs["HostConfig"]["Memory"] == MEMORY]


# --- memory ------------------------------------------------------------------------------------

ENOUGH = 20 << 20


def _memory(key: str) -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(rf"{key}:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) << 10


@contextlib.contextmanager
def _small() -> Iterator[None]:
    """Hold this process to little more memory than it has."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
    before = _memory("VmRSS")
    yield
    assert _memory("VmHWM") - before < ENOUGH


def _print_a_lot(sandbox: Sandbox) -> None:
    assert sandbox.exec("true").ok
    with _small():
        done = sandbox.exec("head -c 1000000000 /dev/zero")
        assert done.outcome is Outcome.OUTPUT_LIMIT and len(done.stdout) == 8 << 20
    del done
    with _small():
        done = sandbox.exec("head -c 1000000000 /dev/zero >&2")
        assert len(done.stderr) == 8 << 20
    del done
    with _small():
        asked = sandbox.calls(
            "echo ready; read x; head -c 1000000000 /dev/zero >&2; echo $x; sleep 0", [b"said"]
        )
        assert asked.ok and asked.replies[0].reply == b"said" and len(asked.stderr) == 8 << 20


def test_output_takes_no_memory(local_backend: Backend) -> None:
    with _started(local_backend) as sandbox:
        _print_a_lot(sandbox)


@pytest.mark.docker
def test_output_of_containers_takes_no_memory(docker_backend: DockerBackend) -> None:
    with _started(docker_backend) as sandbox:
        _print_a_lot(sandbox)
