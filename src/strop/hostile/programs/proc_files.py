"""Reads and writes what the kernel shows in /proc and /sys: other processes, memory, switches."""

from __future__ import annotations

import os

from attempt import attempt, escaped, try_read  # type: ignore[import-not-found]


def open_for_writing(path: str) -> None:
    """Open a switch of the kernel, and leave it as it is."""
    os.close(os.open(path, os.O_WRONLY))


for path in (
    "/proc/sysrq-trigger",
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/vm/drop_caches",
    "/proc/sys/kernel/hostname",
    "/sys/kernel/uevent_helper",
    "/sys/power/state",
    "/proc/sys/fs/binfmt_misc/register",
    "/sys/fs/cgroup/release_agent",
    "/dev/mem",
    "/dev/kmsg",
):
    attempt(f"{path} opened for writing", lambda p=path: open_for_writing(p))
for path in (
    "/proc/kcore",
    "/dev/mem",
    "/dev/kmsg",
    "/proc/kmsg",
    "/dev/sda",
    "/dev/vda",
    "/dev/nvme0n1",
    "/proc/timer_list",
    "/proc/sched_debug",
    "/sys/kernel/security/apparmor/profiles",
):
    if try_read(path, 64):
        escaped(f"{path} can be read")
for entry in try_read("/proc/1/environ").split(b"\0"):
    name = entry.decode("utf-8", "replace").partition("=")[0]
    if name and name not in os.environ:
        escaped(f"process 1 has a variable that it was not given: {name}")
try:
    theirs, own = os.stat("/proc/1/root"), os.stat("/")
    if (theirs.st_dev, theirs.st_ino) != (own.st_dev, own.st_ino):
        escaped("process 1 has another root, and it can be entered")
except OSError:
    print("refused: the root of process 1")
attempt("devices made", lambda: os.mknod("disk", 0o600 | 0o060000, os.makedev(8, 0)))
