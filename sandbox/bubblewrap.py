"""Sandboxes by bubblewrap: namespaces without a daemon, as the user who runs strop."""

from __future__ import annotations

import contextlib
import functools
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from strop.errors import ConfigError, SandboxError
from strop.extension import (
    Availability,
    Environment,
    EnvironmentSpec,
    ExecResult,
    Limits,
    Outcome,
    SandboxSpec,
)
from strop.sandbox.bubblewrap_mounts import (
    ETC_NETWORK,
    SCRATCH,
    TEMP,
    WORK,
    fixed_arguments,
    help_text,
    probe_arguments,
    version,
)
from strop.sandbox.cgroups import clean_groups, swaps_beyond, ungrouped
from strop.sandbox.environment import base_python, folder_environment, run_setup, setup_access
from strop.sandbox.folder_watch import FolderWatch
from strop.sandbox.local import Confinement, LocalSandbox
from strop.sandbox.owner import clean_scratch, disk_root, remove_folder, scratch_folder
from strop.sandbox.seccomp import filter_program

__all__ = ["BubblewrapBackend"]

T = TypeVar("T")

SETUP_LIMITS = Limits(memory_bytes=1 << 50, pids=30_000, work_bytes=1 << 50)
INSTALL = 'install bubblewrap (Debian, Ubuntu: apt install bubblewrap), or use backend = "docker"'


class BubblewrapBackend:
    """Runs every command in namespaces of its own: no network, none of the user's files."""

    name = "bubblewrap"
    isolated = True

    def __init__(self, *, own_mounts: bool | None = None) -> None:
        """`own_mounts`: may strop make the mounts of read-only files itself? None: find out."""
        self._own_mounts = own_mounts

    def available(self) -> Availability:
        """Return whether bubblewrap is there and may make namespaces."""
        program = shutil.which("bwrap")
        if program is None:
            return Availability(False, "bwrap is not on the PATH", INSTALL)
        shown = base_python().parent.parent
        if Path(os.path.expanduser("~")).is_relative_to(shown):
            reason = f"its sandboxes would show {shown}, where {base_python()} is, and your files with it"
            return Availability(False, reason, "use a Python that is installed in a folder of its own")
        command = [program, *probe_arguments(program), "--", "/bin/true"]
        try:
            done = subprocess.run(command, capture_output=True, check=False, timeout=30)
        except (OSError, subprocess.TimeoutExpired) as error:
            return Availability(False, f"{program} can't be run: {error}", INSTALL)
        if done.returncode != 0:
            said = done.stderr.decode("utf-8", "replace").strip()
            remedy = "allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone, AppArmor)"
            return Availability(False, f"{program} can't make a sandbox: {said}", remedy)
        return Availability(True, f"{version(program)} at {program}")

    def prepare(self, spec: EnvironmentSpec) -> Environment:
        """Make a virtual environment and run the setup commands in it, or find it in the cache."""
        return folder_environment(self.name, spec, lambda folder, env: self._setup(folder, spec, env))

    def _setup(self, folder: Path, spec: EnvironmentSpec, env: dict[str, str]) -> None:
        access = setup_access()
        writable = ["--bind", str(folder), str(folder), "--share-net"]
        for name in ETC_NETWORK:
            writable += ["--ro-bind-try", os.path.realpath(f"/etc/{name}"), f"/etc/{name}"]
        if access.ca_bundle:
            writable += ["--ro-bind", os.path.realpath(access.ca_bundle), str(access.ca_bundle)]
        sandbox = _open(env, SETUP_LIMITS, writable, "", self._own_mounts)
        try:
            sandbox.put(spec.files)
            run_setup(sandbox, spec, access.variables(str(access.ca_bundle)))
        finally:
            sandbox.close()

    def start(self, spec: SandboxSpec) -> LocalSandbox:
        """Start a sandbox. Raises `ConfigError` for what only containers have, and `SandboxError`."""
        if spec.runtime:
            raise ConfigError(f"[sandbox] runtime = {spec.runtime!r}: only containers have one; use 'docker'")
        folder = spec.environment.location
        program = filter_program(profiling=spec.profiling)
        return _open(
            spec.environment.env, spec.limits, ["--ro-bind", folder, folder], program, self._own_mounts
        )

    def clean(self) -> int:
        """Remove the scratch folders and control groups of dead owners; returns how many."""
        return clean_scratch() + clean_groups()

    def unsupported(self) -> Mapping[str, str]:
        """Return what it can't contain on this machine: name -> reason; found out once a process."""
        program = shutil.which("bwrap")
        if program is None:
            return {}
        return dict(_gaps(program))


