"""Sandboxes that are plain processes: limits and clean-up, and no isolation at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from strop.extension import Availability, Environment, EnvironmentSpec, Limits, SandboxSpec
from strop.sandbox.cgroups import clean_groups
from strop.sandbox.environment import folder_environment, run_setup, setup_access
from strop.sandbox.local import Confinement, LocalSandbox
from strop.sandbox.owner import clean_scratch

__all__ = ["ProcessBackend"]

SETUP_LIMITS = Limits(memory_bytes=1 << 50, pids=30_000, work_bytes=1 << 50)


class ProcessBackend:
    """Runs commands as the user, with the user's files and network within their reach."""

    name = "process"
    isolated = False

    def available(self) -> Availability:
        """Return that it works: it needs nothing."""
        return Availability(True, "plain processes; candidates can reach your files and the network")

    def prepare(self, spec: EnvironmentSpec) -> Environment:
        """Make a virtual environment and run the setup commands in it, or find it in the cache."""
        return folder_environment(self.name, spec, lambda folder, env: self._setup(spec, env))

    def _setup(self, spec: EnvironmentSpec, env: dict[str, str]) -> None:
        access = setup_access()
        sandbox = LocalSandbox(env, SETUP_LIMITS, _confine)
        try:
            sandbox.put(spec.files)
            run_setup(sandbox, spec, access.variables(str(access.ca_bundle)))
        finally:
            sandbox.close()

    def start(self, spec: SandboxSpec) -> LocalSandbox:
        """Start a sandbox. Raises `SandboxError`."""
        return LocalSandbox(spec.environment.env, spec.limits, _confine)

    def clean(self) -> int:
        """Remove the scratch folders and control groups of dead owners; returns how many."""
        return clean_scratch() + clean_groups()

    def unsupported(self) -> Mapping[str, str]:
        """Return that it contains nothing."""
        return {"isolation": "plain processes reach your files, your network and one another"}


def _confine(folder: Path) -> Confinement:
    return Confinement(work=str(folder / "work"), temp=str(folder / "tmp"))
