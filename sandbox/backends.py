"""The choice of a backend: by name, or the best one that works here and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from strop.errors import ConfigError, SandboxError
from strop.extension import Backend
from strop.sandbox.bubblewrap import BubblewrapBackend
from strop.sandbox.docker import DockerBackend
from strop.sandbox.process import ProcessBackend

__all__ = ["BackendName", "backends", "open_backend"]

BackendName = Literal["auto", "docker", "bubblewrap", "process"]

TOLERABLE = {
    "CPUs": "a candidate that takes more processors than the job says slows the machine, and nothing else",
    "swap": "a candidate over its memory slows the machine, until it has filled the swap; then it is killed",
    "size of /dev/shm": "its files count as memory, which is limited as a whole",
    "scratch folder on a disk": "a job that asks for one is refused when it starts",
    "unprivileged id on the host": "namespaces, the system call filter and no capability stand before it",
}
"""What `auto` takes a backend without: names in `Backend.unsupported` -> why nobody is hurt by that.

Any other gap lets a candidate reach files, the network or the kernel, or take the whole machine down.
"""


def backends() -> list[Backend]:
    """Return all backends, the most isolated first; whether one works, its `available` tells."""
    return [DockerBackend(), BubblewrapBackend(), ProcessBackend()]


def open_backend(
    name: BackendName,
    *,
    report: Callable[[str], None],
    image: bool = False,
    allow_unsupported: bool = False,
) -> Backend:
    """Return a backend that works on this machine, and report which one and why in a sentence.

    Args:
        name: "auto" takes docker if its engine answers and a base image is there or can be pulled,
            else bubblewrap, and neither with gaps that are not `TOLERABLE`; never "process", which
            isolates nothing and has to be asked for. A backend that is named is taken with its gaps.
        report: told the sentence.
        image: the job brings its own image or Dockerfile, so that no base is looked for.
        allow_unsupported: the job lets "auto" take a backend with any gap.

    Raises:
        ConfigError: the named backend does not work here, or none does; with the remedy.
        SandboxError: the engine stopped answering meanwhile.
    """
    if name == "auto":
        return _choose(report, image, allow_unsupported)
    known = {backend.name: backend for backend in backends()}
    if name not in known:
        raise ConfigError(f"[sandbox] backend: unknown {name!r}; allowed: auto, {', '.join(known)}")
    backend = known[name]
    found = backend.available()
    if not found.ok:
        raise ConfigError(f"[sandbox] backend = {name!r} can't be used: {found.reason}; {found.remedy}")
    report(f"sandbox: {name}, as asked for ({found.reason}){_gaps(backend)}")
    return backend


def _choose(report: Callable[[str], None], image: bool, allow: bool) -> Backend:
    docker, bubblewrap = DockerBackend(), BubblewrapBackend()
    engine = docker.available()
    problem = engine.reason if not engine.ok else "" if image else docker.base_problem()
    problem = problem or _harm(docker, allow)
    if not problem:
        report(
            "sandbox: docker, since its engine answers and an image is there "
            f"({engine.reason}){_gaps(docker)}"
        )
        return docker
    docker.close()
    if image:
        raise ConfigError(f"[sandbox] image: needs docker, which can't be used: {problem}; {engine.remedy}")
    second = bubblewrap.available()
    harm = _harm(bubblewrap, allow) if second.ok else ""
    if second.ok and not harm:
        found = f"{second.reason}), since docker can't be used: {problem}{_gaps(bubblewrap)}"
        report(f"sandbox: bubblewrap ({found}")
        return bubblewrap
    trust = (
        "or, if you trust the candidates that far, set [sandbox] allow_unsupported = true; " if harm else ""
    )
    raise ConfigError(
        f"[sandbox] backend: neither docker ({problem}) nor bubblewrap ({harm or second.reason}) can be "
        f"used. Remedy: {engine.remedy or 'see above'}, or {second.remedy or 'see above'}; {trust}"
        "or, without any isolation, set backend = 'process'"
    )


def _harm(backend: Backend, allow: bool) -> str:
    """Return why a backend's gaps forbid to take it unasked; empty where they don't."""
    try:
        gaps = {} if allow else backend.unsupported()
    except SandboxError as error:
        return str(error)
    return "; ".join(
        f"it can't contain {name} here: {reason}" for name, reason in gaps.items() if name not in TOLERABLE
    )


def _gaps(backend: Backend) -> str:
    """Return the end of a sentence on what an isolating backend does not contain here."""
    names = list(backend.unsupported()) if backend.isolated else []
    return f"; not contained here: {', '.join(names)}" if names else ""
