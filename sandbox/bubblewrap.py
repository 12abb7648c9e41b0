"""Sandboxes by bubblewrap: namespaces without a daemon, as the user who runs strop."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from strop.errors import SandboxError
from strop.extension import Availability, Environment, EnvironmentSpec, Limits, SandboxSpec
from strop.sandbox.cgroups import clean_groups
from strop.sandbox.environment import base_python, folder_environment, run_setup, setup_access
from strop.sandbox.local import Confinement, LocalSandbox
from strop.sandbox.owner import clean_scratch
from strop.sandbox.seccomp import filter_program

__all__ = ["BubblewrapBackend"]

WORK, TEMP = "/work", "/tmp"
UID = "1000"
SETUP_LIMITS = Limits(memory_bytes=1 << 50, pids=30_000, work_bytes=1 << 50)
INSTALL = 'install bubblewrap (Debian, Ubuntu: apt install bubblewrap), or use backend = "docker"'

# What the loader, compilers and Java need of /etc; no other configuration, and no secrets.
ETC = ("alternatives", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "mime.types")
# And what reaching a package index needs, for setup commands only.
ETC_NETWORK = (
    "resolv.conf",
    "hosts",
    "nsswitch.conf",
    "gai.conf",
    "ssl/certs",
    "pki",
    "ca-certificates",
    "pip.conf",
)
PASSWD = f"root:x:0:0::/:/bin/sh\nsandbox:x:{UID}:{UID}::{TEMP}/home:/bin/sh\n"
GROUP = f"root:x:0:\nsandbox:x:{UID}:\n"


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
        command = [program, *_namespaces(program), *_system(), "--", "/bin/true"]
        try:
            done = subprocess.run(command, capture_output=True, check=False, timeout=30)
        except (OSError, subprocess.TimeoutExpired) as error:
            return Availability(False, f"{program} can't be run: {error}", INSTALL)
        if done.returncode != 0:
            said = done.stderr.decode("utf-8", "replace").strip()
            remedy = "allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone, AppArmor)"
            return Availability(False, f"{program} can't make a sandbox: {said}", remedy)
        return Availability(True, f"{_version(program)} at {program}")

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
        """Start a sandbox. Raises `SandboxError`."""
        folder = spec.environment.location
        program = filter_program(profiling=spec.profiling)
        return _open(
            spec.environment.env, spec.limits, ["--ro-bind", folder, folder], program, self._own_mounts
        )

    def clean(self) -> int:
        """Remove the scratch folders and control groups of dead owners; returns how many."""
        return clean_scratch() + clean_groups()


def _open(
    env: Mapping[str, str], limits: Limits, more: Sequence[str], seccomp: str, own_mounts: bool | None
) -> LocalSandbox:
    program = shutil.which("bwrap")
    if program is None:
        raise SandboxError(f"bwrap is not on the PATH; {INSTALL}")

    binds = _may_bind() if own_mounts is None else own_mounts

    def confine(scratch: Path) -> Confinement:
        (scratch / "passwd").write_text(PASSWD, encoding="ascii")
        (scratch / "group").write_text(GROUP, encoding="ascii")
        fixed = [*_namespaces(program), *_system(), *_python(), *_etc(scratch)]
        fixed += [
            "--bind",
            str(scratch / "tmp"),
            TEMP,
            "--bind",
            str(scratch / "work"),
            WORK,
            "--chdir",
            WORK,
        ]
        fixed += more  # last: an environment below /tmp would be hidden by what is mounted there

        def wrap(variables: Mapping[str, str]) -> dict[str, Any]:
            settings = [part for name, value in variables.items() if not name.startswith("LD_")
                        for part in ("--setenv", name, value)]  # fmt: skip
            return {"program": program, "arguments": [*fixed, "--clearenv", *settings]}

        return Confinement(WORK, TEMP, wrap, binds=binds, isolated=True, seccomp=seccomp)

    return LocalSandbox(env, limits, confine)


@functools.cache
def _version(program: str) -> str:
    done = subprocess.run([program, "--version"], capture_output=True, check=False, text=True)
    return done.stdout.strip() or "bubblewrap"


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


def _namespaces(program: str) -> list[str]:
    flags = ["--unshare-all", "--unshare-user", "--uid", UID, "--gid", UID, "--hostname", "sandbox"]
    flags += ["--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    if "--disable-userns" in _help(program):
        flags.append("--disable-userns")
    return flags


@functools.cache
def _help(program: str) -> str:
    return subprocess.run([program, "--help"], capture_output=True, check=False, text=True).stdout


@functools.cache
def _system() -> tuple[str, ...]:
    """Return the mounts of programs and libraries, as this machine lays them out."""
    flags = ["--ro-bind", "/usr", "/usr", "--proc", "/proc", "--dev", "/dev"]
    for name in ("/bin", "/sbin", "/lib", "/lib32", "/lib64"):
        if os.path.islink(name):
            flags += ["--symlink", os.readlink(name), name]
        else:
            flags += ["--ro-bind-try", name, name]
    return tuple(flags)


def _python() -> list[str]:
    """Return the mount of the interpreter's installation, where that is not among the system's."""
    home = base_python().parent.parent
    return [] if home == Path("/usr") else ["--ro-bind", str(home), str(home)]


def _etc(scratch: Path) -> list[str]:
    flags = [
        "--ro-bind",
        str(scratch / "passwd"),
        "/etc/passwd",
        "--ro-bind",
        str(scratch / "group"),
        "/etc/group",
    ]
    for name in (*ETC, *(folder.name for folder in Path("/etc").glob("java*"))):
        flags += ["--ro-bind-try", os.path.realpath(f"/etc/{name}"), f"/etc/{name}"]
    return flags
