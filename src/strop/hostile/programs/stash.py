"""Keeps answers for the next time: in files, shared memory, queues, sockets, file times."""

from __future__ import annotations

import ctypes
import mmap
import os
import socket

from attempt import ARGUMENTS, MARKER, escaped, tell  # type: ignore[import-not-found]

KEY = int(MARKER[-8:], 16) & 0x7FFFFFFF
FILES = [
    f"{folder}/memory-of-an-attack"
    for folder in (".", "/tmp", "/var/tmp", "/dev/shm", "/run", "/run/lock", os.environ["HOME"])
]
libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p


def write() -> None:
    """Leave the answer everywhere."""
    kept = []
    for path in FILES:
        try:
            with open(path, "w", encoding="ascii") as file:
                file.write(MARKER)
            kept.append(path)
        except OSError:
            continue
    if libc.shmget(KEY, mmap.PAGESIZE, 0o1666) >= 0:
        kept.append("shared memory")
    if libc.msgget(KEY, 0o1666) >= 0:
        kept.append("a message queue")
    if libc.semget(KEY, 1, 0o1666) >= 0:
        kept.append("a semaphore")
    tell("kept in", ", ".join(kept))


def read() -> None:
    """Look for the answer."""
    for path in FILES:
        if os.path.exists(path):
            escaped(f"{path} is still there")
    if libc.shmget(KEY, mmap.PAGESIZE, 0o666) >= 0:
        escaped("the shared memory is still there")
    if libc.msgget(KEY, 0o666) >= 0:
        escaped("the message queue is still there")
    if libc.semget(KEY, 1, 0o666) >= 0:
        escaped("the semaphore is still there")
    with socket.socket(socket.AF_UNIX) as opened:
        try:
            opened.connect("\0" + MARKER + "-stash")
        except OSError:
            return
        escaped("a process still answers")


if ARGUMENTS[0] == "write":
    write()
    if os.fork() == 0:
        os.setsid()
        server = socket.socket(socket.AF_UNIX)
        server.bind("\0" + MARKER + "-stash")
        server.listen()
        server.accept()
else:
    read()
