"""Sandboxes that are single-use, hardened Docker containers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from strop.extension import Availability, Environment, EnvironmentSpec, Sandbox, SandboxSpec
from strop.sandbox.docker_container import attest, container_options, remove
from strop.sandbox.docker_engine import Engine, engine_errors
from strop.sandbox.docker_images import base_problem, prepare, python_of
from strop.sandbox.docker_plain import PlainSandbox
from strop.sandbox.docker_sandbox import DockerSandbox
from strop.sandbox.owner import Owner
from strop.sandbox.seccomp import filter_program

if TYPE_CHECKING:
    from docker import DockerClient

__all__ = ["DockerBackend"]


class DockerBackend:
    """Runs commands in containers of the engine that the user's Docker settings name."""

    name = "docker"
    isolated = True

    def __init__(self) -> None:
        """Connects when first used."""
        self._engine = Engine()

    def available(self) -> Availability:
        """Return whether an engine answers."""
        return self._engine.availability()

    def prepare(self, spec: EnvironmentSpec) -> Environment:
        """Make the job's image, or find the one of the same recipe."""
        return prepare(self._engine, spec)

    @property
    def client(self) -> DockerClient:
        """The engine's client, connected. Raises `SandboxError`."""
        return self._engine.client

    def close(self) -> None:
        """Close the connections to the engine."""
        self._engine.close()

    def base_problem(self) -> str:
        """Return why jobs without an image of their own can't be run here, empty where they can."""
        return base_problem(self._engine)

    def start(self, spec: SandboxSpec) -> Sandbox:
        """Start a container. Raises `SandboxError`."""
        image = spec.environment.id
        options = container_options(spec.limits, spec.labels)
        with engine_errors(f"{spec.environment.location}: the container can't be started"):
            python = python_of(self._engine.client.images.get(image))
            container = self._engine.client.containers.create(image, **options)
        try:
            with engine_errors("the container can't be started"):
                container.reload()
                attest(container.attrs, options)
                container.start()
            if not python:
                return PlainSandbox(self._engine, container, spec.environment.env, spec.limits)
            return DockerSandbox(
                self._engine,
                container,
                spec.environment.env,
                spec.limits,
                python=python,
                seccomp=filter_program(profiling=spec.profiling),
            )
        except BaseException:
            remove(container)
            raise

    def clean(self) -> int:
        """Remove containers whose owner is dead, or that have expired; returns how many."""
        removed = 0
        with engine_errors("containers can't be listed"):
            found = self._engine.client.containers.list(
                all=True, filters={"label": "strop.owner"}, ignore_removed=True
            )
        for container in found:
            owner = Owner.parse(container.labels.get("strop.owner", ""))
            expired = float(container.labels.get("strop.expires", "0")) < time.time()
            here = owner is not None and owner.boot == Owner.current().boot
            # One of another boot may belong to another machine that uses the same engine.
            dead = owner is not None and not owner.alive and (here or container.status != "running")
            if expired or dead:
                remove(container)
                removed += 1
        return removed
