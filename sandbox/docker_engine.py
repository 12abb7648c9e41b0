"""The connection to a Docker engine: one client, its errors as ours, attached commands."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from strop.errors import SandboxError
from strop.extension import Availability

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

__all__ = ["Attached", "Engine", "engine_errors"]

HTTP_TIMEOUT_S = 120
REMEDY = "start Docker, or let DOCKER_HOST name an engine that you may use"


class Attached(NamedTuple):
    """A started command and the connection to its streams."""

    id: str
    connection: socket.socket
    close: Callable[[], None]


class Engine:
    """A lazily connected client, shared by the sandboxes of a backend."""

    def __init__(self) -> None:
        """Connects when first used."""
        self._client: DockerClient | None = None
        self._lock = threading.Lock()

    @property
    def client(self) -> DockerClient:
        """The client. Raises `SandboxError`."""
        with self._lock:
            if self._client is None:
                import docker

                with engine_errors("the engine can't be reached"):
                    _try_socket(os.environ.get("DOCKER_HOST", ""))
                    self._client = docker.from_env(timeout=HTTP_TIMEOUT_S)
            return self._client

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
            if self._client is not None:
                self._client.close()
                self._client = None

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


def _try_socket(address: str) -> None:
    """Raise `OSError` where nobody listens: docker-py leaves its socket open then (7.2)."""
    if address.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(address.removeprefix("unix://"))
            except OSError as error:
                raise OSError(f"{address}: {error.strerror}") from None


@contextmanager
def engine_errors(what: str) -> Iterator[None]:
    """Turn the errors of the engine and of the way to it into `SandboxError`."""
    import requests
    from docker.errors import DockerException

    try:
        yield
    except DockerException as error:
        raise SandboxError(f"{what}: {getattr(error, 'explanation', None) or error}") from error
    except (requests.exceptions.RequestException, OSError) as error:
        raise SandboxError(f"{what}: {error}") from error
