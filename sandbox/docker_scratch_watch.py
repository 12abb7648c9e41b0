"""Inside a container: bounds what its candidate has on a disk that knows no quotas.

Started as root with the folder, the bytes and entries it may hold, and the users whose processes to
kill. Looking is one system call; only when the disk has lost some of its free space is the folder
walked. What is deleted and still open is in no folder: where the disk has lost far more than the limit
and the folder does not show it, the users' processes are killed, and what then comes back was theirs.

Every line on stdin says that none of those processes runs now, and is answered with "ok", "full", or
"unclear": the disk filled, the processes were killed, and the space was somebody else's.

The text travels into images with an older Python: standard library only, and nothing newer than 3.8.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from contextlib import suppress
from typing import NoReturn

PERIOD_S = 0.1  # a disk that takes 2 GB/s gets 200 MB in that time
HIDDEN_BYTES = 2 << 30  # deleted and still open; others write to the disk as well, mostly less than that
SHARE = 8  # a walk is due when the disk has lost this part of the limit
DEATH_S = 5.0  # how long killed processes may take to let go of their files


class Folder:
    """A folder, and what was free on its disk when it was last walked, and before the current command."""

    def __init__(self, path: str, limit: int, entries: int) -> None:
        self.path, self.limit, self.entries = path, limit, entries
        self.before = self.last = self.free()
        self.last_entries = self.free_entries()

    def free(self) -> int:
        """Return the bytes that are free on the disk."""
        found = os.statvfs(self.path)
        return found.f_bfree * found.f_frsize

    def free_entries(self) -> int:
        """Return how many more files the disk can hold."""
        return os.statvfs(self.path).f_ffree

    def is_full(self) -> bool:
        """Return whether it holds too much; walks only where something has changed."""
        free, entries = self.free(), self.free_entries()
        if self.last - free < self.limit // SHARE and self.last_entries - entries < self.entries // SHARE:
            return False
        self.last, self.last_entries = free, entries
        return self.walk()

    def walk(self) -> bool:
        """Return whether it holds too much. No link is followed."""
        size = entries = 0
        left = [self.path]
        while left:
            with suppress(OSError), os.scandir(left.pop()) as found:  # gone meanwhile
                for entry in found:
                    with suppress(OSError):
                        size += entry.stat(follow_symlinks=False).st_blocks * 512
                    entries += 1
                    if entry.is_dir(follow_symlinks=False):
                        left.append(entry.path)
                    if size > self.limit or entries > self.entries:
                        return True
        return False


class Killer:
    """A child that waits to become a user and kill all that is that user's: forks ahead, since
    whoever fills a disk may also hold every process that the sandbox may have."""

    def __init__(self, uid: int) -> None:
        self.uid = uid
        self.pid = 0
        self.prepare()

    def prepare(self) -> None:
        """Fork, where there is room."""
        reading, self.go = os.pipe()
        try:
            self.pid = os.fork()
        except BlockingIOError:
            os.close(self.go)
        else:
            if self.pid == 0:
                os.close(self.go)
                self.wait(reading)
        os.close(reading)

    def wait(self, reading: int) -> NoReturn:
        """In the child: kill when told to, end with the parent."""
        try:
            if os.read(reading, 1):
                os.setgroups([])
                os.setresgid(self.uid, self.uid, self.uid)
                os.setresuid(self.uid, self.uid, self.uid)
                os.kill(-1, signal.SIGKILL)  # spares the caller
        finally:
            os._exit(0)

    def kill(self) -> None:
        """Kill the user's processes, and get ready for the next time."""
        if self.pid:
            os.write(self.go, b"k")
            os.close(self.go)
            os.waitpid(self.pid, 0)
            self.pid = 0
        self.prepare()


def judge(folder: Folder, killers: list[Killer]) -> str:
    """Return "full" or "unclear" after the killing where there is too much, else "ok"."""
    if folder.is_full():
        for killer in killers:
            killer.kill()
        return "full"
    lost = folder.before - folder.free()
    hidden = max(folder.limit, HIDDEN_BYTES)
    if lost < folder.limit + hidden:
        return "ok"
    for killer in killers:
        killer.kill()
    deadline = time.monotonic() + DEATH_S
    while time.monotonic() < deadline:
        if folder.before - folder.free() < lost - hidden // 2:
            return "full"
        time.sleep(0.05)
    return "unclear"


def main(path: str, limit: int, entries: int, uids: list[int]) -> int:
    """Watch until stdin ends."""
    os.chmod(path, 0o1777)
    folder, killers, state = Folder(path, limit, entries), [Killer(uid) for uid in uids], "ok"
    os.write(1, b"ready\n")
    while True:
        asked, _, _ = select.select([0], [], [], PERIOD_S)
        if state == "ok":
            state = judge(folder, killers)
        else:
            for killer in killers:  # again and again: a fork may have been missed
                killer.kill()
        if asked:
            if not os.read(0, 4096):
                return 0
            folder.before = folder.free()
            os.write(1, state.encode() + b"\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), [int(uid) for uid in sys.argv[4:]]))
