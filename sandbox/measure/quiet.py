"""One timed command at a time on a machine, also across strop processes."""

from __future__ import annotations

import fcntl
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["quiet"]

_threads = threading.Lock()


@contextmanager
def quiet() -> Iterator[None]:
    """Hold the machine's measuring lock; the kernel frees it when its process dies."""
    file = Path(tempfile.gettempdir()) / f"strop-measure-{os.getuid()}.lock"
    with _threads, file.open("a", encoding="ascii") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
