"""The connection to a Docker engine: its clients, its errors as ours, attached commands.

Every call has a deadline, so that an engine that hangs is an error and no wait without end, and only
so many calls are made at once: beyond that engines get no faster (measured on two CPUs: 2.0 containers a
second for four callers, and for eight), and storms of calls have hung them.
"""

from __future__ import annotations

import os
import platform
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from strop.errors import DaemonError, SandboxError, SandboxLost
from strop.extension import Availability

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

__all__ = ["CONFLICT", "Attached", "Engine", "engine_errors"]

FIRST_ANSWER_S = 10  # of an engine that nothing is asked of yet but its version
CALL_S = 60  # between two pieces of an answer; usual ones come within a second
PATIENT_S = 1800  # the same for what takes long inside the engine: pull, build, commit
USUAL = "unix:///var/run/docker.sock"  # where docker-py looks without DOCKER_HOST
CALLS_AT_ONCE = max(4, 2 * (os.cpu_count() or 1))
CONFLICT = 409  # the engine's word for a container that is in another state, e.g. has ended
REMEDY = "start Docker, or let DOCKER_HOST name an engine that you may use"


class Attached(NamedTuple):
    """A started command and the connection to its streams."""

    id: str
    connection: socket.socket
    close: Callable[[], None]


class Engine:
    """Lazily connected clients, shared by the sandboxes of a backend."""

    def __init__(self, *, first_answer_s: int = FIRST_ANSWER_S, call_s: int = CALL_S) -> None:
        """Connects when first used."""
        self._first_answer_s, self._call_s = first_answer_s, call_s
        self._client: DockerClient | None = None
        self._patient: DockerClient | None = None
        self._podman: bool | None = None
        self._here: bool | None = None
        self._lock = threading.Lock()
        self._room = threading.BoundedSemaphore(CALLS_AT_ONCE)

    @property
    def client(self) -> DockerClient:
        """The client. Raises `SandboxError`."""
        with self._lock:
            if self._client is None:
                self._client = self._connect(self._call_s)
            return self._client

    @property
    def patient(self) -> DockerClient:
        """The client for what takes long: pull, build, commit. Raises `SandboxError`."""
        with self._lock:
            if self._patient is None:
                self._patient = self._connect(PATIENT_S)
            return self._patient

    def _connect(self, call_s: int) -> DockerClient:
        import docker

        with engine_errors("the engine can't be reached"):
            _try_socket(os.environ.get("DOCKER_HOST") or USUAL, self._first_answer_s)
            client = docker.from_env(timeout=self._first_answer_s)  # asks for the version
        client.api.timeout = call_s
        if _is_local(os.environ.get("DOCKER_HOST", "")):
            # A local socket has no proxy; looking for one reads the environment at every request,
            # which another thread may be changing.
            client.api.trust_env = False
        for adapter in client.api.adapters.values():
            _bound(adapter, self._room, call_s)
        return client

    def is_podman(self) -> bool:
        """Return whether Podman answers in Docker's place. Raises `SandboxError`."""
        if self._podman is None:
            with engine_errors("the engine does not tell its version"):
                parts = self.client.version().get("Components") or ()
            self._podman = any("podman" in str(part.get("Name", "")).lower() for part in parts)
        return self._podman

    def is_here(self) -> bool:
        """Return whether containers run under this kernel, and so on these CPUs. Raises `SandboxError`.

        Some engines are behind a local socket, and in a virtual machine.
        """
        if self._here is None:
            with engine_errors("the engine does not tell its kernel"):
                kernel = self.client.info().get("KernelVersion")
            self._here = _is_local(os.environ.get("DOCKER_HOST", "")) and kernel == platform.release()
        return self._here

    def availability(self) -> Availability:
        """Return whether an engine answers; never raises for one that does not."""
        try:
            with engine_errors("the engine does not answer"):
                version: dict[str, Any] = self.client.version()
        except SandboxError as error:
            return Availability(False, f"no Docker engine: {error}", REMEDY)
        if version.get("Os") != "linux":
            return Availability(
                False, f"the engine runs {version.get('Os')} containers", "switch it to Linux"
            )
        # The client's address of a local socket is a made-up one; the user's own words say more.
        address = os.environ.get("DOCKER_HOST") or str(self.client.api.base_url)
        where = "the local socket" if address.startswith("http+docker://local") else address
        return Availability(True, f"Docker {version.get('Version')} at {where}")

    def close(self) -> None:
        """Close the idle connections; the next use opens new ones."""
        with self._lock:
            for client in (self._client, self._patient):
                if client is not None:
                    client.close()
            self._client = self._patient = None

    def attach(
        self,
        container: Container,
        command: Sequence[str],
        *,
        user: str = "0:0",
        env: Mapping[str, str] | None = None,
        workdir: str = "/",
    ) -> Attached:
        """Start a command in a container and connect to its streams.

        Raises `SandboxError`.
        """
        with engine_errors("a command can't be started"):
            made = self.client.api.exec_create(
                container.id, list(command), stdin=True, stdout=True, stderr=True, tty=False, user=user,
                workdir=workdir, environment=dict(env or {}),
            )  # fmt: skip
            stream: Any = self.client.api.exec_start(made["Id"], socket=True)
        # A plain connection comes wrapped for reading only; an encrypted one is a socket as it is.
        connection: socket.socket = getattr(stream, "_sock", stream)
        response = getattr(stream, "_response", None)

        def let_go() -> None:
            connection.close()
            if response is not None:
                response.close()

        return Attached(str(made["Id"]), connection, let_go)


def _is_local(address: str) -> bool:
    return not address.startswith(("tcp:", "http:", "https:", "ssh:"))


def _try_socket(address: str, timeout_s: float) -> None:
    """Raise `OSError` where nobody listens: docker-py leaves its socket open then (7.2)."""
    if address.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(timeout_s)
            try:
                probe.connect(address.removeprefix("unix://"))
            except OSError as error:
                raise OSError(f"{address}: {error.strerror or error}") from None


def _bound(adapter: Any, room: threading.BoundedSemaphore, timeout_s: float) -> None:
    """Let an adapter of a client send only while there is room, until an answer's head has come."""
    import requests

    send = adapter.send

    def send_in_turn(*arguments: Any, **options: Any) -> Any:
        if not room.acquire(timeout=timeout_s):
            raise requests.exceptions.Timeout(f"no call was answered for {timeout_s:g} s")
        try:
            return send(*arguments, **options)
        finally:
            room.release()

    adapter.send = send_in_turn


@contextmanager
def engine_errors(what: str) -> Iterator[None]:
    """Turn the errors of the engine and of the way to it into ours.

    Raises:
        SandboxLost: a container that was there is gone, or no longer runs.
        DaemonError: the engine refused for reasons of its own, or did not answer in time.
        SandboxError: it refused what it was asked for; asking again won't help.
    """
    import requests
    from docker.errors import APIError, DockerException, ImageNotFound, NotFound
    from urllib3.exceptions import HTTPError

    try:
        yield
    except APIError as error:
        text = f"{what}: {error.explanation or error}"
        if isinstance(error, NotFound) and not isinstance(error, ImageNotFound):
            raise SandboxLost(text) from error
        if error.status_code == CONFLICT and "is not running" in text:
            raise SandboxLost(text) from error
        if error.is_server_error():
            raise DaemonError(text) from error
        raise SandboxError(text) from error
    except DockerException as error:
        raise DaemonError(f"{what}: {error}") from error
    except (requests.exceptions.RequestException, HTTPError, OSError) as error:
        raise DaemonError(f"{what}: {error}") from error
