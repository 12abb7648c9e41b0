"""The choice of a backend: by name, or the best one that works here and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from strop.errors import ConfigError
from strop.extension import Backend
from strop.sandbox.bubblewrap import BubblewrapBackend
from strop.sandbox.docker import DockerBackend
from strop.sandbox.process import ProcessBackend

__all__ = ["BackendName", "backends", "open_backend"]

BackendName = Literal["auto", "docker", "bubblewrap", "process"]


def backends() -> list[Backend]:
    """Return all backends, the most isolated first; whether one works, its `available` tells."""
    return [DockerBackend(), BubblewrapBackend(), ProcessBackend()]


def open_backend(name: BackendName, *, report: Callable[[str], None], image: bool = False) -> Backend:
    """Return a backend that works on this machine, and report which one and why in a sentence.

    Args:
        name: "auto" takes docker if its engine answers and a base image is there or can be pulled,
            else bubblewrap; never "process", which isolates nothing and has to be asked for.
        report: told the sentence.
        image: the job brings its own image or Dockerfile, so that no base is looked for.

    Raises:
        ConfigError: the named backend, or none, works here; with the remedy.
    """
    if name == "auto":
        return _choose(report, image)
    known = {backend.name: backend for backend in backends()}
    if name not in known:
        raise ConfigError(f"[sandbox] backend: unknown {name!r}; allowed: auto, {', '.join(known)}")
    backend = known[name]
    found = backend.available()
    if not found.ok:
        raise ConfigError(f"[sandbox] backend = {name!r} can't be used: {found.reason}; {found.remedy}")
    report(f"sandbox: {name}, as asked for ({found.reason})")
    return backend


def _choose(report: Callable[[str], None], image: bool) -> Backend:
    docker, bubblewrap = DockerBackend(), BubblewrapBackend()
    engine = docker.available()
    problem = engine.reason if not engine.ok else "" if image else docker.base_problem()
    if not problem:
        report(f"sandbox: docker, since its engine answers and an image is there ({engine.reason})")
        return docker
    docker.close()
    second = bubblewrap.available()
    if second.ok and not image:
        report(f"sandbox: bubblewrap ({second.reason}), since docker can't be used: {problem}")
        return bubblewrap
    if image:
        raise ConfigError(f"[sandbox] image: needs docker, which can't be used: {problem}; {engine.remedy}")
    raise ConfigError(
        f"[sandbox] backend: neither docker ({problem}) nor bubblewrap ({second.reason}) can be used. "
        f"Remedy: {engine.remedy or 'see above'}, or {second.remedy}; or, without any isolation, "
        "set backend = 'process'"
    )