class BubblewrapSandbox(LocalSandbox):
    """A sandbox whose folders are watched: what writes more than its limits is killed."""

    def __init__(
        self,
        env: Mapping[str, str],
        limits: Limits,
        confine: Callable[[Path], Confinement],
        disk: Path | None,
    ) -> None:
        """`disk` is the scratch folder on a disk, removed with the sandbox."""
        self._disk = disk
        self._full: Path | None = None
        super().__init__(env, limits, confine)

    def exec(
        self,
        command: str | Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        output_bytes: int | None = None,
    ) -> ExecResult:
        """Run a command in `work`; see `strop.extension.Sandbox`."""
        result = super().exec(command, env=env, timeout_s=timeout_s, output_bytes=output_bytes)
        if self._full is None or result.ok:
            return result
        size = self._folder_limits()[self._full] >> 20
        note = f"\nstrop: killed: {self._full.name} held more than {size} MiB, or very many files\n"
        stderr = result.stderr + note.encode("utf-8")
        return replace(result, outcome=Outcome.OUTPUT_LIMIT, stderr=stderr)

    def close(self) -> None:
        """Kill what is left and remove the folders."""
        super().close()
        if self._disk is not None:
            remove_folder(self._disk)

    def _folder_limits(self) -> dict[Path, int]:
        size = self._limits.work_bytes
        limits = {self._folder / "work": size, self._folder / "tmp": size}
        if self._disk is not None:
            limits[self._disk] = self._limits.scratch_bytes
        return limits

    def _rlimits(self) -> dict[str, int]:
        largest = max(self._limits.work_bytes, self._limits.scratch_bytes)
        limits = {**super()._rlimits(), "RLIMIT_FSIZE": largest}
        if "pids" not in self._group.limited and not self._confinement.binds:
            # Without a user namespace of the command's own at the start, all that the user runs counts.
            limits["RLIMIT_NPROC"] = self._limits.pids + _tasks(os.geteuid())
        return limits

    def _ask(self, question: Callable[[], T]) -> T:
        with FolderWatch(self._folder_limits(), self._folder.name) as watch:
            try:
                return super()._ask(question)
            finally:
                self._full = watch.full


def _tasks(uid: int) -> int:
    """Return how many processes and threads a user has."""
    count = 0
    for name in os.listdir("/proc"):
        with contextlib.suppress(OSError):  # gone meanwhile
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid == uid:
                count += len(os.listdir(f"/proc/{name}/task"))
    return count


def _open(
    env: Mapping[str, str], limits: Limits, more: Sequence[str], seccomp: str, own_mounts: bool | None
) -> LocalSandbox:
    program = shutil.which("bwrap")
    if program is None:
        raise SandboxError(f"bwrap is not on the PATH; {INSTALL}")

    binds = _may_bind() if own_mounts is None else own_mounts
    disk = scratch_folder(disk_root()) if limits.scratch_bytes else None

    def confine(scratch: Path) -> Confinement:
        fixed = fixed_arguments(program, scratch, disk, limits.shm_bytes, more)

        def wrap(variables: Mapping[str, str]) -> dict[str, Any]:
            settings = [part for name, value in variables.items() if not name.startswith("LD_")
                        for part in ("--setenv", name, value)]  # fmt: skip
            return {"program": program, "arguments": [*fixed, "--clearenv", *settings]}

        return Confinement(WORK, TEMP, wrap, binds=binds, isolated=True, seccomp=seccomp)

    try:
        return BubblewrapSandbox({**env, "STROP_SCRATCH": SCRATCH} if disk else env, limits, confine, disk)
    except BaseException:
        if disk is not None:
            remove_folder(disk)
        raise


@functools.cache
def _may_bind() -> bool:
    """Return whether a program of ours may make namespaces; some systems allow that to bwrap alone."""
    probe = (
        "import ctypes, os, sys; libc = ctypes.CDLL(None); "
        "bad = libc.unshare(0x10020000); open('/proc/self/setgroups', 'w').write('deny'); "
        "sys.exit(bad != 0 or libc.mount(b'/tmp', b'/tmp', None, 4096, None) != 0 and 1)"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", probe], capture_output=True, check=False)
    return done.returncode == 0


@functools.cache
def _gaps(program: str) -> tuple[tuple[str, str], ...]:
    """Return (name, reason) of what can't be contained here; see `BubblewrapBackend.unsupported`."""
    gaps: dict[str, str] = {}
    missing, root = ungrouped(), os.geteuid() == 0
    how = "; as root, or started by `systemd-run --user --scope`, strop may make one on most systems"
    if "memory" in missing:
        each = "limited for each process alone, and files in /dev/shm beside it"
        gaps["memory"] = f"no writable memory cgroup: {each}{how}"
    if swaps_beyond():
        gaps["swap"] = "the kernel has no limits of swap: beyond its memory a candidate swaps"
    if "pids" in missing and root:
        gaps["processes"] = f"no writable pids cgroup, and the kernel's other limit exempts root{how}"
    if "cpu" in missing:
        gaps["CPUs"] = f"no writable cpu cgroup{how}"
    if root:
        gaps["unprivileged id on the host"] = (
            "strop runs as root, so that a candidate is root to the kernel, without any capability, and "
            "behind its own namespaces; run strop as another user"
        )
    name = version(program)
    if "--disable-userns" not in help_text(program):
        gaps["user namespaces"] = f"{name} can't forbid new ones to a candidate; version 0.8 can"
    if "--size" not in help_text(program):
        gaps["size of /dev/shm"] = f"{name} can't set it; newer versions can"
    if not filter_program():
        gaps["system calls"] = f"there is no filter for {platform.machine()} yet"
    try:
        disk_root()
    except SandboxError as error:
        gaps["scratch folder on a disk"] = str(error)
    return tuple(gaps.items())
