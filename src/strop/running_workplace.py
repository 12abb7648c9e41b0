"""A job's workplace: its snapshot, sandboxes and evaluator, made ready before anything is searched."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from strop.errors import ConfigError
from strop.events import Event, Listener, note, silent
from strop.extension import Backend, EnvironmentSpec, TreeFile
from strop.job import Job
from strop.sandbox.backends import open_backend
from strop.sandbox.evaluator import Evaluator
from strop.sandbox.stages import Stages
from strop.sandbox.workspace import Snapshot
from strop.study import Study

__all__ = [
    "Workplace",
    "backend_of",
    "build_workplace",
    "close_backend",
    "environment_spec",
    "open_workplace",
]


@dataclass(frozen=True)
class Workplace:
    """A job's snapshot, sandboxes and evaluator, ready to use."""

    job: Job
    snapshot: Snapshot
    backend: Backend
    stages: Stages
    evaluator: Evaluator


def open_workplace(study: Study, listener: Listener = silent) -> Workplace:
    """Return a study's workplace: its own snapshot (taken once), backend, environment, evaluator."""
    job = study.job
    backend = backend_of(job, listener)
    if (study.folder / "snapshot").is_dir():
        snapshot = Snapshot.load(study.folder, job.target)
    else:
        snapshot = Snapshot.take(study.root, study.folder, job.target)
    for text in snapshot.notes:
        note(listener, text)
    return build_workplace(job, snapshot, backend, study.folder / "trials", study.name, listener)


def backend_of(job: Job, listener: Listener = silent) -> Backend:
    """Return the backend that a job asks for, and tell which and why; raises `ConfigError`.

    What processes that died have left in it is removed.
    """
    settings = job.sandbox
    backend = open_backend(
        settings.backend,
        report=lambda text: note(listener, text),
        image=bool(settings.image or settings.dockerfile or settings.runtime),
        allow_unsupported=settings.allow_unsupported,
    )
    removed = backend.clean()
    if removed:
        note(listener, f"removed {removed} leftovers of stopped processes")
    return backend


def build_workplace(
    job: Job, snapshot: Snapshot, backend: Backend, folder: Path, label: str, listener: Listener = silent
) -> Workplace:
    """Return the workplace of a job over a snapshot; trials keep their logs in `folder`."""
    listener(Event("phase", {"name": "environment"}))
    environment = backend.prepare(environment_spec(job, snapshot))
    if environment.note:
        note(listener, f"environment: {environment.note}")
    stages = Stages(job, snapshot, backend, environment, label=label)
    evaluator = Evaluator(stages, folder=folder, seed=job.seed, listener=listener)
    return Workplace(job, snapshot, backend, stages, evaluator)


def environment_spec(job: Job, snapshot: Snapshot) -> EnvironmentSpec:
    """Return what a job's environment is made from; without setup commands it needs no files."""
    dockerfile = None
    if job.sandbox.dockerfile:
        if job.sandbox.dockerfile not in snapshot.paths:
            raise ConfigError(f"sandbox.dockerfile: {job.sandbox.dockerfile} is not in the repository")
        dockerfile = snapshot.read(job.sandbox.dockerfile).decode()
    files: dict[str, TreeFile] = {}
    if job.commands.setup:
        files = {path: TreeFile(snapshot.read(path)) for path in snapshot.paths}
    return EnvironmentSpec(
        image=job.sandbox.image or None,
        dockerfile=dockerfile,
        setup=job.commands.setup,
        files=files,
        env=job.commands.env,
    )


def close_backend(place: Workplace | None) -> None:
    """Let go of what a backend keeps ready: connections, containers made ahead."""
    close = getattr(place.backend, "close", None) if place else None
    if close is not None:
        close()
