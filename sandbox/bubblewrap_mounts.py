"""What bubblewrap is told: namespaces, and the few files of this machine that a sandbox shows."""

from __future__ import annotations

import functools
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from strop.sandbox.environment import base_python

__all__ = [
    "ETC_NETWORK",
    "SCRATCH",
    "TEMP",
    "WORK",
    "fixed_arguments",
    "help_text",
    "probe_arguments",
    "version",
]

WORK, TEMP, SCRATCH = "/work", "/tmp", "/scratch"
UID = "1000"

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

# Of /proc, where strop is root: what can be written by root without any capability, and what tells of
# the kernel's memory. Containers of the usual engines have the same, and the first list read-only too.
PROC_READ_ONLY = ("sys", "sysrq-trigger", "irq", "bus", "fs", "mtrr", "pressure")
PROC_HIDDEN = (
    "kcore",
    "keys",
    "kmsg",
    "kpagecgroup",
    "kpagecount",
    "kpageflags",
    "latency_stats",
    "pagetypeinfo",
    "sched_debug",
    "slabinfo",
    "timer_list",
    "vmallocinfo",
)

PASSWD = f"root:x:0:0::/:/bin/sh\nsandbox:x:{UID}:{UID}::{TEMP}/home:/bin/sh\n"
GROUP = f"root:x:0:\nsandbox:x:{UID}:\n"


def probe_arguments(program: str) -> list[str]:
    """Return what has to work for any sandbox to work."""
    return [*_namespaces(program), *_system(), *_proc()]


def fixed_arguments(
    program: str, scratch: Path, disk: Path | None, shm_bytes: int, more: Sequence[str]
) -> list[str]:
    """Return the arguments of every command of a sandbox.

    Args:
        program: bubblewrap.
        scratch: the sandbox's folder, with work/ and tmp/ in it.
        disk: its scratch folder on a disk, None: there is none.
        shm_bytes: size of /dev/shm.
        more: further mounts.
    """
    (scratch / "passwd").write_text(PASSWD, encoding="ascii")
    (scratch / "group").write_text(GROUP, encoding="ascii")
    flags = [*probe_arguments(program), *_shm(program, shm_bytes), *_python(), *_etc(scratch)]
    flags += ["--bind", str(scratch / "tmp"), TEMP, "--bind", str(scratch / "work"), WORK]
    flags += ["--bind", str(disk), SCRATCH] if disk else []
    flags += more  # late: an environment below /tmp would be hidden by what is mounted there
    # Last: nothing can be made in them any more, neither by the candidate nor by bubblewrap.
    return [*flags, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", WORK]


@functools.cache
def version(program: str) -> str:
    """Return name and version of a bubblewrap."""
    done = subprocess.run([program, "--version"], capture_output=True, check=False, text=True)
    return done.stdout.strip() or "bubblewrap"


def _namespaces(program: str) -> list[str]:
    flags = ["--unshare-all", "--unshare-user", "--uid", UID, "--gid", UID, "--hostname", "sandbox"]
    flags += ["--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    if "--disable-userns" in help_text(program):
        flags.append("--disable-userns")
    return flags


@functools.cache
def help_text(program: str) -> str:
    """Return what a bubblewrap says that it can do."""
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


def _proc() -> list[str]:
    """Return the mounts that keep root's candidates off the kernel's settings and memory.

    The files of /proc go by the user's number alone, and ours is the host's root then: without this,
    a candidate can have the kernel run any program as root (through kernel/core_pattern).
    """
    if os.geteuid() != 0:
        return []
    flags = []
    for name in PROC_READ_ONLY:
        if os.path.exists(f"/proc/{name}"):
            flags += ["--ro-bind", f"/proc/{name}", f"/proc/{name}"]
    for name in PROC_HIDDEN:
        if os.path.exists(f"/proc/{name}"):
            flags += ["--ro-bind", "/dev/null", f"/proc/{name}"]
    return flags


def _shm(program: str, size: int) -> list[str]:
    """Return the mount of /dev/shm; it would be a part of /dev, which becomes read-only."""
    sized = ["--perms", "1777", "--size", str(size)] if "--size" in help_text(program) else []
    return [*sized, "--tmpfs", "/dev/shm"]


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
