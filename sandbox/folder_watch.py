"""Bounds on folders of an ordinary disk: whoever writes more is killed.

No quota that a user may set is there on most file systems, so the folders are watched. Looking is
cheap: the free space of the disk is one system call, and only when some of it has gone is the
tree walked. What is deleted and still open, or still mapped, counts too.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

__all__ = ["FolderWatch", "processes_with", "used_bytes"]

PERIOD_S = 0.05  # a disk that takes 2 GB/s gets 100 MB in that time
WALK_S = 10.0  # a walk is due then in any case: others may free what is written here
SHARE = 8  # or when the disk has lost this part of the limit since the last one
MAX_FILES = 200_000  # the same bound as the inodes of Docker's work folders


class FolderWatch:
    """Kills the processes that hold a folder while one of some folders is over its limit."""

    def __init__(self, limits: Mapping[Path, int], marker: str) -> None:
        """Plan it; used as a context manager, once.

        Args:
            limits: bytes of each folder.
            marker: name of the folder whose mounts tell the processes to kill.
        """
        self.full: Path | None = None  # the folder that went over its limit
        self._limits = limits
        self._marker = marker
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="strop-watch", daemon=True)

    def __enter__(self) -> Self:
        """Start watching."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop watching."""
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        with contextlib.suppress(FileNotFoundError):  # the sandbox is closed, and its folders with it
            self._look()

    def _look(self) -> None:
        seen = [_Seen(folder, limit) for folder, limit in self._limits.items()]
        while not self._stop.wait(PERIOD_S):
            if any([each.worth_a_walk() for each in seen]) and self.full is None:
                self.full = self._over()
            if self.full is not None:  # again and again: a fork may have been missed
                for pid in processes_with(self._marker):
                    _kill(pid, self._marker)

    def _over(self) -> Path | None:
        total, devices = 0, set()
        for folder, limit in self._limits.items():
            size, files = used_bytes(folder, limit, MAX_FILES)
            if size > limit or files > MAX_FILES:
                return folder
            total += size
            devices.add(folder.stat().st_dev)
        # Which folder a file without a name was in is unknown, so all of them have to bear it.
        total += sum(_deleted(processes_with(self._marker), devices).values())
        return next(iter(self._limits)) if total > sum(self._limits.values()) else None


class _Seen:
    """What was free on a folder's disk when it was last walked."""

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit
        self._free, self._inodes = self._look()
        self._walked = time.monotonic()

    def worth_a_walk(self) -> bool:
        free, inodes = self._look()
        lost = self._free - free > self._limit // SHARE or self._inodes - inodes > MAX_FILES // SHARE
        if lost or time.monotonic() - self._walked > WALK_S:
            self._free, self._inodes, self._walked = free, inodes, time.monotonic()
            return True
        self._free, self._inodes = max(self._free, free), max(self._inodes, inodes)
        return False

    def _look(self) -> tuple[int, int]:
        found = os.statvfs(self._folder)
        return found.f_bavail * found.f_frsize, found.f_favail


def used_bytes(folder: Path, enough: int, enough_files: int) -> tuple[int, int]:
    """Return bytes on disk and number of entries below a folder; may stop above `enough` of either.

    The tree is a candidate's, and may change meanwhile: no link is followed.
    """
    size = files = 0
    left = [os.fspath(folder)]
    while left and size <= enough and files <= enough_files:
        with contextlib.suppress(OSError), os.scandir(left.pop()) as entries:  # gone, or closed to us
            for entry in entries:
                with contextlib.suppress(OSError):
                    size += entry.stat(follow_symlinks=False).st_blocks * 512
                files += 1
                if entry.is_dir(follow_symlinks=False):
                    left.append(entry.path)
                if files > enough_files:
                    break
    return size, files


def processes_with(marker: str) -> Iterator[int]:
    """Yield the processes in whose mounts a folder of that name appears."""
    for name in os.listdir("/proc"):
        if name.isdigit() and _holds(int(name), marker):
            yield int(name)


def _holds(pid: int, marker: str) -> bool:
    try:
        with open(f"/proc/{pid}/mountinfo", "rb") as file:
            return marker.encode() in file.read()
    except OSError:
        return False  # gone, or another user's


def _kill(pid: int, marker: str) -> None:
    """Kill a process, unless its number has become another one's."""
    with contextlib.suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        try:
            if _holds(pid, marker):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        finally:
            os.close(handle)


def _deleted(pids: Iterable[int], devices: Collection[int]) -> dict[tuple[int, int], int]:
    """Return (device, inode) -> bytes of files of some disks that have no name left and are still held."""
    found: dict[tuple[int, int], int] = {}
    for pid in pids:
        with contextlib.suppress(OSError):  # here and below: gone meanwhile
            for fd in os.listdir(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):
                    info = os.stat(f"/proc/{pid}/fd/{fd}")
                    if info.st_nlink == 0 and info.st_dev in devices:
                        found[info.st_dev, info.st_ino] = info.st_blocks * 512
        with contextlib.suppress(OSError), open(f"/proc/{pid}/maps", "rb") as maps:
            for line in maps:
                fields = line.split(None, 5)
                if len(fields) < 6 or not fields[5].rstrip().endswith(b"(deleted)"):
                    continue
                major, minor = (int(part, 16) for part in fields[3].split(b":"))
                start, end = (int(part, 16) for part in fields[0].split(b"-"))
                key = os.makedev(major, minor), int(fields[4])
                if key[0] in devices:
                    found[key] = max(found.get(key, 0), int(fields[2], 16) + end - start)
    return found
