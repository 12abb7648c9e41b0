"""Tries to become somebody: root, a capability, a namespace of its own, a mount."""

from __future__ import annotations

import ctypes
import os
import stat
import subprocess
import time

from attempt import attempt, tell  # type: ignore[import-not-found]

libc = ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: object) -> None:
    """Call a function of the C library; raises `OSError` where it fails."""
    if getattr(libc, name)(*arguments) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def mount() -> None:
    """Mount a folder over /mnt, and take it away again; raises `OSError` where that is refused."""
    call("mount", b"none", b"/mnt", b"tmpfs", 0, None)
    call("umount", b"/mnt")


for name, flag in (
    ("user", 0x10000000),
    ("mount", 0x20000),
    ("network", 0x40000000),
    ("process", 0x20000000),
):
    attempt(f"a {name} namespace of its own", lambda f=flag: call("unshare", f))
attempt("user 0", lambda: os.setuid(0))
attempt("group 0", lambda: os.setgid(0))
attempt("more groups", lambda: os.setgroups([0]))
attempt("a mount", mount)
attempt("another root", lambda: os.chroot("/tmp"))
attempt("a higher limit", lambda: __import__("resource").setrlimit(7, (1 << 20, 1 << 20)))
attempt("a real-time scheduler", lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50)))
attempt("a better priority", lambda: os.setpriority(os.PRIO_PROCESS, 0, -10))
attempt("another time", lambda: time.clock_settime(time.CLOCK_REALTIME, time.time()))


def by_suid() -> None:
    """Run copies and originals of programs with the set-user-id bit; raises where none gives user 0."""
    with open("/bin/sh", "rb") as shell, open("shell", "wb") as copy:
        copy.write(shell.read())
    os.chmod("shell", 0o6755)
    tell("set-user-id bits", bool(os.stat("shell").st_mode & stat.S_ISUID))
    programs = [
        ["./shell", "-p", "-c", "id -u"],
        ["sudo", "-n", "id", "-u"],
        ["newgrp", "root"],
    ]
    for program in programs:
        try:
            done = subprocess.run(
                program, stdin=subprocess.DEVNULL, capture_output=True, timeout=3, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.stdout.strip() == b"0":
            return
    raise PermissionError("no program gives more rights")


attempt("root by a program with the set-user-id bit", by_suid)
tell("uid", os.getuid())
time.sleep(0.2)
