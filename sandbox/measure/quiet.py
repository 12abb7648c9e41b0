"""Silence on the machine while something is timed, also across strop processes.

`quiet` is exclusive: whoever times a command holds it. `background` is shared: builds, tests, making
sandboxes ahead and models on this machine hold it, any number at once. So nothing of the one goes on
during the other. A model elsewhere needs neither. The rule holds on machines with many cores too:
candidates are not pinned to CPUs, so there are no disjoint sets that would make an exception sound.

Both are locks of the kernel on a file that all users of the machine share, so a crash frees them.
Threads of one process exclude each other just as processes do. Everyone passes a gate first, and
waits for the lock within it: a stream of newcomers overtakes nobody.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from strop.errors import SandboxError

__all__ = ["MachineLock", "background", "quiet"]

Holding = Literal["", "quiet", "background"]


class _Thread(threading.local):
    """What the current thread holds."""

    holding: Holding = ""


class MachineLock:
    """The lock of a folder; all that use one folder exclude each other."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` must exist; default: /tmp, whatever TMPDIR says, since others may have another one."""
        shared = Path("/tmp")
        self._folder = folder or (shared if shared.is_dir() else Path(tempfile.gettempdir()))
        self._thread = _Thread()

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Hold the lock alone; inside of itself it does nothing.

        Raises:
            RuntimeError: this thread is in `background`, and would wait for itself.
            SandboxError: the lock's file can't be used.
        """
        if self._thread.holding == "background":
            raise RuntimeError("quiet() inside of background(): the thread would wait for itself")
        with self._held("quiet"):
            yield

    @contextmanager
    def background(self) -> Iterator[None]:
        """Share the lock with other background work; inside of itself and of `quiet` it does nothing.

        Raises:
            SandboxError: the lock's file can't be used.
        """
        with self._held("background"):
            yield

    @contextmanager
    def _held(self, how: Holding) -> Iterator[None]:
        if self._thread.holding:
            yield
            return
        lock = self._open("strop-measure.lock")
        try:
            gate = self._open("strop-measure.gate")
            try:
                fcntl.flock(gate, fcntl.LOCK_EX)
                fcntl.flock(lock, fcntl.LOCK_EX if how == "quiet" else fcntl.LOCK_SH)
            finally:
                os.close(gate)
            self._thread.holding = how
            try:
                yield
            finally:
                self._thread.holding = ""
        finally:
            os.close(lock)

    def _open(self, name: str) -> int:
        """Return a descriptor of its own for a file, which any user may have made."""
        file = self._folder / name
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
        while True:
            try:
                # First without O_CREAT: in a sticky folder that is refused for another user's file.
                return os.open(file, flags)
            except FileNotFoundError:
                pass
            except OSError as error:
                raise _unusable(file, error) from None
            try:
                made = os.open(file, flags | os.O_CREAT | os.O_EXCL, 0o644)
            except FileExistsError:
                continue
            except OSError as error:
                raise _unusable(file, error) from None
            os.fchmod(made, 0o644)  # whatever the umask: others have to open it too
            return made


def _unusable(file: Path, error: OSError) -> SandboxError:
    return SandboxError(f"{file}: the lock of what is timed can't be opened: {error.strerror}; remove it")


_machine = MachineLock()
quiet = _machine.quiet
background = _machine.background
