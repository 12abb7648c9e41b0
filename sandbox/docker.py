"""Sandboxes that are single-use, hardened Docker containers."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from strop.errors import ConfigError, SandboxError
from strop.extension import Availability, Environment, EnvironmentSpec, Sandbox, SandboxSpec
from strop.sandbox.docker_attest import attest
from strop.sandbox.docker_container import SCRATCH, container_options, is_leftover, remove
from strop.sandbox.docker_engine import Engine, engine_errors
from strop.sandbox.docker_images import base_problem, prepare, python_of
from strop.sandbox.docker_plain import PlainSandbox
from strop.sandbox.docker_pool import Pool
from strop.sandbox.docker_sandbox import DockerSandbox
from strop.sandbox.docker_scratch import SCRATCH_VARIABLE, ScratchSandbox, ScratchWatch
from strop.sandbox.owner import scratch_root
from strop.sandbox.seccomp import container_profile, filter_program

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

__all__ = ["DockerBackend"]

# What an engine says it can't limit, and what then isn't contained.
LIMITS = {
    "MemoryLimit": ("memory", "its kernel gives it no memory limits"),
    "SwapLimit": ("swap", "its kernel gives it no limits of swap: beyond its memory a container swaps"),
    "PidsLimit": ("processes", "its kernel gives it no limits of processes"),
    "CpuCfsQuota": ("CPUs", "its kernel gives it no CPU quotas"),
}


OWN_KERNEL_RUNTIMES = ("", "runc", "crun")
"""Runtimes whose processes are this kernel's; others bring one of their own."""


class DockerBackend:
    """Runs commands in containers of the engine that the user's Docker settings name."""

    name = "docker"
    isolated = True

    def __init__(self, *, ahead: int = 2) -> None:
        """Connects when first used. `ahead`: most containers made ahead of each kind, 0 for none."""
        self._engine = Engine()
        self._pool = Pool(self._make, ahead=ahead)

    def available(self) -> Availability:
        """Return whether an engine answers."""
        return self._engine.availability()

    def unsupported(self) -> Mapping[str, str]:
        """Return what this engine can't contain; see `strop.extension.Backend`. Raises `SandboxError`."""
        with engine_errors("the engine does not tell what it can limit"):
            info: dict[str, Any] = self._engine.client.info()
        gaps = dict(LIMITS[key] for key in LIMITS if info.get(key) is False)
        if not any("seccomp" in str(option) for option in info.get("SecurityOptions") or ()):
            gaps["system calls"] = "it has no seccomp: images without Python run with every system call"
        return gaps

    def prepare(self, spec: EnvironmentSpec) -> Environment:
        """Make the job's image, or find the one of the same recipe."""
        return prepare(self._engine, spec)

    @property
    def client(self) -> DockerClient:
        """The engine's client, connected. Raises `SandboxError`."""
        return self._engine.client

    def close(self) -> None:
        """Remove what was made ahead, and close the connections to the engine."""
        self._pool.close()
        self._engine.close()

    def base_problem(self) -> str:
        """Return why jobs without an image of their own can't be run here, empty where they can."""
        return base_problem(self._engine)

    def start(self, spec: SandboxSpec) -> Sandbox:
        """Start a container, or take one that was made ahead and never used.

        Raises:
            ConfigError: the engine has no such runtime; a scratch folder needs Python in the image.
            SandboxError: the engine is at fault.
        """
        return self._pool.take(spec)

    def _make(self, spec: SandboxSpec) -> Sandbox:
        options = container_options(
            spec.limits, spec.labels, runtime=spec.runtime, seccomp=self._profile(spec.profiling)
        )
        container, python = self._create(spec, options)
        try:
            with engine_errors("the container can't be started"):
                container.start()
            return self._sandbox(spec, container, python)
        except BaseException:
            remove(container)
            raise

    def _create(self, spec: SandboxSpec, options: Mapping[str, Any]) -> tuple[Container, str]:
        """Create a container and prove that it is what was asked for; returns its interpreter, too."""
        try:
            with engine_errors(f"{spec.environment.location}: the container can't be made"):
                image = self._engine.client.images.get(spec.environment.id)
                container = self._engine.client.containers.create(spec.environment.id, **options)
        except SandboxError:
            self._check_runtime(spec.runtime)
            raise
        try:
            with engine_errors("the container can't be inspected"):
                container.reload()
            attest(
                container.attrs,
                options,
                image=str(image.id),
                image_env=image.attrs["Config"].get("Env") or (),
                podman=self._engine.is_podman(),
            )
        except BaseException:
            remove(container)
            raise
        return container, python_of(image)

    def _sandbox(self, spec: SandboxSpec, container: Container, python: str) -> Sandbox:
        limits, env = spec.limits, spec.environment.env
        if not python:
            if limits.scratch_bytes:
                raise ConfigError(
                    "[sandbox] scratch_mb: the image needs Python 3.8 or newer, to watch its size"
                )
            return PlainSandbox(self._engine, container, env, limits)
        if limits.scratch_bytes:
            env = {**env, SCRATCH_VARIABLE: SCRATCH}
        program = filter_program(profiling=spec.profiling)
        here = spec.runtime in OWN_KERNEL_RUNTIMES and self._engine.is_here()
        sandbox = DockerSandbox(
            self._engine, container, env, limits, python=python, seccomp=program, here=here
        )
        if not limits.scratch_bytes:
            return sandbox
        return ScratchSandbox(sandbox, ScratchWatch(self._engine, container, python, limits.scratch_bytes))

    def _profile(self, profiling: str) -> str:
        """Return the profile as the engine takes it: its text, or for Podman the path of a file."""
        text = container_profile(profiling=profiling)
        if not self._engine.is_podman():
            return text
        # Read by Podman before `create` returns; named by its content, in a folder of this user alone.
        file = scratch_root() / f"seccomp-{hashlib.sha256(text.encode('utf-8')).hexdigest()[:16]}.json"
        if not file.exists():
            part = file.with_suffix(f".{os.getpid()}")
            part.write_text(text, encoding="utf-8")
            part.replace(file)
        return str(file)

    def _check_runtime(self, name: str) -> None:
        """Raise `ConfigError` where the engine has no such runtime."""
        if not name:
            return
        with engine_errors("the engine does not tell its runtimes"):
            known = sorted(self._engine.client.info().get("Runtimes") or ())
        if name not in known:
            raise ConfigError(
                f"[sandbox] runtime = {name!r}: the engine has no such runtime; `docker info` lists "
                f"{', '.join(known) or 'none'}. Install it and name it in the engine's daemon.json, or leave "
                "runtime out"
            )

    def clean(self) -> int:
        """Remove containers and volumes whose owner is dead, or whose time is up; returns how many."""
        removed = 0
        with engine_errors("containers can't be listed"):
            found = self._engine.client.containers.list(
                all=True, filters={"label": "strop.owner"}, ignore_removed=True
            )
        for container in found:
            if is_leftover(container.labels, running=container.status == "running"):
                remove(container)
                removed += 1
        with engine_errors("volumes can't be listed"):
            volumes = self._engine.client.volumes.list(filters={"label": "strop.owner", "dangling": True})
        for volume in volumes:
            # Of another machine they may be about to be used, so only their time counts.
            if is_leftover(volume.attrs.get("Labels") or {}, running=True):
                with engine_errors("a volume can't be removed"):
                    volume.remove(force=True)
                removed += 1
        return removed
