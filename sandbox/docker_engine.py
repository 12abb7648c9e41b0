"""The connection to a Docker engine: one client, its errors as ours, attached commands."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from strop.errors import SandboxError
from strop.extension import Availability

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

__all__ = ["Engine", "engine_errors"]

HTTP_TIMEOUT_S = 120
REMEDY = "start Docker, or let DOCKER_HOST name an engine that you may use"


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

                with engine_errors("no Docker engine"):
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
            return Availability(False, f"the engine runs {version.get('Os')} containers", "switch it to Linux")
        where = self.client.api.base_url
        return Availability(True, f"Docker {version.get('Version')} at {where}")

    def attach(self, container: Container, command: Sequence[str], user: str = "0:0") -> socket.socket:
        """Start a command in a container; returns the connection to its streams. Raises `SandboxError`."""
        with engine_errors("the runner can't be started"):
            made = self.client.api.exec_create(
                container.id, list(command), stdin=True, stdout=True, stderr=True, tty=False, user=user,
                workdir="/",
            )  # fmt: skip
            stream = self.client.api.exec_start(made["Id"], socket=True)
        # A plain HTTP connection comes wrapped for reading only; an encrypted one is a socket as it is.
        connection: socket.socket = getattr(stream, "_sock", stream)
        if connection is not stream:
            # The wrapper would close the connection when it is collected.
            connection = connection.dup()
            response = getattr(stream, "_response", None)
            stream.close()
            if response is not None:
                response.close()
        return connection


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
