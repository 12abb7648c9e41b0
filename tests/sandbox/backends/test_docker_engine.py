"""What the engine's own faults become: a daemon that hangs, refuses or is gone, a container that vanished."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from strop.errors import DaemonError, SandboxError, SandboxLost
from strop.extension import Environment, EnvironmentSpec
from strop.sandbox.docker import DockerBackend
from strop.sandbox.docker_container import container_options
from strop.sandbox.docker_engine import CALLS_AT_ONCE, Engine, engine_errors
from strop.testing.sandboxes import SMALL, docker_backend_or_skip

VERSION = b'{"ApiVersion": "1.41", "Version": "20.10", "Os": "linux", "Components": [{"Name": "Engine"}]}'


class Daemon:
    """A server on a Unix socket, whose answers a test writes."""

    def __init__(self, path: Path, answer: Callable[[bytes], bytes | None]) -> None:
        """`answer` takes a request's head; None: never any, b"": the connection is closed."""
        self.requests: list[bytes] = []
        self._answer = answer
        self._open: list[socket.socket] = []
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                self._open.append(connection)
                self._threads.append(threading.Thread(target=self._serve, args=(connection,), daemon=True))
                self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while head := connection.recv(65536):
                self.requests.append(head)
                body = VERSION if b"/version" in head.split(b"\r\n")[0] else self._answer(head)
                if body is None:
                    continue
                if not body:
                    connection.shutdown(socket.SHUT_RDWR)
                    return
                status = b"500 Error" if b"message" in body else b"200 OK"
                head = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\n" % status
                connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for connection in self._open:
            connection.close()


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Daemon]]:
    started: list[Daemon] = []

    def start(answer: Callable[[bytes], bytes | None]) -> Daemon:
        path = tmp_path / "docker.sock"
        monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
        started.append(Daemon(path, answer))
        return started[-1]

    yield start
    for daemon in started:
        daemon.close()


def _never(head: bytes) -> None:
    return None


def test_a_daemon_that_hangs_later_is_a_daemon_error(serve: Callable[..., Daemon]) -> None:
    serve(_never)
    engine = Engine(first_answer_s=5, call_s=1)
    try:
        told = pytest.raises(DaemonError, match=r"containers can't be listed: .*[Tt]imed? ?out")
        with told, engine_errors("containers can't be listed"):
            engine.client.containers.list()
    finally:
        engine.close()


def test_a_daemon_that_never_answered_is_not_available(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "docker.sock"
    monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        engine = Engine(first_answer_s=1)
        with pytest.raises(DaemonError):
            _ = engine.client
        found = engine.availability()
        assert not found.ok and "imed out" in found.reason and found.remedy


def test_a_daemon_that_is_not_there_is_a_daemon_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(DaemonError, match="No such file"):
        _ = Engine().client


@pytest.mark.parametrize("answer", [b"", b"no JSON", b'{"message": "no space left on device"}'])
def test_a_daemon_that_breaks_off_or_refuses_is_a_daemon_error(
    serve: Callable[..., Daemon], answer: bytes
) -> None:
    serve(lambda head: answer)
    engine = Engine()
    try:
        with pytest.raises(DaemonError) as caught, engine_errors("it can't be told"):
            engine.client.info()
        assert str(caught.value).startswith("it can't be told: ")
        assert b"message" not in answer or "no space left" in str(caught.value)
    finally:
        engine.close()


def test_only_so_many_calls_are_made_at_once(serve: Callable[..., Daemon]) -> None:
    free = threading.Event()
    waiting: list[bytes] = []
    all_there = threading.Semaphore(0)

    def answer(head: bytes) -> bytes:
        waiting.append(head)
        all_there.release()
        free.wait(30)
        return b"{}"

    serve(answer)
    engine = Engine()
    client = engine.client
    threads = [threading.Thread(target=client.info) for _ in range(CALLS_AT_ONCE + 3)]
    for thread in threads:
        thread.start()
    for _ in range(CALLS_AT_ONCE):
        assert all_there.acquire(timeout=30)
    assert not all_there.acquire(timeout=0.2)
    assert len(waiting) == CALLS_AT_ONCE
    free.set()
    for thread in threads:
        thread.join()
    assert len(waiting) == CALLS_AT_ONCE + 3
    engine.close()


def test_a_full_room_is_an_error_in_the_end(serve: Callable[..., Daemon]) -> None:
    serve(_never)
    engine = Engine(call_s=1)
    for _ in range(CALLS_AT_ONCE):
        engine._room.acquire()
    with pytest.raises(DaemonError, match="no call was answered for 1 s"), engine_errors("x"):
        engine.client.info()
    engine.close()


def test_podman_is_known_by_its_word(serve: Callable[..., Daemon], monkeypatch: pytest.MonkeyPatch) -> None:
    serve(_never)
    engine = Engine()
    assert not engine.is_podman()
    engine.close()
    monkeypatch.setitem(globals(), "VERSION", VERSION.replace(b'"Engine"', b'"Podman Engine"'))
    other = Engine()
    assert other.is_podman()
    other.close()


# --- with an engine ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def backend() -> Iterator[DockerBackend]:
    backend = DockerBackend(ahead=0)
    try:
        docker_backend_or_skip(backend)
        yield backend
    finally:
        backend.close()


@pytest.fixture(scope="module")
def environment(backend: DockerBackend) -> Environment:
    return backend.prepare(EnvironmentSpec())


@pytest.mark.docker
def test_a_container_that_vanished_or_ended_is_a_lost_sandbox(
    backend: DockerBackend, environment: Environment
) -> None:
    container = backend.client.containers.create(environment.id, **container_options(SMALL, {}))
    with pytest.raises(SandboxLost, match="is not running"), engine_errors("x"):
        container.exec_run(["true"])
    container.remove(force=True)
    with pytest.raises(SandboxLost, match="No such container"), engine_errors("x"):
        container.reload()


@pytest.mark.docker
def test_what_can_not_be_asked_is_no_fault_of_the_daemon(backend: DockerBackend) -> None:
    for ask in (
        lambda: backend.client.images.get("no-such-image:1"),
        lambda: backend.client.containers.create("no-such-image:1"),
        lambda: backend.client.containers.list(filters={"no such filter": "x"}),
    ):
        with pytest.raises(SandboxError) as caught, engine_errors("x"):
            ask()
        assert not isinstance(caught.value, (SandboxLost, DaemonError)), caught.value
