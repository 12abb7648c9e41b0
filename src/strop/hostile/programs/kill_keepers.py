"""Kills, stops and takes over every process that it can see, process 1 before all."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys

from attempt import ARGUMENTS, escaped, tell  # type: ignore[import-not-found]

PTRACE_ATTACH = 16
libc = ctypes.CDLL(None, use_errno=True)


def rights(pid: int) -> list[str]:
    """Return what a process may do, as the kernel says it."""
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
        names = ("Uid", "Gid", "Groups", "CapEff", "CapPrm", "CapBnd", "NoNewPrivs", "Seccomp")
        return [line.strip() for line in file if line.split(":")[0] in names]


others = [int(entry) for entry in os.listdir("/proc") if entry.isdigit() and int(entry) != os.getpid()]
tell("seen", len(others))
if len(others) > int(ARGUMENTS[0]):
    escaped("it sees more processes than a sandbox has")
    sys.exit()  # and spares them
for pid in others:
    before = rights(pid)
    if libc.ptrace(PTRACE_ATTACH, pid, None, None) == 0 and before != rights(os.getpid()):
        escaped(f"process {pid} can be taken over, which has other rights: {before}")
    for number in (signal.SIGSTOP, signal.SIGCONT, signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            continue
with contextlib.suppress(ProcessLookupError, PermissionError):
    os.kill(-1, signal.SIGKILL)
tell("still here", 1)
